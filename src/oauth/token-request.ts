import { jsonObjectIn } from '../http/json-object-in.ts';
import { Block, type Client, type Exchange, type HttpClient } from '../kit/index.ts';
import { type Credentials, credentialsOf, type TokenEndpoint } from './client-authentication.ts';

export interface TokenRequest {
  readonly client: Client;
  /** `grant_type` and what goes with it; a pair may be repeated. */
  readonly parameters: URLSearchParams | Readonly<Record<string, string>>;
  /** Those of the client unless given. */
  readonly credentials?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
  /** What becomes of this code or refresh token is what is asked: no other is obtained in its place. */
  readonly asItIs?: true;
}

/** What a token endpoint answered (RFC 6749 sections 5.1 and 5.2). */
export type TokenAnswer =
  | { readonly kind: 'granted'; readonly exchange: Exchange; readonly tokens: TokenResponse }
  | { readonly kind: 'refused'; readonly exchange: Exchange; readonly error: string }
  | { readonly kind: 'odd'; readonly exchange: Exchange };

/** A successful answer, its members as they came beside those that every client reads. */
export interface TokenResponse {
  readonly members: Readonly<Record<string, unknown>>;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
  /** The scopes it names; null when it names none. */
  readonly scopes: readonly string[] | null;
}

/**
 * Sends a token request (RFC 6749 section 3.2), with the headers and parameters that the client's calls always carry.
 *
 * @throws Block when nothing came back
 * @throws UsageError when the client is to sign and has no key
 */
export async function requestToken(
  { client, parameters, credentials, headers }: TokenRequest,
  endpoint: TokenEndpoint,
  http: HttpClient,
): Promise<TokenAnswer> {
  const proof = credentials ?? (await credentialsOf(client, endpoint));
  const body = new URLSearchParams(parameters instanceof URLSearchParams ? parameters : { ...parameters });
  for (const [name, value] of Object.entries({ ...client.params, ...proof.parameters })) body.append(name, value);
  const exchange = await http.send({
    method: 'POST',
    url: endpoint.url,
    redirect: 'manual',
    headers: { accept: 'application/json', ...client.headers, ...proof.headers, ...headers },
    body,
  });
  return readTokenAnswer(exchange);
}

/** @throws Block when nothing came back */
export function readTokenAnswer(exchange: Exchange): TokenAnswer {
  const { response, error } = exchange;
  if (!response) throw new Block(`the token endpoint was not reached: ${error?.message ?? 'no answer'}`, [exchange]);
  const members = jsonObjectIn(exchange);
  // Only 200 is right, which one requirement judges; a token that comes otherwise is given away as well.
  if (members && response.status >= 200 && response.status < 300 && isText(members.access_token)) {
    return { kind: 'granted', exchange, tokens: readTokens(members, members.access_token) };
  }
  if (members && response.status >= 400 && isText(members.error)) {
    return { kind: 'refused', exchange, error: members.error };
  }
  return { kind: 'odd', exchange };
}

function readTokens(members: Readonly<Record<string, unknown>>, accessToken: string): TokenResponse {
  const { refresh_token: refreshToken, id_token: idToken, scope } = members;
  return {
    members,
    accessToken,
    refreshToken: isText(refreshToken) ? refreshToken : null,
    idToken: isText(idToken) ? idToken : null,
    scopes: typeof scope === 'string' ? scope.split(' ').filter((item) => item !== '') : null,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
