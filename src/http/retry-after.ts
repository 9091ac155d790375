import type { ExchangeResponse } from '../kit/exchange.ts';

/** Longest wait, in milliseconds, that a server's "not now" is given. */
const longestWaitMs = 10_000;

/**
 * How long a server asks to be left alone (RFC 9110 section 10.2.3, RFC 6585 section 4).
 *
 * @returns milliseconds; null when it does not ask, or asks for longer than we are ready to wait
 */
export function requestedWait(response: ExchangeResponse, now: number): number | null {
  const retryAfter = response.headers['retry-after'];
  if (response.status === 429 && retryAfter === undefined) {
    return 1000;
  }
  if (retryAfter === undefined || (response.status !== 429 && response.status !== 503)) {
    return null;
  }
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  if (Number.isNaN(wait)) {
    return response.status === 429 ? 1000 : null;
  }
  return wait > longestWaitMs ? null : Math.max(wait, 0);
}
