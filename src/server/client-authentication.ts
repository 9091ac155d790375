import { createHash, timingSafeEqual } from 'node:crypto';
import type { RegisteredClient } from './clients.ts';
import { oauthError } from './responses.ts';
import type { Setup } from './setup.ts';
import { assertionProblem, issuerOf } from './tokens/client-assertion.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Who sends a request, and what proves it. */
export interface Presented {
  readonly client: RegisteredClient;
  /** Nothing for a public client that merely names itself. */
  readonly proof: 'nothing' | 'secret' | 'assertion';
}

/** How clients are recognised; each rule is a decision of its own, which a fault may soften. */
export interface ClientRules {
  isSecret(client: RegisteredClient, secret: string): boolean;
  /** Who it is that does not say so. */
  unnamed(parameters: URLSearchParams): RegisteredClient | undefined;
  /** Whether the client may go without proof. */
  needsProof(client: RegisteredClient): boolean;
  /** Why an assertion is no proof (RFC 7523 section 3); null when it is one. */
  assertionProblem(assertion: string, client: RegisteredClient): Promise<string | null>;
}

export function conformantClientRules(setup: Setup): ClientRules {
  return {
    isSecret: ({ clientSecret }, secret) => clientSecret !== undefined && isEqual(clientSecret, secret),
    unnamed: () => undefined,
    needsProof: ({ clientSecret, keys }) => clientSecret !== undefined || keys !== undefined,
    assertionProblem: (assertion, client) => assertionProblem(assertion, client, setup),
  };
}

/** The client that sends a request; null when it is not who it says, or says it in two ways (RFC 6749 section 2.3). */
export async function authenticateClient(
  request: Request,
  parameters: URLSearchParams,
  { clients }: Setup,
  rules: ClientRules,
): Promise<Presented | null> {
  const basic = basicCredentials(request);
  const assertion = parameters.get('client_assertion');
  const secret = basic?.secret ?? parameters.get('client_secret');
  const named = parameters.get('client_id');
  const clientId = basic?.id ?? (assertion === null ? named : issuerOf(assertion));
  const registered = clients.find((candidate) => candidate.clientId === clientId);
  const client = clientId === null ? rules.unnamed(parameters) : registered;
  if (!client || (named !== null && named !== clientId)) return null;
  if (assertion !== null) {
    if (secret !== null || parameters.get('client_assertion_type') !== assertionType) return null;
    return (await rules.assertionProblem(assertion, client)) === null ? { client, proof: 'assertion' } : null;
  }
  if (secret !== null) return rules.isSecret(client, secret) ? { client, proof: 'secret' } : null;
  return rules.needsProof(client) ? null : { client, proof: 'nothing' };
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
