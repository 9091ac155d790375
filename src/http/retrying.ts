import type { Exchange } from '../kit/exchange.ts';

type Attempt = Pick<Exchange, 'response' | 'error'> & { readonly request: Pick<Exchange['request'], 'method'> };

export interface Retrying {
  /** Milliseconds after which to send the request again; null when it is not to be. */
  pauseBefore(exchange: Attempt, failedBefore: number): number | null;
}

/** After so many requests in a row that no retry helped the server is down, and is not asked twice any more. */
const hopeless = 10;
const firstPauseMs = 200;
const longestPauseMs = 2000;

/**
 * Decides which requests are sent again. Only trouble on the way is a reason: what a server answered, whatever it is, is
 * its answer. A request that may have arrived is repeated only when it is safe: a code or an assertion is good once.
 *
 * @param retries - how often
 */
export function retrying(retries: number): Retrying {
  let helpless = 0;
  return {
    pauseBefore(exchange, failedBefore) {
      const isTrouble = isTransportTrouble(exchange);
      if (!isTrouble) helpless = 0;
      if (!isTrouble || helpless >= hopeless || retries === 0) return null;
      if (failedBefore < retries) return Math.min(longestPauseMs, firstPauseMs * 2 ** failedBefore);
      helpless += 1;
      return null;
    },
  };
}

function isTransportTrouble({ request, response, error }: Attempt): boolean {
  if (response !== null || error === null) return false;
  const cannotHaveArrived =
    error.kind === 'dns' || unsent.has(error.code) || (error.kind === 'tls' && error.code === 'ECONNRESET');
  if (cannotHaveArrived) return true;
  return safe.has(request.method) && (error.kind === 'connection' || error.kind === 'timeout');
}

const unsent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
