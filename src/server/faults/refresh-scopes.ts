/** What refreshed tokens may do, against what was granted (app-launch, "Refresh access token"). */
import type { AccessGrant } from '../access.ts';
import type { Override } from '../behaviour.ts';
import type { Grant } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { askedOfPatient, changesTokenResponse, changesTokens } from './overrides.ts';

const wide = 'user/*.cruds';

const rows: readonly FaultRow[] = [
  {
    id: 'app-launch/refresh-scope-cannot-grow~hidden',
    level: 'fail',
    summary: 'A refresh that asks for more shows the old scope, and its token may do more',
    override: ignoresScopeOnRefresh(
      ({ scopes }, requested) => [...scopes, ...(requested ?? [])],
      ({ scopes }) => scopes,
    ),
  },
  {
    id: 'app-launch/refresh-scope-cannot-grow~confidential',
    level: 'fail',
    summary: 'A refresh grants confidential clients whatever scope it asks for',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (...args) => (isConfidential(args[0].grant) ? null : refreshChecks.scope(...args)),
      },
    })),
  },
  {
    id: 'app-launch/refresh-scope-cannot-grow~interactions',
    level: 'fail',
    summary: 'A refresh that asks for more may do more to the types of data that were granted',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (token, parameters, presented) => {
          const types = token.grant.scopes.map(beforePermissions);
          const requested = parameters.get('scope')?.split(' ') ?? [];
          const isOfTypes = requested.every((scope) => types.includes(beforePermissions(scope)));
          return isOfTypes ? null : refreshChecks.scope(token, parameters, presented);
        },
      },
    })),
  },
  {
    id: 'app-launch/refresh-without-scope~narrowed-for-good',
    level: 'warn',
    summary: 'A refresh that asked for some of the scopes is all that later ones yield',
    override: changesTokens(({ refreshedScopes }) => {
      const narrowed = new WeakMap<Grant, readonly string[]>();
      return {
        refreshedScopes: (grant, requested) => {
          if (requested) narrowed.set(grant, requested);
          return refreshedScopes(grant, narrowed.get(grant) ?? null);
        },
      };
    }),
  },
  {
    id: 'app-launch/refresh-subset~data-beside-formalities',
    level: 'fail',
    summary: 'A refresh that asks for some of the scopes names all formalities, and one more type of data',
    override: changesTokenResponse((members, { scopes }, grantType) =>
      grantType === 'refresh_token'
        ? { ...members, scope: [...scopes, 'launch/encounter', 'patient/Immunization.cud'].join(' ') }
        : members,
    ),
    also: [
      'app-launch/refresh-without-scope',
      'app-launch/refresh-rotation-keeps-scope',
      'app-launch/refresh-not-wider',
      'app-launch/refresh-scope-cannot-grow',
    ],
  },
  {
    id: 'app-launch/refresh-scope-cannot-grow~other-error',
    level: 'warn',
    summary: 'A refresh that asks for more is refused as invalid_request',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (...args) => (refreshChecks.scope(...args) ? ['invalid_request', 'too much is asked for'] : null),
      },
    })),
  },
  {
    id: 'app-launch/refresh-without-scope~half',
    level: 'warn',
    summary: 'A refresh without scope drops half of the grant',
    also: ['app-launch/refresh-access-token', 'app-launch/refresh-rotation-keeps-scope'],
    override: changesTokens(() => ({
      refreshedScopes: ({ scopes }, requested) => requested ?? scopes.slice(0, Math.ceil(scopes.length / 2)),
    })),
  },
  {
    id: 'app-launch/refresh-rotation-keeps-scope~wider',
    level: 'fail',
    summary: 'The second refresh of a grant yields more than the first',
    override: changesTokens(() => {
      const refreshed = new WeakSet<Grant>();
      return {
        refreshedScopes: (grant, requested) => {
          const again = refreshed.has(grant);
          refreshed.add(grant);
          return requested ?? (again ? [...grant.scopes, wide] : grant.scopes);
        },
      };
    }),
  },
  {
    id: 'app-launch/refresh-subset~same-refused',
    level: 'warn',
    summary: 'A refresh that asks for all that was granted is refused',
    override: changesTokens(({ refreshChecks }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (token, parameters, presented) =>
          parameters.get('scope') === token.grant.scopes.join(' ')
            ? ['invalid_scope', 'less is to be asked for']
            : refreshChecks.scope(token, parameters, presented),
      },
    })),
  },
  {
    id: 'app-launch/refresh-subset~wider',
    level: 'fail',
    summary: 'A refresh that asks for some of the scopes yields others beside them',
    override: changesTokens(() => ({
      refreshedScopes: ({ scopes }, requested) => (requested ? [...requested, wide] : scopes),
    })),
  },
  {
    id: 'app-launch/refresh-subset~not-narrowed',
    level: 'fail',
    summary: 'A refresh for some of the scopes shows these, and its token may do all that was granted',
    override: ignoresScopeOnRefresh(
      ({ scopes }) => scopes,
      ({ scopes }, requested) => (requested ?? scopes).filter((scope) => scopes.includes(scope)),
    ),
  },
  {
    id: 'app-launch/refresh-not-wider~deselected',
    level: 'fail',
    summary: 'A refresh brings back what the user has deselected',
    also: ['app-launch/refresh-scope-cannot-grow', 'app-launch/refresh-without-scope'],
    override: changesTokens((_usual, { vault }) => ({
      refreshedScopes: (grant, requested) =>
        requested ?? [...new Set([...grant.scopes, ...askedOfPatient(grant, vault)])],
    })),
  },
  {
    id: 'app-launch/refresh-scope-cannot-grow~deselected',
    level: 'fail',
    summary: 'A refresh may ask for what the user has deselected',
    override: changesTokens(({ refreshChecks }, { vault }) => ({
      refreshChecks: {
        ...refreshChecks,
        scope: (token, parameters, presented) => {
          const allowed = [...token.grant.scopes, ...askedOfPatient(token.grant, vault)];
          const isAsked = parameters
            .get('scope')
            ?.split(' ')
            .every((scope) => allowed.includes(scope));
          return isAsked ? null : refreshChecks.scope(token, parameters, presented);
        },
      },
    })),
  },
  {
    id: 'app-launch/refresh-not-wider~another-chart',
    level: 'fail',
    summary: 'A refreshed token opens the chart of another patient',
    also: ['app-launch/refresh-access-token'],
    override: changesRefreshedAccess((grant) => ({ ...grant, patient: 'pat-2', fhirUser: 'Practitioner/dr-bob' })),
  },
];

function isConfidential({ client }: Grant): boolean {
  return client.clientSecret !== undefined || client.keys !== undefined;
}

export const refreshScopeFaults = faultsOf(rows);

type Scopes = (grant: Grant, requested: readonly string[] | null) => readonly string[];

/** Refreshed tokens that allow one thing and are said to allow another. */
function ignoresScopeOnRefresh(allowed: Scopes, shown: Scopes): Override {
  return changesTokens((rules) => {
    const asked = new WeakMap<Grant, readonly string[] | null>();
    return {
      refreshChecks: { ...rules.refreshChecks, scope: () => null },
      refreshedScopes: (grant, requested) => {
        asked.set(grant, requested);
        return allowed(grant, requested);
      },
      response: (members, grant, grantType) =>
        grantType === 'refresh_token'
          ? { ...members, scope: shown(grant, asked.get(grant) ?? null).join(' ') }
          : members,
    };
  });
}

/** What refreshed tokens alone allow, changed. */
function changesRefreshedAccess(change: (grant: AccessGrant) => AccessGrant): Override {
  const refreshed = new Set<unknown>();
  const remembering = changesTokenResponse((members, _grant, grantType) => {
    if (grantType === 'refresh_token') refreshed.add(members.access_token);
    return members;
  });
  return (usual, setup) => ({
    ...remembering(usual, setup),
    resolveAccessToken: (token) => {
      const decision = usual.resolveAccessToken(token);
      const changes = decision.kind === 'granted' && refreshed.has(token);
      return changes ? { ...decision, grant: change(decision.grant) } : decision;
    },
  });
}

/** `patient/Observation` of `patient/Observation.rs`. */
function beforePermissions(scope: string): string {
  return scope.split('.')[0] ?? scope;
}
