/** What tokens let through at the FHIR API, beyond their scopes. */
import type { AccessGrant } from '../access.ts';
import type { Override } from '../behaviour.ts';
import type { Attempt, FhirAccess } from '../fhir/fhir-access.ts';
import type { ResourceContent } from '../fhir/resource.ts';
import { type Permission, type ResourceScope, readResourceScope } from '../fhir/resource-scope.ts';
import { isJsonObject } from '../json.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { almighty } from './formats.ts';
import { offeringNo } from './operations.ts';
import { askedOfPatient, changesAccess, changesAnswers, changesTokenScopes, replaceRequest } from './overrides.ts';

type When = (attempt: Attempt) => boolean;

const isRead: When = ({ interaction }) => ['read', 'vread', 'history-instance'].includes(interaction);
const isSearch: When = ({ interaction, by }) => interaction === 'search-type' && by === 'request';

/** Types are not looked at in the scopes of users. */
function coveringAnything(when: When) {
  return changesAccess(({ coversType }) => ({
    coversType: (scope, attempt) => (scope.level !== 'system' && when(attempt)) || coversType(scope, attempt),
  }));
}

/** Other letters allow an interaction, too. */
function alsoFor(interactions: readonly Attempt['interaction'][], ...letters: readonly Permission[]) {
  return changesAccess(({ permissionsFor }) => ({
    permissionsFor: (attempt) =>
      interactions.includes(attempt.interaction) ? [...permissionsFor(attempt), ...letters] : permissionsFor(attempt),
  }));
}

const inBatches = ['scopes/batch-entries-checked-singly'];

function doingWhatIsRefused(method: string): Override {
  return changesAnswers('fhir', async (answer, asked, _usual, setup) => {
    const { request, context } = asked;
    const isSearch = context.req.path.endsWith('/_search');
    const body = request.method === method && method === 'POST' ? await request.clone().text() : null;
    const refused = await answer();
    if (request.method !== method || isSearch || refused.status !== 403) return refused;
    const headers = {
      authorization: `Bearer ${almighty(setup) ?? ''}`,
      'content-type': request.headers.get('content-type') ?? '',
    };
    replaceRequest(asked, new URL(request.url), { method, headers, ...(body !== null && { body }) });
    await answer();
    return refused;
  });
}

function creatingWithRead(isMeant: (scope: ResourceScope) => boolean) {
  return changesAccess(({ readScope }) => ({
    readScope(text) {
      const scope = readScope(text);
      const creates = scope && isMeant(scope) && scope.permissions.has('r');
      return creates ? { ...scope, permissions: new Set([...scope.permissions, 'c' as const]) } : scope;
    },
  }));
}

const ofLaunches = ({ level }: ResourceScope) => level !== 'system';

const types: readonly FaultRow[] = [
  {
    id: 'scopes/scope-covers-request~any-type',
    level: 'fail',
    summary: 'A scope for one type is good for all types',
    also: inBatches,
    override: coveringAnything(() => true),
  },
  {
    id: 'scopes/scope-covers-request~none-is-all',
    level: 'fail',
    summary: 'Scopes for data narrow what a token is good for, and a token that has none is good for all',
    override: changesTokenScopes((scopes, grantType) =>
      grantType === 'client_credentials' || scopes.some((scope) => readResourceScope(scope) !== null)
        ? scopes
        : [...scopes, 'patient/*.rs', 'user/*.rs'],
    ),
  },
  {
    id: 'scopes/scope-covers-request~any-type-for-users',
    level: 'fail',
    summary: 'A user/ scope for one type is good for all types',
    override: changesAccess(({ coversType }) => ({
      coversType: (scope, attempt) => scope.level === 'user' || coversType(scope, attempt),
    })),
  },
  {
    id: 'scopes/scope-covers-request~any-type-by-id',
    level: 'fail',
    summary: 'Reads by id do not look at the type of the scope',
    also: inBatches,
    override: coveringAnything((attempt) => isRead(attempt) && attempt.by === 'request'),
  },
  {
    id: 'scopes/scope-covers-request~any-type-by-search',
    level: 'fail',
    summary: 'Searches do not look at the type of the scope',
    also: inBatches,
    override: coveringAnything(isSearch),
  },
  {
    id: 'scopes/scope-covers-request~compartment',
    level: 'fail',
    summary: 'A search in the compartment of the patient does not look at the type of the scope',
    override: coveringAnything((attempt) => isSearch(attempt) && attempt.path.length > 2),
  },
  {
    id: 'scopes/scope-covers-request~include',
    level: 'fail',
    summary: '_include brings types that no scope covers',
    override: coveringAnything(({ by }) => by === '_include'),
  },
  {
    id: 'scopes/scope-covers-request~revinclude',
    level: 'fail',
    summary: '_revinclude brings types that no scope covers',
    override: coveringAnything(({ by }) => by === '_revinclude'),
  },
  {
    id: 'scopes/scope-covers-request~history',
    level: 'fail',
    summary: 'The history of a type does not look at the type of the scope',
    override: coveringAnything(({ interaction }) => interaction === 'history-type'),
  },
  {
    id: 'scopes/scope-covers-request~system-search',
    level: 'fail',
    summary: 'A search of the whole system does not look at the type of the scope',
    override: coveringAnything(({ interaction }) => interaction === 'search-system'),
  },
  {
    id: 'scopes/scope-covers-request~post-search',
    level: 'fail',
    summary: 'A search by POST does not look at the type of the scope',
    override: coveringAnything(({ path }) => path.at(-1) === '_search'),
  },
  {
    id: 'scopes/scope-covers-request~vread',
    level: 'fail',
    summary: 'A read of a version does not look at the type of the scope',
    override: coveringAnything(({ interaction }) => interaction === 'vread'),
  },
  {
    id: 'scopes/scope-covers-request~all-types-at-once',
    level: 'fail',
    summary: 'A history or search of the whole system that names no type does not look at the types of the scope',
    override: coveringAnything(
      ({ interaction, parameters }) => interaction.endsWith('-system') && !parameters.has('_type'),
    ),
  },
  {
    id: 'scopes/scope-covers-request~create-with-read',
    level: 'fail',
    summary: 'Who may read may create',
    also: inBatches,
    override: creatingWithRead(ofLaunches),
  },
  {
    id: 'scopes/scope-covers-request~create-with-user-read',
    level: 'fail',
    summary: 'Who may read as a user may create',
    override: creatingWithRead(({ level }) => level === 'user'),
  },
  {
    id: 'scopes/scope-covers-request~create-unlisted',
    level: 'fail',
    summary: 'Who may read may create, and /metadata says that nobody may',
    also: inBatches,
    override: together(creatingWithRead(ofLaunches), offeringNo('create')),
  },
  {
    id: 'scopes/scope-covers-request~deleted-though-refused',
    level: 'fail',
    summary: 'Deletes that no scope covers are refused, and done',
    also: ['scopes/create-scope', 'scopes/update-scope'],
    override: doingWhatIsRefused('DELETE'),
  },
  {
    id: 'scopes/scope-covers-request~created-though-refused',
    level: 'fail',
    summary: 'Creates that no scope covers are refused, and done',
    also: ['scopes/update-scope', 'scopes/delete-scope'],
    override: doingWhatIsRefused('POST'),
  },
  {
    id: 'scopes/scope-covers-request~delete-with-search',
    level: 'fail',
    summary: 'Who may search may delete',
    also: inBatches,
    override: alsoFor(['delete'], 's'),
  },
  {
    id: 'scopes/scope-covers-request~v1-write-reads',
    level: 'fail',
    summary: 'write of version 1 reads as well',
    override: changesAccess(({ readScope }) => ({
      readScope: (scope) => readScope(scope.replace(/\.write$/, '.cruds')),
    })),
  },
  {
    id: 'scopes/batch-entries-checked-singly~any-type',
    level: 'warn',
    summary: 'Entries of batches are not held to the types of the scopes',
    also: ['scopes/scope-covers-request'],
    override: coveringAnything(({ entryOf }) => entryOf === 'batch'),
  },
  {
    id: 'scopes/batch-entries-checked-singly~transaction',
    level: 'warn',
    summary: 'Entries of transactions are not held to the types of the scopes',
    also: ['scopes/scope-covers-request'],
    override: coveringAnything(({ entryOf }) => entryOf === 'transaction'),
  },
  {
    id: 'scopes/batch-entries-checked-singly~by-type',
    level: 'warn',
    summary: 'Entries of batches are held to the types of the scopes alone: who may read may write there',
    also: ['scopes/scope-covers-request'],
    override: changesAccess(({ permissionsFor }) => ({
      permissionsFor: (attempt) => (attempt.entryOf === null ? permissionsFor(attempt) : ['c', 'r', 'u', 'd', 's']),
    })),
  },
  {
    id: 'scopes/wildcard-covers-types~withheld',
    level: 'warn',
    summary: 'A wildcard does not cover immunizations',
    override: changesAccess(({ coversType }) => ({
      coversType: (scope, attempt) =>
        coversType(scope, attempt) && (scope.type !== '*' || attempt.type !== 'Immunization'),
    })),
  },
  {
    id: 'scopes/scope-covers-request~v1-read-writes',
    level: 'fail',
    summary: 'read, the scope of version 1, is good for writing, too',
    override: changesTokenScopes((scopes) =>
      scopes.map((scope) => (scope.endsWith('.read') ? scope.replace(/read$/, '*') : scope)),
    ),
  },
  {
    id: 'scopes/scope-covers-request~head',
    level: 'warn',
    summary: 'HEAD is answered whatever type a token is for',
    override: changesAnswers('fhir', (answer, asked, _usual, setup) => {
      const { method, headers, url } = asked.request;
      if (method !== 'HEAD' || !headers.has('authorization')) return answer();
      replaceRequest(asked, new URL(url), { method, headers: { authorization: `Bearer ${almighty(setup) ?? ''}` } });
      return answer();
    }),
  },
  {
    id: 'scopes/scope-covers-request~deselected',
    level: 'fail',
    summary: 'Tokens are good for what was asked for, whatever the user has deselected',
    also: ['scopes/one-patient-only'],
    override: changesTokenScopes((scopes, _grantType, grant, { vault }) => [
      ...new Set([...scopes, ...askedOfPatient(grant, vault)]),
    ]),
  },
];

const letters: readonly FaultRow[] = [
  {
    id: 'scopes/read-scope~search',
    level: 'fail',
    summary: 'Who may read may search',
    override: alsoFor(['search-type'], 'r'),
  },
  {
    id: 'scopes/read-scope~type-history',
    level: 'fail',
    summary: 'Who may read gets the history of a type',
    override: alsoFor(['history-type', 'history-system'], 'r'),
  },
  {
    id: 'scopes/read-scope~post-search',
    level: 'fail',
    summary: 'A scope to read searches, too, by POST',
    override: changesAccess(({ permissionsFor }) => ({
      permissionsFor: (attempt) =>
        attempt.path.at(-1) === '_search' ? [...permissionsFor(attempt), 'r'] : permissionsFor(attempt),
    })),
  },
  {
    id: 'scopes/search-scope~read',
    level: 'fail',
    summary: 'Who may search may read',
    override: alsoFor(['read'], 's'),
  },
  {
    id: 'scopes/search-scope~history',
    level: 'fail',
    summary: 'Who may search gets the versions of a resource',
    override: alsoFor(['vread', 'history-instance'], 's'),
  },
  {
    id: 'scopes/create-scope~update',
    level: 'fail',
    summary: 'Who may create may update',
    override: alsoFor(['update'], 'c'),
  },
  {
    id: 'scopes/create-scope~read',
    level: 'fail',
    summary: 'Who may create may read',
    also: ['scopes/scope-covers-request'],
    override: alsoFor(['read'], 'c'),
  },
  {
    id: 'scopes/update-scope~patch-with-read',
    level: 'fail',
    summary: 'Who may read may patch',
    also: ['scopes/scope-covers-request'],
    override: alsoFor(['patch'], 'r'),
  },
  {
    id: 'scopes/update-scope~put-with-read',
    level: 'fail',
    summary: 'Who may read may update',
    also: ['scopes/scope-covers-request', ...inBatches],
    override: alsoFor(['update'], 'r'),
  },
  {
    id: 'scopes/update-scope~delete',
    level: 'fail',
    summary: 'Who may update may delete',
    override: alsoFor(['delete'], 'u'),
  },
  {
    id: 'scopes/delete-scope~read',
    level: 'fail',
    summary: 'Who may delete may read',
    also: ['scopes/scope-covers-request'],
    override: alsoFor(['read'], 'd'),
  },
  {
    id: 'scopes/delete-scope~update',
    level: 'fail',
    summary: 'Who may delete may update',
    override: alsoFor(['update'], 'd'),
  },
  {
    id: 'scopes/v1-scopes-meaning~write-without-delete',
    level: 'warn',
    summary: 'write of version 1 does not delete',
    override: changesAccess(({ readScope }) => ({
      readScope: (scope) => readScope(scope.replace(/\.write$/, '.cu')),
    })),
  },
  {
    id: 'scopes/v1-scopes-meaning~read-without-search',
    level: 'warn',
    summary: 'read of version 1 does not search',
    override: changesAccess(({ readScope }) => ({
      readScope: (scope) => readScope(scope.replace(/\.read$/, '.r')),
    })),
  },
  {
    id: 'scopes/union-of-scopes~last-only',
    level: 'fail',
    summary: 'Of several scopes for one type the last one counts',
    also: ['scopes/granular-scope-filters'],
    override: (usual) => ({
      resolveAccessToken: (token) => {
        const decision = usual.resolveAccessToken(token);
        if (decision.kind !== 'granted') return decision;
        const { scopes } = decision.grant;
        const typeOf = (scope: string) => readResourceScope(scope)?.type ?? scope;
        const kept = scopes.filter(
          (scope, index) => scopes.findLastIndex((one) => typeOf(one) === typeOf(scope)) === index,
        );
        return { ...decision, grant: { ...decision.grant, scopes: kept } };
      },
    }),
  },
  {
    id: 'scopes/union-of-scopes~read-with-first-category',
    level: 'fail',
    summary: 'Of several scopes with a category the first one counts when something is read by its id',
    also: ['scopes/granular-scope-filters'],
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        meetsConditions(scope, attempt, resource) &&
        (attempt.interaction !== 'read' || !scope.conditions.some(([, value]) => value.endsWith('laboratory'))),
    })),
  },
];

const granular = (
  [
    ['read', 'are not held to when something is read by its id', isRead],
    [
      'history',
      'are not held to in the history of a resource',
      ({ interaction }) => interaction === 'history-instance',
    ],
    ['search', 'are not held to in searches', isSearch],
    [
      'search-without-category',
      'are held to only in searches that name a category',
      (attempt) => isSearch(attempt) && !attempt.parameters.has('category'),
    ],
    [
      'search-with-category',
      'give way to the category that a search names',
      (attempt) => isSearch(attempt) && attempt.parameters.has('category'),
    ],
    [
      'by-id',
      'are not held to when a search names ids',
      (attempt) => isSearch(attempt) && attempt.parameters.has('_id'),
    ],
    ['second-page', 'are held to on the first page alone', ({ parameters }) => parameters.has('_offset')],
    ['compartment', 'are not held to in the compartment', ({ path }) => path.length > 2 && path[2] !== '_history'],
    ['revinclude', 'do not hold for what _revinclude brings', ({ by }) => by === '_revinclude'],
    ['include', 'do not hold for what _include brings', ({ by }) => by === '_include'],
    ['system-search', 'do not hold in searches of the system', ({ interaction }) => interaction === 'search-system'],
    ['type-history', 'do not hold in the history of the type', ({ interaction }) => interaction === 'history-type'],
    ['post', 'do not hold in searches by POST', ({ path }) => path.at(-1) === '_search'],
    ['batch', 'do not hold in batches', ({ entryOf }) => entryOf !== null],
  ] as const satisfies readonly (readonly [string, string, When])[]
).map(
  ([variant, what, when]): FaultRow => ({
    id: `scopes/granular-scope-filters~${variant}`,
    level: 'fail',
    summary: `The search parameters of a scope ${what}`,
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) => when(attempt) || meetsConditions(scope, attempt, resource),
    })),
  }),
);

const granularOthers: readonly FaultRow[] = [
  {
    id: 'scopes/granular-scope-filters~writes',
    level: 'fail',
    summary: 'The conditions of a granular scope do not hold for writing',
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        ['create', 'update', 'patch', 'delete'].includes(attempt.interaction) ||
        meetsConditions(scope, attempt, resource),
    })),
  },
  {
    id: 'scopes/granular-scope-filters~any-parameter',
    level: 'fail',
    summary: 'One of several parameters of a scope suffices',
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        scope.conditions.length === 0 ||
        scope.conditions.some((condition) => meetsConditions({ ...scope, conditions: [condition] }, attempt, resource)),
    })),
  },
  {
    id: 'scopes/granular-scope-filters~last-category',
    level: 'warn',
    summary: 'Of several categories of a resource the last one counts',
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) => {
        const { category } = resource;
        const last = Array.isArray(category) ? { ...resource, category: category.slice(-1) } : resource;
        return meetsConditions(scope, attempt, last);
      },
    })),
  },
  {
    id: 'scopes/granular-scope-filters~nothing',
    level: 'fail',
    summary: 'A scope with search parameters lets nothing through',
    also: ['scopes/union-of-scopes'],
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        meetsConditions(scope, attempt, resource) && !scope.conditions.some(([name]) => name === 'category'),
    })),
  },
];

/**
 * With patient/ scopes, what is such is everybody's. The rights of the user, who may be the patient, do not step in for
 * them.
 */
export function reachingEveryPatient(isSuch: (attempt: Attempt, resource: ResourceContent) => boolean): Override {
  return changesAccess(({ inContextPatient, withinUserRights }) => ({
    inContextPatient: (grant, attempt, resource) =>
      isSuch(attempt, resource) || inContextPatient(grant, attempt, resource),
    withinUserRights: (grant, attempt, resource) =>
      (isPatientsOwn(grant) && isSuch(attempt, resource)) || withinUserRights(grant, attempt, resource),
  }));
}

const patients = (
  [
    ['read', 'Reads by id', (attempt) => attempt.interaction === 'read' && attempt.by === 'request'],
    ['history', 'Histories of a resource', ({ interaction }) => interaction === 'history-instance'],
    ['vread', 'Reads of a version', ({ interaction }) => interaction === 'vread'],
    [
      'search',
      'Searches that name a patient',
      (attempt) => isSearch(attempt) && ['patient', 'subject'].some((name) => attempt.parameters.has(name)),
    ],
    [
      'unaimed-search',
      'Searches that name no patient',
      (attempt, { resourceType }) =>
        isSearch(attempt) && resourceType !== 'Patient' && attempt.path.length < 2 && attempt.parameters.size === 0,
    ],
    ['by-id', 'Searches that name ids', (attempt) => isSearch(attempt) && attempt.parameters.has('_id')],
    ['compartment', 'Searches in a compartment', (attempt) => isSearch(attempt) && attempt.path.length > 2],
    ['patients', 'Searches for patients', (attempt) => isSearch(attempt) && attempt.type === 'Patient'],
    ['include', '_include', ({ by }) => by === '_include'],
    ['revinclude', '_revinclude', ({ by }) => by === '_revinclude'],
    ['type-history', 'Histories of a type', ({ interaction }) => interaction === 'history-type'],
    ['system-search', 'Searches of the system', ({ interaction }) => interaction === 'search-system'],
    ['post', 'Searches by POST', ({ path }) => path.at(-1) === '_search'],
    ['batch', 'Batches', ({ entryOf }) => entryOf === 'batch'],
    ['transaction', 'Transactions', ({ entryOf }) => entryOf === 'transaction'],
    ['create', 'Creates', ({ interaction }) => interaction === 'create'],
    ['update', 'Updates', ({ interaction }) => interaction === 'update'],
    ['delete', 'Deletions', ({ interaction }) => interaction === 'delete'],
    ['medications', 'Searches for medications', (attempt) => isSearch(attempt) && /^Medication/.test(attempt.type)],
    [
      'update-by-body',
      'Updates, which look at what is sent and not at what is there,',
      ({ interaction }, resource) => interaction === 'update' && isStored(resource),
    ],
    [
      'update-by-what-is-there',
      'Updates, which look at what is there and not at what is sent,',
      ({ interaction }, resource) => interaction === 'update' && !isStored(resource),
    ],
    [
      'patch-by-what-is-there',
      'Patches, which look at what is there and not at what comes of it,',
      ({ interaction }, resource) => interaction === 'patch' && !isStored(resource),
    ],
  ] as const satisfies readonly (readonly [string, string, (attempt: Attempt, resource: ResourceContent) => boolean])[]
).map(
  ([variant, what, when]): FaultRow => ({
    id: `scopes/one-patient-only~${variant}`,
    level: 'fail',
    summary: `${what} reach every patient with patient/ scopes`,
    also: ['scopes/patient-scopes-supported', 'scopes/within-user-rights'],
    override: reachingEveryPatient(when),
  }),
);

/** What a client sends has no version yet. */
function isStored({ meta }: ResourceContent): boolean {
  return isJsonObject(meta) && meta.versionId !== undefined;
}

/** The scope that fhirUser amounts to is for the user’s own record. */
function isPatientsOwn({ scopes }: AccessGrant): boolean {
  return scopes.every((scope) => !/^(user|system)\/(?!\w+\.r\?_id=)/.test(scope));
}

const users: readonly FaultRow[] = [
  {
    id: 'scopes/one-patient-only~clinicians',
    level: 'fail',
    summary:
      'patient/ scopes keep patients to their own record, and open to a clinician\u2019s app all that the clinician may see',
    override: changesAccess(({ inContextPatient }) => ({
      inContextPatient: (grant, ...asked) =>
        (grant.fhirUser?.startsWith('Practitioner/') ?? false) || inContextPatient(grant, ...asked),
    })),
  },
  {
    id: 'scopes/patient-scopes-supported~other-patients',
    level: 'fail',
    summary: 'With patient/Patient scopes any Patient can be read',
    also: ['scopes/one-patient-only'],
    override: changesAccess(({ inContextPatient, withinUserRights }) => {
      const isIt: FhirAccess['inContextPatient'] = (grant, { type, interaction }) =>
        type === 'Patient' && interaction === 'read' && isPatientsOwn(grant);
      return {
        inContextPatient: (...asked) => isIt(...asked) || inContextPatient(...asked),
        withinUserRights: (...asked) => isIt(...asked) || withinUserRights(...asked),
      };
    }),
  },
  {
    id: 'scopes/within-user-rights~unbounded',
    level: 'fail',
    summary: 'user/ scopes reach whatever there is',
    override: changesAccess(() => ({ withinUserRights: () => true })),
  },
  {
    id: 'scopes/within-user-rights~search',
    level: 'fail',
    summary: 'Searches with user/ scopes reach whatever there is',
    override: changesAccess(({ withinUserRights }) => ({
      withinUserRights: (grant, attempt, resource) =>
        (isSearch(attempt) && !isPatientsOwn(grant)) || withinUserRights(grant, attempt, resource),
    })),
  },
  {
    id: 'scopes/within-user-rights~patient-scopes',
    level: 'fail',
    summary: 'patient/ scopes reach all of a chart, whoever has approved them',
    override: changesAccess(({ withinUserRights }) => ({
      withinUserRights: (grant, attempt, resource) =>
        isPatientsOwn(grant) || withinUserRights(grant, attempt, resource),
    })),
  },
  {
    id: 'scopes/within-user-rights~history',
    level: 'fail',
    summary: 'Histories are served whatever the user may see',
    override: changesAccess(({ withinUserRights }) => ({
      withinUserRights: (grant, attempt, resource) =>
        (/^history/.test(attempt.interaction) && !isPatientsOwn(grant)) || withinUserRights(grant, attempt, resource),
    })),
  },
  ...(
    [
      ['vread', 'Reads of a version', ({ interaction }) => interaction === 'vread'],
      ['post-search', 'Searches by POST', ({ path }) => path.at(-1) === '_search'],
      ['batch', 'Batches', ({ entryOf }) => entryOf !== null],
      ['revinclude', '_revinclude', ({ by }) => by === '_revinclude'],
      ['system-search', 'Searches of the system', ({ interaction }) => interaction === 'search-system'],
    ] as const satisfies readonly (readonly [string, string, When])[]
  ).map(
    ([variant, what, when]): FaultRow => ({
      id: `scopes/within-user-rights~${variant}`,
      level: 'fail',
      summary: `${what} with user/ scopes reach whatever there is`,
      override: changesAccess(({ withinUserRights }) => ({
        withinUserRights: (grant, attempt, resource) =>
          (when(attempt) && !isPatientsOwn(grant)) || withinUserRights(grant, attempt, resource),
      })),
    }),
  ),
  {
    id: 'scopes/user-scope-reach~one-patient',
    level: 'fail',
    summary: 'user/ scopes reach the patient that was picked last, and no other',
    override: changesAccess(({ withinUserRights }) => ({
      withinUserRights: (grant, attempt, resource) =>
        withinUserRights(grant, attempt, resource) &&
        (isPatientsOwn(grant) || resource.resourceType !== 'Patient' || resource.id === 'pat-1'),
    })),
  },
  {
    id: 'scopes/user-scopes-supported~unreadable',
    level: 'fail',
    summary: 'user/ scopes are granted, and give no patient',
    also: ['scopes/user-scope-reach'],
    override: changesAccess(({ withinUserRights }) => ({
      withinUserRights: (grant, attempt, resource) =>
        withinUserRights(grant, attempt, resource) && (isPatientsOwn(grant) || resource.resourceType !== 'Patient'),
    })),
  },
];

export const accessFaults = faultsOf([...types, ...letters, ...granular, ...granularOthers, ...patients, ...users]);
