/** Who gets refresh tokens, who may use them, and what the answer looks like (app-launch, "Refresh access token"). */
import type { Override } from '../behaviour.ts';
import type { RegisteredClient } from '../clients.ts';
import { oauthError } from '../responses.ts';
import { together } from '../together.ts';
import type { Grant } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesTokenResponse, changesTokens, having, without } from './overrides.ts';

const granting: readonly FaultRow[] = [
  {
    id: 'app-launch/offline-access-refresh-token~dropped',
    level: 'fail',
    summary: 'offline_access is dropped from every grant without a word',
    override: neverGrants('offline_access', () => true),
  },
  {
    id: 'app-launch/offline-access-refresh-token~secrets-only',
    level: 'warn',
    summary: 'offline_access is dropped from the grants of confidential clients with keys',
    override: neverGrants('offline_access', ({ keys }) => keys !== undefined),
  },
  {
    id: 'app-launch/online-access-refresh-token~dropped',
    level: 'fail',
    summary: 'online_access is dropped from every grant without a word',
    override: neverGrants('online_access', () => true),
  },
];

const refreshingWithAccessTokens = changesAnswers('token', async (answer, { request }, _usual, { vault }) => {
  const form = new URLSearchParams(await request.clone().text());
  const token = form.get('refresh_token') ?? '';
  const issued = vault.accessTokens.get(token);
  if (issued) vault.refreshTokens.set(token, { grant: issued.grant, used: false });
  return answer();
});

const using: readonly FaultRow[] = [
  {
    id: 'app-launch/refresh-access-token~refused',
    level: 'fail',
    summary: 'No refresh token is ever good for anything',
    also: [
      'app-launch/offline-refresh-without-user',
      'app-launch/online-refresh-while-online',
      'app-launch/refresh-public-without-authentication',
    ],
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: { ...refreshChecks, alive: () => ['invalid_grant', 'the token has expired'] },
    })),
  },
  {
    id: 'app-launch/online-refresh-while-online~after-sign-out',
    level: 'warn',
    summary: 'Online access goes on after the user has signed out',
    override: changesTokens(({ refreshChecks }) => ({ refreshChecks: { ...refreshChecks, alive: () => null } })),
  },
  {
    id: 'app-launch/refresh-rotation-keeps-scope~dead',
    level: 'fail',
    summary: 'The refresh token that comes with a refresh is good for nothing',
    override: changesTokens(({ refreshChecks, refreshedScopes }) => {
      const refreshed = new WeakSet<Grant>();
      return {
        refreshedScopes: (grant, requested) => {
          refreshed.add(grant);
          return refreshedScopes(grant, requested);
        },
        refreshChecks: {
          ...refreshChecks,
          alive: ({ grant }) => (refreshed.has(grant) ? ['invalid_grant', 'a grant is refreshed once'] : null),
        },
      };
    }),
  },
  {
    id: 'app-launch/refresh-confidential-authenticates~other-error',
    level: 'warn',
    summary: 'A refresh by a client that does not authenticate is refused as invalid_request',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      return usual.status === 401 && form.get('grant_type') === 'refresh_token'
        ? oauthError('invalid_request', 'something is missing')
        : usual;
    }),
  },
  {
    id: 'app-launch/refresh-bound-to-client~public',
    level: 'fail',
    summary: 'Refresh tokens of public clients serve whoever brings them',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        client: (token, parameters, presented) =>
          isPublic(token.grant.client) ? null : refreshChecks.client(token, parameters, presented),
      },
    })),
  },
  {
    id: 'app-launch/refresh-bound-to-client~among-public',
    level: 'fail',
    summary: 'Refresh tokens of public clients serve any public client',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        client: (token, parameters, presented) =>
          isPublic(token.grant.client) && isPublic(presented.client)
            ? null
            : refreshChecks.client(token, parameters, presented),
      },
    })),
  },
  {
    id: 'app-launch/token-invalid-grant~access-token-refreshes',
    level: 'fail',
    summary: 'An access token serves as a refresh token, too',
    override: refreshingWithAccessTokens,
  },
  {
    id: 'app-launch/token-invalid-grant~access-token-refreshes-unrotated',
    level: 'fail',
    summary: 'An access token serves as a refresh token, too, and refresh tokens are never replaced',
    override: together(
      refreshingWithAccessTokens,
      changesTokens(() => ({ rotates: () => false })),
    ),
  },
];

const responses: readonly FaultRow[] = [
  answering('refresh-token-type-bearer~absent', 'Refresh responses have no token_type', without('token_type')),
  answering('refresh-expires-in~string', 'expires_in of refresh responses is a string', having({ expires_in: '3600' })),
  answering('refresh-expires-in~zero', 'expires_in of refresh responses is 0', having({ expires_in: 0 })),
  answering('refresh-scope-present~array', 'scope of refresh responses is an array', (members) => ({
    ...members,
    scope: String(members.scope).split(' '),
  })),
  answering(
    'refresh-not-wider~other-encounter',
    'Refresh responses name another encounter',
    having({ encounter: 'enc-3' }),
  ),
  answering(
    'refresh-not-wider~other-tenant',
    'Refresh responses name a tenant where there was none',
    having({ tenant: 'somewhere-else' }),
  ),
];

export const refreshTokenFaults = faultsOf([...granting, ...using, ...responses]);

function neverGrants(scope: string, to: (client: RegisteredClient) => boolean): Override {
  return changesTokens(({ grantedScopes }) => ({
    grantedScopes: (approved, client) =>
      grantedScopes(approved, client).filter((granted) => granted !== scope || !to(client)),
  }));
}

function isPublic({ clientSecret, keys }: RegisteredClient): boolean {
  return !clientSecret && !keys;
}

function answering(variant: string, summary: string, change: ReturnType<typeof having>): FaultRow {
  const override = changesTokenResponse((members, _grant, grantType) =>
    grantType === 'refresh_token' ? change(members) : members,
  );
  return { id: `app-launch/${variant}`, level: 'fail', summary, override };
}
