import { createHash } from 'node:crypto';
import { contextMembers } from '../authorization/launch-context.ts';
import type { Presented } from '../client-authentication.ts';
import { isService, type RegisteredClient } from '../clients.ts';
import { readResourceScope } from '../fhir/resource-scope.ts';
import type { JsonObject } from '../json.ts';
import { notStored } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { type Grant, type IssuedCode, type IssuedRefreshToken, unguessable } from '../vault.ts';

/** What the token endpoint insists on and gives; each rule is a decision of its own, which a fault may change. */
export interface TokenRules {
  /** Rules for redeeming a code, by name; the first that objects refuses. */
  readonly codeChecks: Readonly<Record<CodeCheckName, CodeCheck>>;
  /** Whether using a code twice ends what it led to (RFC 6749 section 4.1.2). */
  readonly reuseRevokes: boolean;
  readonly refreshChecks: Readonly<Record<RefreshCheckName, RefreshCheck>>;
  /** The scopes of a refreshed token. */
  refreshedScopes(grant: Grant, requested: readonly string[] | null): readonly string[];
  /** Whether a refresh brings another refresh token, and the old one is spent. */
  rotates(client: RegisteredClient): boolean;
  /** The scopes a grant comes to, out of those the user approved. */
  grantedScopes(approved: readonly string[], client: RegisteredClient): readonly string[];
  /** Whether a client may ask for a token without a user. */
  isService(client: RegisteredClient): boolean;
  /** The scopes of a backend service. */
  serviceScopes(requested: readonly string[], client: RegisteredClient): readonly string[];
  /** Whether a grant comes with a refresh token. */
  issuesRefreshToken(grant: Grant): boolean;
  newAccessToken(grant: Grant): string;
  newRefreshToken(grant: Grant): string;
  /** Seconds for which an access token is good. */
  lifetime(client: RegisteredClient, grantType: GrantType): number;
  /** The members of a successful response, beside tokens made elsewhere. */
  response(members: JsonObject, grant: Grant, grantType: GrantType): JsonObject;
  /** Launch context as it stands in responses. */
  context(grant: Grant, grantType: GrantType): JsonObject;
  headers(grantType: GrantType): Readonly<Record<string, string>>;
}

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials';

/** An error code of RFC 6749 section 5.2 with its description; null when there is nothing to object. */
type Objection = readonly [error: string, description: string] | null;
type CodeCheckName = 'client' | 'expired' | 'redirectUri' | 'verifierPresent' | 'verifier' | 'single';
type CodeCheck = (code: IssuedCode, parameters: URLSearchParams, presented: Presented) => Objection;
type RefreshCheckName = 'client' | 'alive' | 'unused' | 'scope';
type RefreshCheck = (token: IssuedRefreshToken, parameters: URLSearchParams, presented: Presented) => Objection;

const hour = 3600;

export function conformantTokens(setup: Setup): TokenRules {
  const { now, site, fhirVersion, vault } = setup;
  return {
    codeChecks: {
      client: ({ grant }, _parameters, { client }) =>
        grant.client.clientId === client.clientId ? null : ['invalid_grant', 'the code was issued to another client'],
      single: ({ redeemed }) => (redeemed ? ['invalid_grant', 'the code has been used before'] : null),
      expired: ({ expiresAt }) => (expiresAt < now() ? ['invalid_grant', 'the code has expired'] : null),
      redirectUri: ({ request }, parameters) =>
        parameters.get('redirect_uri') === request.redirectUri
          ? null
          : ['invalid_grant', 'redirect_uri is not that of the authorization request'],
      verifierPresent: (_code, parameters) =>
        parameters.get('code_verifier') ? null : ['invalid_grant', 'code_verifier is missing (RFC 7636)'],
      verifier: ({ request }, parameters) =>
        s256(parameters.get('code_verifier') ?? '') === request.challenge
          ? null
          : ['invalid_grant', 'code_verifier does not match the code_challenge'],
    },
    reuseRevokes: true,
    refreshChecks: {
      client: ({ grant }, _parameters, { client }) =>
        grant.client.clientId === client.clientId ? null : ['invalid_grant', 'the token was issued to another client'],
      alive: ({ grant }) => {
        if (grant.revoked) return ['invalid_grant', 'the grant has been ended'];
        const offline = grant.scopes.includes('offline_access');
        const signedIn = grant.session !== null && grant.session.person === grant.person;
        return offline || (signedIn && vault.sessions.has(grant.session.id))
          ? null
          : ['invalid_grant', 'the user has left'];
      },
      unused: ({ used }) => (used ? ['invalid_grant', 'the refresh token has been replaced'] : null),
      scope: ({ grant }, parameters) => {
        const requested = parameters.get('scope')?.split(' ') ?? [];
        const further = requested.filter((scope) => scope !== '' && !grant.scopes.includes(scope));
        return further.length > 0 ? ['invalid_scope', `not granted before: ${further.join(' ')}`] : null;
      },
    },
    refreshedScopes: (grant, requested) => requested ?? grant.scopes,
    rotates: ({ clientSecret, keys }) => !clientSecret && !keys,
    grantedScopes: (approved) => approved,
    isService,
    serviceScopes: (requested, client) => {
      const allowed = client.scope?.split(' ') ?? [];
      return requested.filter((scope) => readResourceScope(scope)?.level === 'system' && isCovered(scope, allowed));
    },
    issuesRefreshToken: ({ scopes }) => scopes.includes('offline_access') || scopes.includes('online_access'),
    newAccessToken: unguessable,
    newRefreshToken: unguessable,
    lifetime: ({ tokenLifetime }, grantType) => tokenLifetime ?? (grantType === 'client_credentials' ? 300 : hour),
    response: (members) => members,
    context: ({ context }) => ({
      ...contextMembers(context),
      ...(context.patient !== undefined && {
        authorization_details: [
          { type: 'smart_on_fhir', locations: [site.fhir], fhirVersions: [fhirVersion], patient: context.patient },
        ],
      }),
    }),
    headers: () => notStored,
  };
}

/** RFC 7636 section 4.6, for verifiers of the form of section 4.1. */
function s256(verifier: string): string | null {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return null;
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Whether one of the allowed scopes allows as much. */
function isCovered(scope: string, allowed: readonly string[]): boolean {
  const wanted = readResourceScope(scope);
  return allowed.map(readResourceScope).some((have) => {
    const typeFits = have?.type === '*' || have?.type === wanted?.type;
    return have && wanted && typeFits && [...wanted.permissions].every((letter) => have.permissions.has(letter));
  });
}
