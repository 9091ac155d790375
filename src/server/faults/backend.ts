/** Backend services: tokens by client_credentials (backend-services). */
import type { JsonObject } from '../json.ts';
import { json } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { type Grant, unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesTokenResponse, changesTokens, having, without } from './overrides.ts';

const onService = (change: (members: JsonObject, grant: Grant, setup: Setup) => JsonObject) =>
  changesTokenResponse((members, grant, grantType, setup) =>
    grantType === 'client_credentials' ? change(members, grant, setup) : members,
  );

const responses: readonly FaultRow[] = [
  {
    id: 'backend-services/token-obtained~refused',
    level: 'fail',
    summary: 'Backend services are refused every scope',
    override: changesTokens(() => ({ serviceScopes: () => [] })),
  },
  {
    id: 'backend-services/authority-registered-beforehand~sign-in',
    level: 'fail',
    summary: 'Backend services are sent to the sign-in page',
    also: ['backend-services/token-obtained'],
    override: changesAnswers('token', async (answer, { request }, _usual, { site }) => {
      const form = new URLSearchParams(await request.clone().text());
      return form.get('grant_type') === 'client_credentials'
        ? new Response(null, { status: 302, headers: { location: site.authorize } })
        : answer();
    }),
  },
  {
    id: 'backend-services/response-json~text-plain',
    level: 'fail',
    summary: 'Tokens of backend services come as text/plain',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      if (form.get('grant_type') !== 'client_credentials' || usual.status !== 200) return usual;
      return json(JSON.parse(await usual.text()), { headers: { 'content-type': 'text/plain' } });
    }),
  },
  {
    id: 'backend-services/access-token-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no access_token',
    override: onService(without('access_token')),
  },
  {
    id: 'backend-services/access-token-present~dead',
    level: 'fail',
    summary: 'Access tokens of backend services do not work',
    override: onService((members, _grant, { vault }) => {
      vault.accessTokens.delete(String(members.access_token));
      return members;
    }),
  },
  {
    id: 'backend-services/token-type-bearer~mac',
    level: 'fail',
    summary: 'token_type of a backend service’s token is mac',
    override: onService(having({ token_type: 'mac' })),
  },
  {
    id: 'backend-services/expires-in-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no expires_in',
    override: onService(without('expires_in')),
  },
  {
    id: 'backend-services/expires-in-present~string',
    level: 'fail',
    summary: 'expires_in of a backend service’s token is a string',
    override: onService(having({ expires_in: '300' })),
  },
  {
    id: 'backend-services/expires-in-at-most-300~hour',
    level: 'warn',
    summary: 'Tokens of backend services are good for an hour',
    also: ['backend-services/token-short-lived'],
    override: changesTokens(() => ({ lifetime: () => 3600 })),
  },
  {
    id: 'backend-services/token-short-lived~year',
    level: 'fail',
    summary: 'Tokens of backend services are good for a year',
    also: ['backend-services/expires-in-at-most-300'],
    override: onService(having({ expires_in: 31_536_000 })),
  },
  {
    id: 'backend-services/scope-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no scope',
    override: onService(without('scope')),
  },
  {
    id: 'backend-services/scope-present~empty',
    level: 'fail',
    summary: 'scope of a backend service’s token is empty',
    override: onService(having({ scope: '' })),
  },
  {
    id: 'backend-services/no-refresh-token~always',
    level: 'warn',
    summary: 'Backend services get refresh tokens',
    override: onService(renewable),
  },
  {
    id: 'backend-services/no-refresh-token~offline',
    level: 'warn',
    summary: 'Backend services get refresh tokens when they ask for offline_access',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      const isOffline = form.get('scope')?.split(' ').includes('offline_access');
      if (form.get('grant_type') !== 'client_credentials' || usual.status !== 200 || !isOffline) return usual;
      return json({ ...JSON.parse(await usual.text()), refresh_token: unguessable() });
    }),
  },
];

export const backendFaults = faultsOf([...responses]);

function renewable(members: JsonObject, grant: Grant, { vault }: Setup): JsonObject {
  const refreshToken = unguessable();
  vault.refreshTokens.set(refreshToken, { grant, used: false });
  return { ...members, refresh_token: refreshToken };
}
