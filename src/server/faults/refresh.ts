/** Refresh tokens (RFC 6749 section 6; app-launch, "Refresh access token"). */
import type { JsonObject } from '../json.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesClientRules,
  changesTokenResponse,
  changesTokenScopes,
  changesTokens,
  having,
  lacksRefreshCheck,
  without,
} from './overrides.ts';

const onRefresh = (change: (members: JsonObject) => JsonObject) =>
  changesTokenResponse((members, _grant, grantType) => (grantType === 'refresh_token' ? change(members) : members));

const refused = [
  'app-launch/offline-refresh-without-user',
  'app-launch/online-refresh-while-online',
  'app-launch/refresh-subset',
  'app-launch/refresh-public-without-authentication',
  'app-launch/refresh-access-token',
];

const issuing: readonly FaultRow[] = [
  ...['offline-access-refresh-token', 'refresh-token-when-granted', 'online-access-refresh-token'].map(
    (id): FaultRow => ({
      id: `app-launch/${id}~absent`,
      level: 'fail',
      summary: 'offline_access and online_access are granted without a refresh token',
      also: [
        'app-launch/offline-access-refresh-token',
        'app-launch/refresh-token-when-granted',
        'app-launch/online-access-refresh-token',
      ],
      override: changesTokens(() => ({ issuesRefreshToken: () => false })),
    }),
  ),
  {
    id: 'app-launch/online-access-refresh-token~offline-only',
    level: 'fail',
    summary: 'online_access is granted without a refresh token',
    also: ['app-launch/refresh-token-when-granted'],
    override: changesTokens(() => ({ issuesRefreshToken: ({ scopes }) => scopes.includes('offline_access') })),
  },
  {
    id: 'app-launch/online-refresh-while-online~refused',
    level: 'fail',
    summary: 'Refresh tokens of online_access are never accepted',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        alive: (token, parameters, presented) =>
          token.grant.scopes.includes('online_access')
            ? ['invalid_grant', 'the user has left']
            : refreshChecks.alive(token, parameters, presented),
      },
    })),
  },
  {
    id: 'app-launch/offline-refresh-without-user~refused',
    level: 'fail',
    summary: 'Refresh tokens of offline_access are never accepted',
    also: refused,
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        alive: (token, parameters, presented) =>
          token.grant.scopes.includes('offline_access')
            ? ['invalid_grant', 'the user has left']
            : refreshChecks.alive(token, parameters, presented),
      },
    })),
  },
];

const clients: readonly FaultRow[] = [
  {
    id: 'app-launch/refresh-public-without-authentication~refused',
    level: 'fail',
    summary: 'Public clients get refresh tokens, and cannot use them',
    also: refused,
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        client: (token, parameters, presented) =>
          presented.proof === 'nothing'
            ? ['invalid_client', 'authentication is needed']
            : refreshChecks.client(token, parameters, presented),
      },
    })),
  },
  {
    id: 'app-launch/refresh-confidential-authenticates~optional',
    level: 'fail',
    summary: 'Confidential clients refresh with client_id alone',
    also: ['app-launch/token-confidential-authenticates', 'app-launch/code-bound-to-client'],
    override: changesClientRules(() => ({ needsProof: () => false })),
  },
  {
    id: 'app-launch/refresh-bound-to-client~any',
    level: 'fail',
    summary: 'A refresh token serves whichever client brings it',
    override: lacksRefreshCheck('client'),
  },
];

const responses: readonly FaultRow[] = [
  {
    id: 'app-launch/refresh-access-token~same',
    level: 'warn',
    summary: 'A refresh yields the same access token again',
    override: changesTokens(() => ({ newAccessToken: ({ id }) => `of-grant-${id}` })),
  },
  {
    id: 'app-launch/refresh-access-token~dead',
    level: 'fail',
    summary: 'Refreshed access tokens do not work',
    override: changesTokenResponse((members, _grant, grantType, { vault }) => {
      if (grantType === 'refresh_token') vault.accessTokens.delete(String(members.access_token));
      return members;
    }),
  },
  {
    id: 'app-launch/refresh-access-token~after-nonce',
    level: 'fail',
    summary: 'Refresh tokens are refused whose launch had a nonce',
    also: ['app-launch/offline-refresh-without-user', 'app-launch/online-refresh-while-online'],
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        alive: (token, parameters, presented) =>
          token.grant.nonce === null
            ? refreshChecks.alive(token, parameters, presented)
            : ['invalid_scope', 'nonce is no scope'],
      },
    })),
  },
  {
    id: 'app-launch/refresh-token-type-bearer~mac',
    level: 'fail',
    summary: 'token_type of a refresh response is mac',
    override: onRefresh(having({ token_type: 'mac' })),
  },
  {
    id: 'app-launch/refresh-expires-in~absent',
    level: 'fail',
    summary: 'A refresh response has no expires_in',
    override: onRefresh(without('expires_in')),
  },
  {
    id: 'app-launch/refresh-scope-present~absent',
    level: 'fail',
    summary: 'A refresh response has no scope',
    override: onRefresh(without('scope')),
  },
  {
    id: 'app-launch/refresh-not-wider~other-patient',
    level: 'fail',
    summary: 'A refresh response names another patient',
    override: onRefresh(having({ patient: 'pat-2' })),
  },
  {
    id: 'app-launch/refresh-not-wider~access',
    level: 'fail',
    summary: 'Refreshed tokens reach every record, whatever their scope says',
    override: changesTokenScopes((scopes, grantType) => (grantType === 'refresh_token' ? ['system/*.cruds'] : scopes)),
  },
  {
    id: 'app-launch/refresh-scope-cannot-grow~granted',
    level: 'fail',
    summary: 'A refresh grants whatever scope it asks for',
    override: lacksRefreshCheck('scope'),
  },
  {
    id: 'app-launch/refresh-without-scope~wider',
    level: 'fail',
    summary: 'A refresh without scope yields more than was granted',
    also: ['app-launch/refresh-not-wider'],
    override: changesTokens(() => ({
      refreshedScopes: ({ scopes }, requested) => requested ?? [...scopes, 'user/*.cruds'],
    })),
  },
  {
    id: 'app-launch/refresh-without-scope~narrower',
    level: 'warn',
    summary: 'A refresh without scope drops scopes',
    also: ['app-launch/refresh-access-token'],
    override: changesTokens(() => ({
      refreshedScopes: ({ scopes }, requested) => requested ?? scopes.filter((scope) => scope !== 'launch/patient'),
    })),
  },
  {
    id: 'app-launch/refresh-subset~refused',
    level: 'fail',
    summary: 'A refresh that asks for some of the scopes is refused',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (_token, parameters) => (parameters.get('scope') ? ['invalid_scope', 'scope is fixed'] : null),
      },
    })),
  },
];

export const refreshFaults = faultsOf([...issuing, ...clients, ...responses]);
