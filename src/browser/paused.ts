import type { ExchangeError, ExchangeRequest } from '../kit/exchange.ts';

/** What is read of a request that the browser holds back (DevTools protocol, `Fetch.requestPaused`). */
export interface Paused {
  readonly requestId: string;
  readonly redirectedRequestId?: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: {
    readonly url: string;
    readonly urlFragment?: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly postDataEntries?: readonly { readonly bytes?: string }[];
  };
  /** There when it is the answer that is held back. */
  readonly responseStatusCode?: number;
  readonly responseErrorReason?: string;
  readonly responseHeaders?: readonly { readonly name: string; readonly value: string }[];
}

export function isAnswered({ responseStatusCode, responseErrorReason }: Paused): boolean {
  return responseStatusCode !== undefined || responseErrorReason !== undefined;
}

/** With its fragment, which is not sent. */
export function wholeUrl({ request }: Paused): string {
  return `${request.url}${request.urlFragment ?? ''}`;
}

export function bodyOf({ request }: Paused): string | null {
  const { postDataEntries } = request;
  if (!postDataEntries) return null;
  return Buffer.concat(postDataEntries.map(({ bytes = '' }) => Buffer.from(bytes, 'base64'))).toString('utf8');
}

export function requestOf(paused: Paused): ExchangeRequest {
  const { url, method, headers } = paused.request;
  return { method, url, headers: byLowerCaseName(Object.entries(headers)), body: bodyOf(paused) };
}

export function responseHeadersOf({ responseHeaders = [] }: Paused): Record<string, string> {
  return byLowerCaseName(responseHeaders.map(({ name, value }) => [name, value]));
}

function byLowerCaseName(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const before = headers.get(lower);
    const separator = lower === 'set-cookie' ? '\n' : ', ';
    headers.set(lower, before === undefined ? value : `${before}${separator}${value}`);
  }
  return Object.fromEntries(headers);
}

/** Says why no answer came; `reason` is the protocol's `Network.ErrorReason`. */
export function networkError(reason: string, { request }: Paused): ExchangeError {
  const { host } = new URL(request.url);
  switch (reason) {
    case 'NameNotResolved':
      return { kind: 'dns', code: reason, message: `There is no address for ${host}; check the name and the DNS.` };
    case 'TimedOut':
      return { kind: 'timeout', code: reason, message: `There was no answer from ${host}.` };
    case 'ConnectionRefused':
      return { kind: 'connection', code: reason, message: `Nothing listens at ${host}: the connection was refused.` };
    case 'Aborted':
      return { kind: 'interrupted', code: reason, message: `The browser gave the request to ${host} up.` };
    default:
      return { kind: 'connection', code: reason, message: `The browser got no answer from ${host} (${reason}).` };
  }
}
