import type { Exchange, ExchangeLog } from '../src/kit/index.ts';

/** Exchanges held in memory as a report's exchange log. */
export function exchangeList(exchanges: readonly Exchange[]): ExchangeLog {
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  return {
    size: exchanges.length,
    get: (id) => byId.get(id),
    [Symbol.iterator]: () => exchanges[Symbol.iterator](),
  };
}
