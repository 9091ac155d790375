import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { Exchange } from '../kit/exchange.ts';
import type { ExchangeLog } from '../kit/report.ts';
import { cutExchange } from './cut-exchange.ts';

/** The exchanges of a run, on disk. */
export interface ExchangeSpool extends ExchangeLog {
  /**
   * Takes an exchange that is redacted already; its bodies are cut to what a report holds. Does nothing once closed,
   * because a request may end later than its run.
   *
   * @throws Error when there is an exchange of that id
   */
  append(exchange: Exchange): void;
  /** After that nothing can be read. */
  close(): void;
  /** Closes it and deletes the file. */
  remove(): void;
}

/**
 * Opens a log that keeps exchanges in a file, one line of JSON each, and of each only its place in memory. Written at
 * once, so that a killed run leaves them behind; readable by its owner alone.
 *
 * @param file - is created, or emptied
 */
export function openExchangeLog(file: string): ExchangeSpool {
  const descriptor = openSync(file, 'w+', 0o600);
  const starts: number[] = [];
  const positions = new Map<string, number>();
  let end = 0;
  let open = true;

  const read = (position: number): Exchange | undefined => {
    const start = starts[position];
    if (start === undefined) {
      return undefined;
    }
    const bytes = Buffer.allocUnsafe((starts[position + 1] ?? end) - start);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
      if (count === 0) {
        throw new Error(`${file} has been cut off while it was in use`);
      }
      filled += count;
    }
    return JSON.parse(bytes.toString('utf8'));
  };

  return {
    get size() {
      return starts.length;
    },
    get(id) {
      const position = positions.get(id);
      return position === undefined ? undefined : read(position);
    },
    *[Symbol.iterator]() {
      for (const position of inOrder(positions)) {
        const exchange = read(position);
        if (exchange !== undefined) {
          yield exchange;
        }
      }
    },
    append(exchange) {
      if (!open) {
        return;
      }
      if (positions.has(exchange.id)) {
        throw new Error(`there is an exchange ${exchange.id} already`);
      }
      const line = Buffer.from(`${JSON.stringify(cutExchange(exchange))}\n`);
      let written = 0;
      while (written < line.length) {
        written += writeSync(descriptor, line, written, line.length - written, end + written);
      }
      positions.set(exchange.id, starts.length);
      starts.push(end);
      end += line.length;
    },
    close() {
      if (open) {
        open = false;
        closeSync(descriptor);
      }
    },
    remove() {
      this.close();
      rmSync(file, { force: true });
    },
  };
}

/** A log of exchanges that are in memory anyway. */
export function exchangeLogOf(exchanges: readonly Exchange[]): ExchangeLog {
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  return {
    size: byId.size,
    get: (id) => byId.get(id),
    [Symbol.iterator]: () => exchanges[Symbol.iterator](),
  };
}

/** Exchanges end in another order than they were sent in; their ids count the sending. */
function inOrder(positions: ReadonlyMap<string, number>): number[] {
  const counted = [...positions].map(([id, position]) => ({ count: Number(/\d+$/.exec(id)?.[0] ?? 0), position }));
  return counted.sort((a, b) => a.count - b.count || a.position - b.position).map(({ position }) => position);
}
