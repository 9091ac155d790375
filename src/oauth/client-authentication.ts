import type { Client } from '../kit/index.ts';
import { assertionType, signClientAssertion } from './client-assertion.ts';

/** How a client says who it is at the token endpoint (RFC 7591 section 2); a public client only names itself. */
export type AuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** What authentication adds to a request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What credentials depend on beside the client. */
export interface Authenticator {
  /** The URL of the token endpoint, as published: the audience of client assertions. */
  readonly published: string;
  /** Ids of clients whose id and secret are taken in HTTP Basic only as they stand; they are sent so from then on. */
  readonly takesPlainBasic: Set<string>;
}

export interface TokenEndpoint extends Authenticator {
  readonly url: URL;
}

/** The method that a client is configured for. */
export function methodOf({ keys, clientSecret, tokenEndpointAuthMethod }: Client): AuthenticationMethod {
  if (keys) return 'private_key_jwt';
  return clientSecret === undefined ? 'none' : (tokenEndpointAuthMethod ?? 'client_secret_basic');
}

/**
 * The credentials of a client for one request.
 *
 * @throws UsageError when no key of the client can sign
 */
export async function credentialsOf(
  client: Client,
  { published, takesPlainBasic }: Authenticator,
  method: AuthenticationMethod = methodOf(client),
): Promise<Credentials> {
  const { clientId, clientSecret = '' } = client;
  switch (method) {
    case 'none':
      return { headers: {}, parameters: { client_id: clientId } };
    case 'client_secret_basic':
      return (takesPlainBasic.has(clientId) ? inPlainBasic : inBasic)(clientId, clientSecret);
    case 'client_secret_post':
      return inBody(clientId, clientSecret);
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

/** Id and secret in HTTP Basic, form-encoded (RFC 6749 section 2.3.1, the first way). */
export function inBasic(id: string, secret: string): Credentials {
  return { headers: { authorization: basic(id, secret) }, parameters: {} };
}

/** Id and secret in HTTP Basic as they stand, as the guide's own formula reads (client-confidential-symmetric). */
export function inPlainBasic(id: string, secret: string): Credentials {
  return { headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }, parameters: {} };
}

/** Id and secret in the form (RFC 6749 section 2.3.1, the second way). */
export function inBody(id: string, secret: string): Credentials {
  return { headers: {}, parameters: { client_id: id, client_secret: secret } };
}

/** Whether forms write the id or the secret of a client in other characters. */
export function isFormEncoded({ clientId, clientSecret = '' }: Client): boolean {
  return [clientId, clientSecret].some((text) => formEncoded(text) !== text);
}

/** As forms write it (RFC 6749 appendix B). */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
