import type { ExchangeError, ExchangeResponse } from '../kit/exchange.ts';

/** One request as it is sent: a hop of a chain of redirects. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  /** The caller's own, names as written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What a response means for the request that may follow it. */
export type Redirect =
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly hop: Hop }
  | { readonly kind: 'refused'; readonly error: ExchangeError };

/**
 * Decides where a response leads (RFC 9110 section 15.4).
 *
 * To another origin go neither credentials nor a body, nor any header that is not known to be harmless.
 *
 * @param before - the hops sent so far, the last being the one that was answered
 * @param limit - how many redirects are followed
 */
export function redirectOf(response: ExchangeResponse, before: readonly Hop[], limit: number): Redirect {
  const from = before.at(-1);
  const location = response.headers.location;
  if (from === undefined || location === undefined || !redirectStatuses.has(response.status)) {
    return { kind: 'none' };
  }
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url.href) : null;
  if (url === null) {
    return refuse('REDIRECT_INVALID', `The answer redirects to "${location.slice(0, 200)}", which is not a URL.`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse('REDIRECT_SCHEME', `The answer redirects to a ${url.protocol} URL, which is not followed.`);
  }
  url.hash = '';
  const method = methodAfter(response.status, from.method);
  const keepsBody = method === from.method;
  const sameOrigin = url.origin === from.url.origin;
  if (!sameOrigin && keepsBody && from.body !== null) {
    const message = `The answer redirects a ${from.method} with its body to ${url.origin}, another origin, which is not followed.`;
    return refuse('REDIRECT_BODY', message);
  }
  if (before.some((hop) => hop.url.href === url.href && hop.method === method)) {
    return refuse('REDIRECT_LOOP', `The redirects go round in a circle, back to ${url.href.slice(0, 200)}.`);
  }
  if (before.length > limit) {
    return refuse('REDIRECT_LIMIT', `More than ${limit} redirects in a row are not followed.`);
  }
  const headers = Object.fromEntries(
    Object.entries(from.headers).filter(([name]) => {
      const lower = name.toLowerCase();
      return (keepsBody || !bodyHeaders.has(lower)) && (sameOrigin || harmlessHeaders.has(lower));
    }),
  );
  return { kind: 'follow', hop: { method, url, headers, body: keepsBody ? from.body : null } };
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const bodyHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-language',
  'content-location',
  'content-length',
]);

/** Anything else may be a credential by another name. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-headers',
  'access-control-request-method',
  'cache-control',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'origin',
  'prefer',
  'user-agent',
]);

function methodAfter(status: number, method: string): string {
  const rewritten = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST';
  return rewritten ? 'GET' : method;
}

function refuse(code: string, message: string): Redirect {
  return { kind: 'refused', error: { kind: 'redirects', code, message } };
}
