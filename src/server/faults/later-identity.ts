/** What is wrong with the user in some flows only: on refresh, from the EHR, for some users, at UserInfo. */
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { together } from '../together.ts';
import { type Grant, unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesIdTokens,
  changesSmartConfiguration,
  changesTokenResponse,
  lacking,
  listing,
} from './overrides.ts';

/** The id_token of a refresh, changed as it is sent. */
function sendingAtRefresh(change: (idToken: string) => string): Override {
  return changesTokenResponse((members, _grant, grantType) =>
    grantType === 'refresh_token' && typeof members.id_token === 'string'
      ? { ...members, id_token: change(members.id_token) }
      : members,
  );
}

/** The claims of some id_tokens, changed. */
function claimingOf(
  isMeant: (grant: Grant, isRefresh: boolean) => boolean,
  change: (claims: JsonObject, grant: Grant) => JsonObject,
): Override {
  return changesIdTokens((rules) => ({
    claims: (grant, accessToken, isRefresh) => {
      const all = rules.claims(grant, accessToken, isRefresh);
      return isMeant(grant, isRefresh) ? change(all, grant) : all;
    },
  }));
}

const atRefresh = (_grant: Grant, isRefresh: boolean) => isRefresh;
const fromEhr = ({ scopes }: Grant) => scopes.includes('launch');

const refreshed: readonly FaultRow[] = [
  {
    id: 'openid-connect/signature-verifies~refreshed',
    level: 'fail',
    summary: 'The signature of a refreshed id_token is that of another one',
    override: sendingAtRefresh((idToken) => {
      const signature = idToken.slice(idToken.lastIndexOf('.') + 1);
      return idToken.replace(signature, [...signature.slice(0, -1)].reverse().join('') + signature.slice(-1));
    }),
  },
  {
    id: 'openid-connect/signed-rs256~refreshed-none',
    level: 'fail',
    summary: 'Refreshed id_tokens have alg none and no signature',
    also: ['openid-connect/signature-verifies'],
    override: sendingAtRefresh((idToken) => {
      const header = Buffer.from('{"alg":"none"}').toString('base64url');
      return `${header}.${idToken.split('.')[1]}.`;
    }),
  },
  {
    id: 'openid-connect/at-hash-matches~refreshed',
    level: 'fail',
    summary: 'at_hash of a refreshed id_token is of the access token before',
    override: claimingOf(atRefresh, (all) => ({ ...all, at_hash: 'hjYrG_ZIcsb2ooGsTgDvPw' })),
  },
  {
    id: 'openid-connect/times-sane~refreshed',
    level: 'fail',
    summary: 'Refreshed id_tokens have expired an hour ago',
    override: claimingOf(atRefresh, (all) => ({ ...all, exp: Number(all.iat) - 3600 })),
  },
  {
    id: 'openid-connect/refreshed-id-token-consistent~fhir-user',
    level: 'warn',
    summary: 'fhirUser of a refreshed id_token is another resource',
    override: claimingOf(atRefresh, (all) => ({ ...all, fhirUser: 'Patient/pat-2' })),
  },
  {
    id: 'openid-connect/refreshed-id-token-consistent~opaque',
    level: 'fail',
    summary: 'The id_token of a refresh is no JWT',
    override: sendingAtRefresh(unguessable),
  },
];

const others: readonly FaultRow[] = [
  {
    id: 'openid-connect/fhir-user-claim~patient-in-context',
    level: 'fail',
    summary: 'Launched from the EHR, fhirUser is the patient whose chart is open',
    override: claimingOf(fromEhr, (all, { context }) =>
      all.fhirUser === undefined ? all : { ...all, fhirUser: `Patient/${context.patient}` },
    ),
  },
  {
    id: 'openid-connect/fhir-user-claim~same-for-all',
    level: 'fail',
    summary: 'fhirUser is the same patient for everyone',
    also: ['openid-connect/fhir-user-resolves'],
    override: claimingOf(
      () => true,
      (all) => (all.fhirUser === undefined ? all : { ...all, fhirUser: 'Patient/pat-1' }),
    ),
  },
  {
    id: 'openid-connect/fhir-user-claim~patients-alone',
    level: 'fail',
    summary: 'Apps launch by themselves alone, and of those who are no patients fhirUser is left out',
    override: together(
      changesSmartConfiguration(
        listing('capabilities', lacking('launch-ehr', /^context-(ehr|banner|style)/, 'permission-online')),
      ),
      claimingOf(
        ({ person }) => person?.role !== 'patient',
        ({ fhirUser: _, ...all }) => all,
      ),
    ),
    description: ({ ehrLaunch: _, ...usual }) => ({ ...usual, capabilitySets: [] }),
  },
  {
    id: 'openid-connect/subject-stable~from-ehr',
    level: 'fail',
    summary: 'Launched from the EHR, sub is the patient whose chart is open',
    also: ['openid-connect/userinfo-subject'],
    override: claimingOf(fromEhr, (all, { context }) => ({ ...all, sub: String(context.patient) })),
  },
];

const userInfo: readonly FaultRow[] = [
  {
    id: 'openid-connect/userinfo-subject~altered-token',
    level: 'fail',
    summary: 'UserInfo compares the first ten characters of access tokens',
    override: changesAnswers('userinfo', async (answer, { request }, usual, { vault }) => {
      const presented = usual.bearer.presentedToken(request);
      const token = presented.kind === 'token' ? presented.token : '';
      const alike = [...vault.accessTokens].find(([issued]) => token !== '' && issued.startsWith(token.slice(0, 10)));
      return alike ? Response.json(usual.idTokens.userinfo(alike[1].grant)) : answer();
    }),
  },
  {
    id: 'openid-connect/userinfo-subject~confidential',
    level: 'fail',
    summary: 'For apps with a secret UserInfo has the name with which the user signs in as sub',
    override: changesIdTokens(({ userinfo }) => ({
      userinfo: (grant) => ({
        ...userinfo(grant),
        ...(grant.client.clientSecret !== undefined && { sub: String(grant.person?.username) }),
      }),
    })),
  },
  {
    id: 'openid-connect/userinfo-subject~sign-in',
    level: 'warn',
    summary: 'UserInfo sends those without a token to a page to sign in',
    override: changesAnswers('userinfo', async (answer, { request }, _usual, { site }) =>
      request.headers.has('authorization')
        ? answer()
        : new Response(null, { status: 302, headers: { location: `${site.baseUrl}/sign-in` } }),
    ),
  },
];

export const laterIdentityFaults = faultsOf([...refreshed, ...others, ...userInfo]);
