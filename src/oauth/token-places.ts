import { jsonObjectIn } from '../http/json-object-in.ts';
import type { Exchange, HttpRequest } from '../kit/index.ts';

/** An access token in a request: as what lets in, or as what is asked about (RFC 7662 section 2.1). */
export interface TokenPlace {
  readonly token: string;
  readonly role: 'bearer' | 'asked-about';
}

/** Where RFC 6750 section 2 has them, and RFC 7662. */
export function placesOf({ url, headers = {}, body }: HttpRequest): readonly TokenPlace[] {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const [, inHeader] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  const form = body instanceof URLSearchParams ? body : null;
  const found: readonly (readonly [TokenPlace['role'], string | null | undefined])[] = [
    ['bearer', inHeader],
    ['bearer', String(url).includes('access_token') ? new URL(url).searchParams.get('access_token') : null],
    ['bearer', form?.get('access_token')],
    ['asked-about', form?.get('token')],
  ];
  return found.flatMap(([role, token]) => (token ? [{ role, token }] : []));
}

/** The same request with another token in each of these places. */
export function withInstead(request: HttpRequest, token: string, other: string): HttpRequest {
  const { url, headers = {}, body } = request;
  const address = new URL(url);
  if (address.searchParams.get('access_token') === token) address.searchParams.set('access_token', other);
  return {
    ...request,
    url: address,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace(token, () => other)]),
    ),
    ...(body instanceof URLSearchParams && {
      body: new URLSearchParams([...body].map(([name, value]) => [name, value === token ? other : value])),
    }),
  };
}

/** Whether the answer says that the token is good for nothing, for whatever reason. */
export function isTurnedDown({ role }: TokenPlace, exchange: Exchange): boolean {
  return role === 'bearer' ? exchange.response?.status === 401 : jsonObjectIn(exchange)?.active === false;
}

/** Whether it was to be ended (RFC 7009): what was asked about is said to be active or not. */
export function isRevocation({ role }: TokenPlace, exchange: Exchange): boolean {
  const isTaken = exchange.response?.status === 200;
  return role === 'asked-about' && isTaken && typeof jsonObjectIn(exchange)?.active !== 'boolean';
}
