import type { Client } from '../kit/index.ts';
import { assertionType, signClientAssertion } from './client-assertion.ts';

/** How a client says who it is at the token endpoint (RFC 7591 section 2); a public client only names itself. */
export type AuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** What authentication adds to a request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The method that a client is configured for. */
export function methodOf({ keys, clientSecret, tokenEndpointAuthMethod }: Client): AuthenticationMethod {
  if (keys) return 'private_key_jwt';
  return clientSecret === undefined ? 'none' : (tokenEndpointAuthMethod ?? 'client_secret_basic');
}

/**
 * The credentials of a client for one request.
 *
 * @param tokenEndpoint - as published: the audience of an assertion
 * @throws UsageError when no key of the client can sign
 */
export async function credentialsOf(
  client: Client,
  tokenEndpoint: string,
  method: AuthenticationMethod = methodOf(client),
): Promise<Credentials> {
  const { clientId, clientSecret = '' } = client;
  switch (method) {
    case 'none':
      return { headers: {}, parameters: { client_id: clientId } };
    case 'client_secret_basic':
      return { headers: { authorization: basic(clientId, clientSecret) }, parameters: {} };
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } };
    case 'private_key_jwt':
      return assertionCredentials(signClientAssertion(client, tokenEndpoint));
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

/** As forms write it (RFC 6749 appendix B). */
export function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
