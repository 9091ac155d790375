import type { Exchange } from '../kit/index.ts';
import { isRecord } from '../kit/index.ts';

/** Knows until when the access tokens of a run are good, as their responses said (RFC 6749 section 5.1). */
export interface TokenClock {
  /** Told of each exchange as it was, secrets included. */
  see(exchange: Exchange): void;
  /** Whether a request carried an access token that had expired by then. */
  isTooLate(exchange: Exchange): boolean;
  /** Whether this access token had expired by then. */
  hadExpired(token: string, exchange: Exchange): boolean;
}

export function createTokenClock(): TokenClock {
  /** Milliseconds since the epoch, by access token. */
  const expiry = new Map<string, number>();
  const hadExpired: TokenClock['hadExpired'] = (token, { startedAt, durationMs }) =>
    (expiry.get(token) ?? Number.POSITIVE_INFINITY) <= Date.parse(startedAt) + durationMs;
  return {
    hadExpired,
    see({ request, response, startedAt }) {
      if (request.method !== 'POST' || response?.status !== 200 || !response.body.includes('"expires_in"')) return;
      const { access_token: token, expires_in: seconds } = membersOf(response.body);
      if (typeof token !== 'string' || typeof seconds !== 'number') return;
      // From when it was asked for: the server may have counted from there.
      expiry.set(token, Date.parse(startedAt) + seconds * 1000);
    },
    isTooLate: (exchange) => tokensIn(exchange.request).some((token) => hadExpired(token, exchange)),
  };
}

/** In the header, or as the token that is asked about (RFC 7662 section 2.1). */
function tokensIn({ headers, body }: Exchange['request']): readonly string[] {
  const [, presented] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const asked = body !== null && /(^|&)token=/.test(body) ? new URLSearchParams(body).get('token') : null;
  return [presented, asked].filter((token) => token !== undefined && token !== null);
}

function membersOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
