import { createHash, timingSafeEqual } from 'node:crypto';
import type { RegisteredClient } from './clients.ts';
import { oauthError } from './responses.ts';
import type { Setup } from './setup.ts';
import { type AssertionRules, assertionProblem, conformantAssertions, issuerOf } from './tokens/client-assertion.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Who sends a request, and what proves it. */
export interface Presented {
  readonly client: RegisteredClient;
  /** Nothing for a public client that merely names itself. */
  readonly proof: 'nothing' | 'secret' | 'assertion';
}

/** How clients are recognised; each rule is a decision of its own, which a fault may soften. */
export interface ClientRules {
  /** What a half of HTTP Basic stands for: both are form-encoded before they are joined (RFC 6749 section 2.3.1). */
  basicPart(text: string): string;
  isSecret(client: RegisteredClient, secret: string, parameters: URLSearchParams): boolean;
  /** Who it is that does not say so. */
  unnamed(parameters: URLSearchParams): RegisteredClient | undefined;
  /** Whether the client may go without proof. */
  needsProof(client: RegisteredClient): boolean;
  /** Whether `client_id` may stand beside what else names a client (RFC 7521 section 4.2). */
  agrees(named: string, clientId: string | null): boolean;
  /** The value of `client_assertion_type` (RFC 7523 section 2.2). */
  isAssertionType(type: string | null): boolean;
  /** The id of the client that an assertion is said to come from. */
  issuerOf(assertion: string): string | null;
  readonly assertions: AssertionRules;
  /** What a client is told that did not authenticate (RFC 6749 section 5.2). */
  refusal(request: Request): Response;
}

export function conformantClientRules(setup: Setup): ClientRules {
  return {
    basicPart: formDecoded,
    isSecret: ({ clientSecret }, secret) => clientSecret !== undefined && isEqual(clientSecret, secret),
    unnamed: () => undefined,
    needsProof: ({ clientSecret, keys }) => clientSecret !== undefined || keys !== undefined,
    agrees: (named, clientId) => named === clientId,
    isAssertionType: (type) => type === assertionType,
    issuerOf,
    assertions: conformantAssertions(setup),
    refusal: invalidClient,
  };
}

/** The client that sends a request; null when it is not who it says, or says it in two ways (RFC 6749 section 2.3). */
export async function authenticateClient(
  request: Request,
  parameters: URLSearchParams,
  setup: Setup,
  rules: ClientRules,
): Promise<Presented | null> {
  const { clients } = setup;
  const basic = basicCredentials(request, rules);
  const assertion = parameters.get('client_assertion');
  const secret = basic?.secret ?? parameters.get('client_secret');
  const named = parameters.get('client_id');
  const clientId = basic?.id ?? (assertion === null ? named : rules.issuerOf(assertion));
  const registered = clients.find((candidate) => candidate.clientId === clientId);
  const client = clientId === null ? rules.unnamed(parameters) : registered;
  if (!client || (named !== null && !rules.agrees(named, clientId))) return null;
  if (assertion !== null) {
    if (secret !== null || !rules.isAssertionType(parameters.get('client_assertion_type'))) return null;
    const problem = await assertionProblem(parameters, client, rules.assertions);
    return problem === null ? { client, proof: 'assertion' } : null;
  }
  if (secret !== null) return rules.isSecret(client, secret, parameters) ? { client, proof: 'secret' } : null;
  return rules.needsProof(client) ? null : { client, proof: 'nothing' };
}

function invalidClient(request: Request): Response {
  return oauthError(
    'invalid_client',
    `the client ${request.headers.has('authorization') ? 'was not recognised' : 'did not authenticate'}`,
    {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="oauth"' },
    },
  );
}

function basicCredentials(
  request: Request,
  { basicPart }: Pick<ClientRules, 'basicPart'>,
): { id: string; secret: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (encoded === undefined) return null;
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id: basicPart(id ?? ''), secret: basicPart(rest.join(':')) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? '';
}

/** In a time that does not tell how much of it was right. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
