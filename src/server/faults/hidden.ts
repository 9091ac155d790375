/** What hides whether a server keeps a requirement: whoever looks must say so, and neither accuse nor acquit. */
import type { Override } from '../behaviour.ts';
import { page } from '../responses.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesClientRules,
  changesIdTokens,
  changesIntrospection,
  changesTokenScopes,
  changesTokens,
} from './overrides.ts';

/** A page that leads nowhere, for requests that another server would refuse. */
const stuckAtChallenges = changesAnswers('authorize', (answer, { request }) => {
  const { searchParams } = new URL(request.url);
  const isStrong = searchParams.get('code_challenge_method') === 'S256' && searchParams.has('code_challenge');
  return isStrong ? answer() : page('One moment', '<p>We are looking into it.</p>');
});

/** Access tokens are good for these of their scopes alone, whatever the response says. */
function tokensGoodFor(useful: readonly string[], grantedBy: string): Override {
  return changesTokenScopes((scopes, grantType) =>
    grantType === grantedBy ? scopes.filter((scope) => useful.includes(scope)) : scopes,
  );
}

const rows: readonly FaultRow[] = [
  {
    id: 'app-launch/pkce-plain-refused~no-answer',
    level: 'undecided',
    blinds: 'app-launch/pkce-weak-challenge',
    summary: 'Authorization requests without an S256 code_challenge end at a page that leads nowhere',
    also: ['app-launch/pkce-missing-challenge-error'],
    override: stuckAtChallenges,
  },
  {
    id: 'app-launch/pkce-missing-challenge-error~no-answer',
    level: 'undecided',
    blinds: 'app-launch/pkce-challenge-error',
    summary: 'Authorization requests without an S256 code_challenge end at a page that leads nowhere',
    override: stuckAtChallenges,
  },
  {
    id: 'app-launch/code-reuse-revokes~never-read',
    level: 'undecided',
    blinds: 'app-launch/code-reuse-revokes',
    summary: 'Tokens outlive the second use of their code, and those that cannot be refreshed are good for no data',
    also: ['scopes/wildcard-covers-types'],
    override: together(
      changesTokens(() => ({ reuseRevokes: false })),
      changesTokenScopes((scopes, grantType) =>
        grantType === 'authorization_code' && !scopes.includes('offline_access') && scopes.includes('patient/*.rs')
          ? scopes.filter((scope) => !scope.startsWith('patient/'))
          : scopes,
      ),
    ),
  },
  {
    id: 'app-launch/pkce-verifier-lengths~no-answer',
    level: 'undecided',
    blinds: 'app-launch/pkce-verifier-lengths',
    summary: 'Authorization requests end at a page that leads nowhere, once each app has been launched',
    override: changesAnswers('authorize', (answer, _asked, _usual, { vault }) =>
      vault.codes.size < 3 ? answer() : page('One moment', '<p>We are looking into it.</p>'),
    ),
  },
  {
    id: 'app-launch/refresh-not-wider~no-patients',
    level: 'undecided',
    blinds: 'app-launch/refresh-same-patient',
    summary: 'Refreshed tokens read no patient at all, the one in context neither',
    also: ['app-launch/refresh-access-token', 'app-launch/refresh-without-scope'],
    override: tokensGoodFor(['patient/Observation.rs'], 'refresh_token'),
  },
  {
    id: 'backend-services/unauthorized-scope-refused~no-access',
    level: 'undecided',
    blinds: 'backend-services/unauthorized-scope-unusable',
    summary: 'The tokens of backend services read nothing at all',
    also: [
      'backend-services/access-token-present',
      'backend-services/requested-scopes-restrict',
      'scopes/system-scope-reach',
    ],
    override: tokensGoodFor([], 'client_credentials'),
  },
  {
    id: 'client-asymmetric/assertion-validated~busy',
    level: 'undecided',
    blinds: 'client-asymmetric/assertion-validated',
    summary: 'Who fails to authenticate is answered 429, as if by a server that is too busy to look',
    override: changesClientRules(() => ({
      refusal: () => new Response(null, { status: 429, headers: { 'retry-after': '3600' } }),
    })),
  },
  {
    id: 'introspection/subject-repeated~nothing-to-repeat',
    level: 'undecided',
    blinds: 'introspection/subject-repeated',
    summary: 'ID tokens have no sub, and introspection has none either',
    also: ['openid-connect/required-claims', 'openid-connect/subject-stable'],
    override: together(
      changesIdTokens(({ claims }) => ({
        claims: (...of) => {
          const { sub: _, ...rest } = claims(...of);
          return rest;
        },
      })),
      changesIntrospection(({ active }) => ({
        active: (...of) => {
          const { sub: _, ...rest } = active(...of);
          return rest;
        },
      })),
    ),
  },
];

export const hiddenFaults = faultsOf(rows);
