import { createPrivateKey, sign } from 'node:crypto';
import type { RegisteredClient } from '../clients.ts';
import {
  changesAuthorization,
  changesIntrospection,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokens,
  lacking,
  listing,
} from '../faults/overrides.ts';
import { readResourceScope } from '../fhir/resource-scope.ts';
import type { Configured, DescribedClient, SelfDescription } from '../self-description.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { accessOf } from '../tokens/access-of.ts';
import { type Grant, unguessable } from '../vault.ts';
import type { Variant } from './variant.ts';

/** What apps are registered for, in these words and no others. */
const fewScopes = ['launch', 'launch/patient', 'patient/Patient.rs', 'patient/Observation.rs'];
export const usualScopes = [...fewScopes, 'openid', 'fhirUser', 'offline_access'];

/** How tokens look, live and are renewed. */
export const tokenVariants: readonly Variant[] = [
  {
    id: 'jwt-access-tokens',
    summary: 'Issues access tokens that are JWTs (RFC 9068), and takes them for half a minute more, as clocks differ',
    override: together(
      changesTokens((_, setup) => ({ newAccessToken: (grant) => accessJwt(grant, setup) })),
      (usual, setup) => ({
        resolveAccessToken: (token) => {
          const decision = usual.resolveAccessToken(token);
          return decision.kind === 'expired'
            ? accessOf(token, { ...setup, now: () => setup.now() - 30_000 })
            : decision;
        },
      }),
    ),
    // Whose tokens name the record of the user, though it has not asked for a patient in context.
    description: ({ clients, ...usual }) => ({
      ...usual,
      clients: {
        ...clients,
        asymmetric: { ...clients.asymmetric, scope: 'openid fhirUser user/Patient.rs user/Observation.rs' },
      },
    }),
  },
  {
    id: 'long-tokens',
    summary: 'Issues codes and tokens of two kilobytes, with every character they may have',
    override: together(
      changesTokens(() => ({ newAccessToken: longToken, newRefreshToken: longToken })),
      changesAuthorization(() => ({ newCode: longToken, newLaunch: longToken })),
    ),
  },
  {
    id: 'token-type-lower-case',
    summary: 'Writes token_type as bearer; one app asks for openid without fhirUser',
    override: changesTokenResponse((members) => ({ ...members, token_type: 'bearer' })),
    description: ({ clients, ...usual }) => ({
      ...usual,
      clients: {
        ...clients,
        symmetric: { ...clients.symmetric, scope: [...fewScopes, 'openid', 'offline_access'].join(' ') },
      },
    }),
  },
  {
    id: 'refresh-rotates',
    summary: 'Replaces refresh tokens at each use, for every client',
    override: changesTokens(() => ({ rotates: () => true })),
  },
  {
    id: 'refresh-rotates-with-grace',
    summary: 'Rotates the refresh tokens of all clients, and takes old ones for a while: answers get lost',
    override: changesTokens(({ refreshChecks }) => ({
      rotates: () => true,
      refreshChecks: { ...refreshChecks, unused: () => null },
    })),
  },
  {
    id: 'id-tokens-introspected',
    summary: 'Tells of ID tokens, too, when asked about them: that they are active, and whose they are',
    override: changesIntrospection(({ live, active }, { vault }) => {
      const isIdToken = (token: string) =>
        [...vault.accessTokens.values()].some(({ response }) => response.id_token === token);
      let asked = '';
      return {
        live: (token, hint) => {
          asked = token;
          const issued = [...vault.accessTokens.values()].find(({ response }) => response.id_token === token);
          return live(token, hint) ?? issued ?? null;
        },
        active: (issued, caller) => {
          const { scope, token_type: _, ...claims } = active(issued, caller);
          return isIdToken(asked) ? claims : { ...claims, scope, token_type: 'Bearer' };
        },
      };
    }),
  },
  {
    id: 'refresh-fixed',
    summary: 'Keeps refresh tokens, and does not repeat them in answers',
    override: together(
      changesTokens(() => ({ rotates: () => false })),
      changesTokenResponse((members, _grant, grantType) => {
        const { refresh_token: token, ...others } = members;
        return grantType === 'refresh_token' || token === undefined ? others : members;
      }),
    ),
  },
  {
    id: 'launch-scopes-unnamed',
    summary: 'Names no launch scopes among those that it granted, and refuses them in a refresh',
    override: together(
      changesTokenResponse((members) => ({ ...members, scope: withoutLaunch(String(members.scope)) })),
      changesTokens(({ refreshChecks }) => ({
        refreshChecks: {
          ...refreshChecks,
          scope: (token, parameters, asked) => {
            const scope = parameters.get('scope') ?? '';
            if (withoutLaunch(scope) !== scope) return ['invalid_scope', 'launch scopes were not granted'];
            return refreshChecks.scope(token, parameters, asked);
          },
        },
      })),
    ),
  },
  {
    id: 'no-refresh',
    summary: 'Issues no refresh tokens and does not advertise them',
    override: together(
      changesTokens(() => ({ issuesRefreshToken: () => false })),
      changesSmartConfiguration(listing('capabilities', lacking('permission-offline', 'permission-online'))),
      changesSmartConfiguration(listing('scopes_supported', lacking('offline_access', 'online_access'))),
      withoutScopes((scope) => scope === 'offline_access' || scope === 'online_access'),
    ),
  },
  {
    id: 'brief-tokens',
    summary: 'Issues access tokens that are good for fifteen seconds',
    override: changesTokens(() => ({ lifetime: () => 15 })),
  },
  {
    id: 'scopes-reordered',
    summary: 'Names the granted scopes in another order',
    override: changesTokens((usual) => ({
      grantedScopes: (approved, client) => [...usual.grantedScopes(approved, client)].reverse(),
    })),
  },
  {
    id: 'registered-scopes-refusing',
    summary: 'Refuses an app that asks for a scope it is not registered for',
    override: changesAuthorization(({ checks }) => ({
      checks: {
        ...checks,
        scope: (parameters, client) => {
          const asked = (parameters.get('scope') ?? '').split(' ');
          const isForeign = asked.some((scope) => !mayHave(client, scope, usualScopes));
          const refused = { error: 'invalid_scope', description: 'the app is not registered for this scope' };
          return isForeign ? refused : checks.scope(parameters, client);
        },
      },
    })),
    description: knowing(usualScopes),
  },
  {
    id: 'registered-scopes-dropping',
    summary: 'Leaves out scopes that an app is not registered for',
    override: changesAuthorization(({ offeredScopes }) => ({
      offeredScopes: (requested, client, launch) =>
        offeredScopes(requested, client, launch).filter((scope) => mayHave(client, scope, fewScopes)),
    })),
    description: knowing(fewScopes),
  },
  {
    id: 'v1-scopes-only',
    summary: 'Knows the scopes of guide 1.0 alone',
    warned: ['app-state/capability-advertised'],
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('permission-v2', 'smart-app-state'))),
      changesSmartConfiguration(listing('scopes_supported', lacking(/^(patient|user|system)\/[^.]+\.[cruds]+(\?|$)/))),
      withoutScopes((scope) => readResourceScope(scope) !== null && !isV1(scope)),
    ),
    description: ({ clients, ...usual }) => ({
      ...usual,
      clients: { ...clients, backend: askingV1(clients.backend), others: clients.others.map(askingV1) },
    }),
  },
  {
    id: 'v2-scopes-only',
    summary: 'Does not know the scopes of guide 1.0',
    warned: ['scopes/v1-advertised'],
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('permission-v1'))),
      changesSmartConfiguration(listing('scopes_supported', lacking(/\.(read|write|\*)$/))),
      withoutScopes(isV1),
    ),
  },
];

/** State is kept under scopes of its own. */
function mayHave({ stateCodes }: RegisteredClient, scope: string, registered: readonly string[]): boolean {
  return stateCodes !== undefined || registered.includes(scope);
}

/** A user who has said of each app what it is registered for. */
export function knowing(scopes: readonly string[]) {
  const registered = (client: DescribedClient) =>
    client.redirectUri === undefined || client.stateCodes !== undefined
      ? client
      : { ...client, scope: scopes.join(' ') };
  return ({ clients, ...usual }: SelfDescription): Configured => ({
    ...usual,
    clients: {
      ...clients,
      public: registered(clients.public),
      symmetric: registered(clients.symmetric),
      asymmetric: registered(clients.asymmetric),
      shortLived: registered(clients.shortLived),
      others: clients.others.map(registered),
    },
  });
}

/** A client whose user has registered it with the scopes there are. */
function askingV1(client: DescribedClient): DescribedClient {
  return { ...client, ...(client.scope !== undefined && { scope: client.scope.replace(/\.rs\b/g, '.read') }) };
}

export function isV1(scope: string): boolean {
  return /^(patient|user|system)\/[^.]+\.(read|write|\*)$/.test(scope);
}

/** Scopes that the server does not know, in whatever request. */
export function withoutScopes(isUnknown: (scope: string) => boolean) {
  const known = (scopes: readonly string[]) => scopes.filter((scope) => !isUnknown(scope));
  return together(
    changesAuthorization((usual) => ({
      offeredScopes: (requested, ...others) => usual.offeredScopes(known(requested), ...others),
    })),
    changesTokens((usual) => ({ serviceScopes: (requested, client) => usual.serviceScopes(known(requested), client) })),
  );
}

function longToken(): string {
  return `${'Aa0-._~+/'.repeat(220)}${unguessable()}=`;
}

/** RFC 9068 section 2. */
function accessJwt({ client, person, scopes, id }: Grant, { site, signingKeys, now }: Setup): string {
  const [rsa] = signingKeys;
  if (!rsa) throw new Error('the server has a key to sign with');
  const issuedAt = Math.floor(now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { alg: 'RS256', kid: rsa.publicJwk.kid, typ: 'at+jwt' };
  const claims = {
    iss: site.issuer,
    aud: site.fhir,
    sub: person?.username ?? client.clientId,
    client_id: client.clientId,
    scope: scopes.join(' '),
    grant: id,
    ...(person?.patients.length === 1 && { patient: person.patients[0] }),
    iat: issuedAt,
    exp: issuedAt + 3600,
    jti: unguessable(),
  };
  const signed = `${part(header)}.${part(claims)}`;
  const key = createPrivateKey({ key: { ...rsa.privateJwk }, format: 'jwk' });
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function withoutLaunch(scope: string): string {
  return scope
    .split(' ')
    .filter((one) => !/^launch(\/|$)/.test(one))
    .join(' ');
}
