import type { RegisteredClient } from '../clients.ts';
import { readResourceScope } from '../fhir/resource-scope.ts';
import type { Setup } from '../setup.ts';
import { type EhrLaunch, type Session, type Transaction, unguessable } from '../vault.ts';
import { asksForCondition } from './launch-context.ts';
import type { AuthorizationProblem, AuthorizationRequest } from './request.ts';

/** What the authorization endpoint insists on; each rule is a decision of its own, which a fault may soften. */
export interface AuthorizationRules {
  readonly methods: readonly ('GET' | 'POST')[];
  /** Whether browsers may be sent there (RFC 6749 section 3.1.2.3). */
  allowsRedirectUri(client: RegisteredClient, redirectUri: string): boolean;
  /** Rules by name, asked in this order; the first that objects refuses the request. */
  readonly checks: Readonly<Record<CheckName, Check>>;
  /** The request that a page belongs to, by the id in its address; null when this browser may not go on with it. */
  transactionFor(id: string, session: Session): Transaction | null;
  /** The launch that a value stands for; null when it may not be used. */
  launchFor(value: string, client: RegisteredClient, session: Session): EhrLaunch | null;
  /** The scopes that the user is asked to approve, out of those requested. */
  offeredScopes(requested: readonly string[], client: RegisteredClient, launch: EhrLaunch | null): readonly string[];
  /** Where the browser is sent with an answer. */
  responseUrl(request: Addressed, answer: Readonly<Record<string, string>>): string;
  /** Whether a denial is told to the app. */
  readonly tellsDenial: boolean;
  newCode(): string;
  newLaunch(): string;
  /** Milliseconds for which a code is good. */
  readonly codeLifetime: number;
}

/** What is known of a request before anything is found to be wrong with it. */
export type Addressed = Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'state' | 'parameters'>;

type CheckName = 'repeated' | 'responseType' | 'aud' | 'challenge' | 'challengeMethod' | 'scope' | 'launch';
type Check = (parameters: URLSearchParams, client: RegisteredClient) => AuthorizationProblem | null;

const identityScopes = ['openid', 'fhirUser', 'profile', 'offline_access', 'online_access'];
const launchScopes = ['launch', 'launch/patient', 'launch/encounter'];

export function conformantAuthorization(setup: Setup): AuthorizationRules {
  const { site, vault } = setup;
  return {
    methods: ['GET', 'POST'],
    allowsRedirectUri: (client, redirectUri) => client.redirectUri === redirectUri,
    checks: {
      repeated: (parameters) => {
        const names = [...parameters.keys()];
        const repeated = names.find((name, index) => names.indexOf(name) !== index);
        return repeated === undefined ? null : invalid(`${repeated} is repeated`);
      },
      responseType: (parameters) => {
        const type = parameters.get('response_type');
        if (!type) return invalid('response_type is missing');
        const unsupported = { error: 'unsupported_response_type', description: 'only code is supported' };
        return type === 'code' ? null : unsupported;
      },
      aud: (parameters) => {
        const aud = parameters.get('aud');
        return aud?.replace(/\/$/, '') === site.fhir ? null : invalid('aud must be the FHIR base URL of this server');
      },
      challenge: (parameters) => {
        const challenge = parameters.get('code_challenge') ?? '';
        return /^[A-Za-z0-9_-]{43}$/.test(challenge) ? null : invalid('code_challenge of S256 is missing (RFC 7636)');
      },
      challengeMethod: (parameters) =>
        parameters.get('code_challenge_method') === 'S256' ? null : invalid('code_challenge_method must be S256'),
      scope: (parameters) =>
        parameters.get('scope') ? null : { error: 'invalid_scope', description: 'scope is missing' },
      launch: (parameters) => {
        const asksToLaunch = scopesIn(parameters).includes('launch');
        return asksToLaunch && !parameters.get('launch') ? invalid('the scope launch needs a launch value') : null;
      },
    },
    transactionFor: (id, session) => {
      const transaction = vault.transactions.get(id);
      const isTheirs = transaction?.session === null || transaction?.session === session;
      return transaction && isTheirs ? transaction : null;
    },
    launchFor: (value, client, session) => {
      const launch = vault.launches.get(value);
      const isTheirs = launch?.client.clientId === client.clientId && launch.session === session;
      return launch && isTheirs && !launch.used ? launch : null;
    },
    offeredScopes: (requested, client, launch) =>
      requested.filter((scope, index) => {
        if (requested.indexOf(scope) !== index) return false;
        if (scope === 'launch') return launch !== null;
        if (launchScopes.includes(scope) || asksForCondition(scope) || identityScopes.includes(scope)) return true;
        const resourceScope = readResourceScope(scope);
        return resourceScope !== null && resourceScope.level !== 'system' && client.role !== 'backend';
      }),
    responseUrl,
    tellsDenial: true,
    newCode: unguessable,
    newLaunch: unguessable,
    codeLifetime: 60_000,
  };
}

export function scopesIn(parameters: URLSearchParams): readonly string[] {
  return (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
}

function invalid(description: string): AuthorizationProblem {
  return { error: 'invalid_request', description };
}

/** RFC 6749 section 4.1.2: in the query, beside what stands there already; with `state` exactly as it came. */
function responseUrl({ redirectUri, state }: Addressed, answer: Readonly<Record<string, string>>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.append(name, value);
  if (state !== null) url.searchParams.append('state', state);
  return url.href;
}
