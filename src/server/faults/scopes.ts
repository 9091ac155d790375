/** Which scopes are granted, and how they are written. */
import { createHash } from 'node:crypto';
import { json } from '../responses.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesAuthorization,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokenScopes,
  changesTokens,
  lacking,
  listing,
  plus,
} from './overrides.ts';

/** Requests with scopes like these are refused. */
function refuses(unwanted: RegExp) {
  return changesAuthorization(({ checks }) => ({
    checks: {
      ...checks,
      scope: (parameters, client) => {
        const scopes = parameters.get('scope')?.split(' ') ?? [];
        return scopes.some((scope) => unwanted.test(scope))
          ? { error: 'invalid_scope', description: 'a scope is not known' }
          : checks.scope(parameters, client);
      },
    },
  }));
}

/** Scopes as they are written in token responses. */
function writes(change: (scope: string) => string) {
  return changesTokenResponse((members) => ({
    ...members,
    scope: String(members.scope).split(' ').map(change).join(' '),
  }));
}

/** Scopes as they are granted, and written. */
function grants(change: (scope: string) => string) {
  return changesTokens(({ grantedScopes }) => ({
    grantedScopes: (...asked) => grantedScopes(...asked).map(change),
  }));
}

const grantSupport: readonly FaultRow[] = [
  {
    id: 'scopes/patient-scopes-supported~refused',
    level: 'fail',
    summary: 'patient/Patient scopes are unknown',
    override: refuses(/^patient\/Patient\.rs$/),
  },
  {
    id: 'scopes/user-scopes-supported~dropped',
    level: 'fail',
    summary: 'user/ scopes for one type are never granted',
    override: changesAuthorization(({ offeredScopes }) => ({
      offeredScopes: (requested, ...rest) => {
        const offered = offeredScopes(requested, ...rest);
        return requested.some((scope) => /^user\/[A-Z]/.test(scope))
          ? ['launch/patient', ...offered.filter((scope) => !/^user\/[A-Z]/.test(scope))]
          : offered;
      },
    })),
  },
  {
    id: 'scopes/v1-scopes-supported~refused',
    level: 'fail',
    summary: 'permission-v1 is advertised, and .read is unknown',
    also: ['scopes/listed-scopes-obtainable'],
    override: refuses(/\.read$/),
  },
  {
    id: 'scopes/v1-returned-as-v1~converted',
    level: 'warn',
    summary: 'Scopes of version 1 are returned in the syntax of version 2',
    override: grants((scope) => scope.replace(/\.read$/, '.rs')),
  },
  {
    id: 'scopes/v2-scopes-supported~refused',
    level: 'fail',
    summary: 'permission-v2 is advertised, and .rs of one type is unknown',
    override: refuses(/^patient\/Observation\.rs$/),
  },
  {
    id: 'scopes/v2-scopes-supported~broadened',
    level: 'fail',
    summary: 'Scopes with search parameters, which are listed, are granted without them',
    override: grants((scope) => scope.replace(/\?category=.*$/, '')),
  },
  {
    id: 'scopes/v2-scopes-supported~parameters-refused',
    level: 'fail',
    summary: 'Scopes with search parameters, which are listed, are unknown',
    also: ['scopes/listed-scopes-obtainable'],
    override: refuses(/\?category=/),
  },
  {
    id: 'scopes/v2-scopes-supported~finds-nothing',
    level: 'fail',
    summary: 'Tokens with patient/Observation.rs are taken, and their searches refused',
    override: changesTokenScopes((scopes) =>
      scopes.map((scope) => (scope === 'patient/Observation.rs' ? 'patient/Observation.r' : scope)),
    ),
  },
  {
    id: 'scopes/v1-advertised~absent',
    level: 'warn',
    summary: 'permission-v1 is not advertised',
    override: changesSmartConfiguration(listing('capabilities', lacking('permission-v1'))),
  },
  {
    id: 'scopes/listed-scopes-obtainable~unknown',
    level: 'fail',
    summary: 'A listed scope is unknown',
    override: together(
      changesSmartConfiguration(listing('scopes_supported', plus('patient/Immunization.rs'))),
      refuses(/^patient\/Immunization\.rs$/),
    ),
  },
  {
    id: 'scopes/listed-scopes-obtainable~narrowed',
    level: 'warn',
    summary: 'Of a listed wildcard a single type is granted',
    override: grants((scope) => scope.replace(/^user\/\*\.read$/, 'user/Patient.read')),
  },
  {
    id: 'scopes/system-scope-reach~launch',
    level: 'warn',
    summary: 'Users can grant system/ scopes',
    override: changesAuthorization(({ offeredScopes }) => ({
      offeredScopes: (requested, ...rest) => [
        ...offeredScopes(requested, ...rest),
        ...requested.filter((scope) => scope.startsWith('system/')),
      ],
    })),
  },
];

const form: readonly FaultRow[] = [
  {
    id: 'scopes/granted-syntax~out-of-order',
    level: 'fail',
    summary: 'Granted letters are out of order',
    also: ['scopes/v2-scopes-supported'],
    override: writes((scope) => scope.replace(/^patient\/(\w+)\.rs$/, 'patient/$1.sr')),
  },
  {
    id: 'scopes/granted-syntax~twice',
    level: 'fail',
    summary: 'Granted letters are repeated',
    also: ['scopes/v2-scopes-supported'],
    override: writes((scope) => scope.replace(/^patient\/(\w+)\.rs$/, 'patient/$1.rss')),
  },
  {
    id: 'scopes/granted-syntax~word',
    level: 'fail',
    summary: 'Granted permissions are written as readsearch',
    also: ['scopes/v2-scopes-supported'],
    override: writes((scope) => scope.replace(/^patient\/(\w+)\.rs$/, 'patient/$1.readsearch')),
  },
  {
    id: 'scopes/granted-syntax~version-1',
    level: 'warn',
    summary: 'What was asked for in version 2 is granted in version 1',
    also: ['scopes/v2-scopes-supported'],
    override: writes((scope) => scope.replace(/^patient\/(\w+)\.rs$/, 'patient/$1.read')),
  },
  {
    id: 'scopes/shortest-form~one-by-one',
    level: 'warn',
    summary: 'Each letter is granted in a scope of its own',
    override: writes((scope) => scope.replace(/^(patient\/\w+)\.rs$/, '$1.r $1.s')),
  },
  {
    id: 'scopes/odd-interactions~verbatim',
    level: 'fail',
    summary: 'Out-of-order letters are granted as they were asked for',
    override: offersOdd((scope) => scope),
  },
  {
    id: 'scopes/odd-interactions~sorted',
    level: 'fail',
    summary: 'dus is granted as uds',
    override: offersOdd((scope) => scope.replace(/\.dus$/, '.uds')),
  },
  {
    id: 'scopes/odd-interactions~read-deletes',
    level: 'fail',
    summary: 'read is taken for the letters r and d',
    also: ['scopes/v1-returned-as-v1'],
    override: grants((scope) => scope.replace(/^patient\/(\w+)\.read$/, 'patient/$1.rds')),
  },
  {
    id: 'scopes/token-size~scopes-inside',
    level: 'warn',
    summary: 'An access token holds its scopes',
    override: changesTokens(({ newAccessToken }) => ({
      newAccessToken: (grant) => `${newAccessToken(grant)}${grant.scopes.map(digest).join('')}`,
    })),
  },
  {
    id: 'scopes/associated-endpoints-honour-tokens~unknown',
    level: 'warn',
    summary: 'An associated endpoint does not know the tokens of this server',
    override: together(
      changesSmartConfiguration((document, { site }) => ({
        ...document,
        associated_endpoints: [{ url: `${site.baseUrl}/imaging`, capabilities: ['launch-ehr'] }],
      })),
      changesAnswers('elsewhere', () => json({ error: 'invalid_token' }, { status: 401 })),
    ),
  },
];

/** What is out of order is offered all the same. */
function offersOdd(change: (scope: string) => string) {
  return changesAuthorization(({ offeredScopes }) => ({
    offeredScopes: (requested, ...rest) => [
      ...offeredScopes(requested, ...rest),
      ...requested.filter((scope) => /\.(dus|sr|xyz)$/.test(scope)).map(change),
    ],
  }));
}

/** As long as a scope usually is. */
function digest(scope: string): string {
  return createHash('sha512').update(scope).digest('base64url');
}

export const scopeFaults = faultsOf([...grantSupport, ...form]);
