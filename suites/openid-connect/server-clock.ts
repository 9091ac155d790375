import type { Exchange } from '../../src/kit/index.ts';

/** When an answer was made, in seconds since the epoch: by its Date header, or by our clock where it has none. */
export function secondsByServer({ response, startedAt }: Exchange): number {
  const date = Date.parse(response?.headers.date ?? '');
  return Math.floor((Number.isNaN(date) ? Date.parse(startedAt) : date) / 1000);
}
