import { cutExchange, reportedBodyLength } from '../http/cut-exchange.ts';
import type { Exchange, ExchangeError, ExchangeRequest, ExchangeResponse, TlsSummary } from '../kit/exchange.ts';

export interface RecorderOptions {
  /** Takes each exchange when it has ended, secrets and all. */
  readonly record: (exchange: Exchange) => void;
  /** Gives each exchange its id. */
  readonly nextId: () => string;
}

/** An exchange that has not ended. */
export interface OpenExchange {
  readonly id: string;
  readonly request: ExchangeRequest;
  readonly started: number;
  readonly redirectedFrom: readonly string[];
  readonly tls: TlsSummary | undefined;
}

export interface Recorder {
  /** @param from - the exchange whose redirect led here */
  begin(request: ExchangeRequest, from: OpenExchange | undefined, tls: TlsSummary | undefined): OpenExchange;
  end(open: OpenExchange, ending: { response: ExchangeResponse } | { error: ExchangeError }): Exchange;
}

/** Makes exchanges of what the browser sends and receives. */
export function createRecorder({ record, nextId }: RecorderOptions): Recorder {
  return {
    begin: (request, from, tls) => ({
      id: nextId(),
      request,
      started: Date.now(),
      redirectedFrom: from ? [...from.redirectedFrom, from.id] : [],
      tls,
    }),
    end({ id, request, started, redirectedFrom, tls }, ending) {
      const whole: Exchange = {
        id,
        by: 'browser',
        startedAt: new Date(started).toISOString(),
        durationMs: Date.now() - started,
        request,
        response: 'response' in ending ? ending.response : null,
        error: 'error' in ending ? ending.error : null,
        jwts: [],
        ...(redirectedFrom.length > 0 && { redirectedFrom }),
        ...(tls && { tls }),
      };
      // More than a report holds: whoever redacts must see a secret that crosses that line whole.
      const exchange = cutExchange(whole, 2 * reportedBodyLength);
      record(exchange);
      return exchange;
    },
  };
}
