import type { Client } from '../kit/index.ts';
import { assertionType, signClientAssertion } from './client-assertion.ts';

/** How a client says who it is at the token endpoint (RFC 7591 section 2); a public client only names itself. */
export type AuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** What authentication adds to a request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TokenEndpoint {
  /** As published: the audience of client assertions. */
  readonly published: string;
  readonly url: URL;
  /** Ids of clients whose id and secret are taken in HTTP Basic only as they stand; they are sent so from then on. */
  readonly plainBasic: Set<string>;
}

/** The method that a client is configured for. */
export function methodOf({ keys, clientSecret, tokenEndpointAuthMethod }: Client): AuthenticationMethod {
  if (keys) return 'private_key_jwt';
  return clientSecret === undefined ? 'none' : (tokenEndpointAuthMethod ?? 'client_secret_basic');
}

/**
 * The credentials of a client for one request.
 *
 * @param tokenEndpoint - its URL, as published, is the audience of an assertion
 * @throws UsageError when no key of the client can sign
 */
export async function credentialsOf(
  client: Client,
  tokenEndpoint: Pick<TokenEndpoint, 'published' | 'plainBasic'> | string,
  method: AuthenticationMethod = methodOf(client),
): Promise<Credentials> {
  const { clientId, clientSecret = '' } = client;
  const { published, plainBasic: plain } =
    typeof tokenEndpoint === 'string' ? { published: tokenEndpoint, plainBasic: null } : tokenEndpoint;
  switch (method) {
    case 'none':
      return { headers: {}, parameters: { client_id: clientId } };
    case 'client_secret_basic':
      return inBasic(clientId, clientSecret, plain?.has(clientId) ? plainBasic : basic);
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } };
    case 'private_key_jwt':
      return assertionCredentials(signClientAssertion(client, published));
  }
}

/** How an assertion is sent (RFC 7523 section 2.2). */
export function assertionCredentials(assertion: string): Credentials {
  return { headers: {}, parameters: { client_assertion_type: assertionType, client_assertion: assertion } };
}

/** HTTP Basic with both halves form-encoded first (RFC 6749 section 2.3.1). */
export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`;
}

/** HTTP Basic as the guide's formula reads, without any encoding (client-confidential-symmetric). */
export function plainBasic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

export function inBasic(id: string, secret: string, spelling = basic): Credentials {
  return { headers: { authorization: spelling(id, secret) }, parameters: {} };
}

/** As forms write it (RFC 6749 appendix B). */
export function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
