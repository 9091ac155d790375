import { createHash, timingSafeEqual } from 'node:crypto';
import type { RegisteredClient } from './clients.ts';
import { oauthError } from './responses.ts';

/** How clients may authenticate at the token endpoint, as the documents advertise it. */
export const authenticationMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** With which algorithms client assertions may be signed. */
export const assertionAlgorithms = ['RS384', 'ES384'];

/**
 * The client that sends a request: proven by its secret, or merely named when it is a public one; null when it is not
 * who it says. Assertions are not understood yet (RFC 6749 section 2.3).
 */
export function authenticateClient(
  request: Request,
  parameters: URLSearchParams,
  clients: readonly RegisteredClient[],
): RegisteredClient | null {
  const basic = basicCredentials(request);
  const clientId = basic?.id ?? parameters.get('client_id');
  const secret = basic?.secret ?? parameters.get('client_secret');
  const client = clients.find((registered) => registered.clientId === clientId);
  if (!client) return null;
  if (client.role === 'public') return secret === null ? client : null;
  return client.clientSecret !== undefined && secret !== null && isEqual(client.clientSecret, secret) ? client : null;
}

/** The refusal of a client that did not authenticate (RFC 6749 section 5.2). */
export function invalidClient(request: Request): Response {
  return oauthError(
    'invalid_client',
    `the client ${request.headers.has('authorization') ? 'was not recognised' : 'did not authenticate'}`,
    {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="oauth"' },
    },
  );
}

/** Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function basicCredentials(request: Request): { id: string; secret: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (encoded === undefined) return null;
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id: formDecoded(id ?? ''), secret: formDecoded(rest.join(':')) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? '';
}

/** In a time that does not tell how much of it was right. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
