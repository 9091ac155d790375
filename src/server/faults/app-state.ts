/** Storing, finding and changing state of apps (guide, "App State"). */
import type { AppStateRules, Change, Done, StateAnswer } from '../app-state/rules.ts';
import { codingsOf, extensionsOf, identityOf } from '../app-state/state.ts';
import type { Override } from '../behaviour.ts';
import { FhirProblem } from '../fhir/fhir-problem.ts';
import type { Resource, ResourceContent } from '../fhir/resource.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { fhirJson, operationOutcome } from '../responses.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesAppState,
  changesCors,
  changesSmartConfiguration,
  lacking,
  lacksStateChangeCheck,
  lacksStateCheck,
  listing,
  without,
} from './overrides.ts';

type Action = Done['action'];

/** The answer to one kind of interaction, changed. */
function answering(action: Action, change: (usual: StateAnswer, done: Done) => Partial<StateAnswer>): Override {
  return changesAppState((rules) => ({
    answer: (usual, done) => {
      const answer = rules.answer(usual, done);
      return done.action === action ? { ...answer, ...change(answer, done) } : answer;
    },
  }));
}

function withHeader(name: string, value: (usual: StateAnswer, done: Done) => string | null) {
  return (usual: StateAnswer, done: Done): Partial<StateAnswer> => {
    const { [name]: _, ...rest } = usual.headers;
    const given = value(usual, done);
    return { headers: given === null ? rest : { ...rest, [name]: given } };
  };
}

/** Requests of one method are refused. */
function refusing(method: string, status: number): Override {
  return changesAnswers('app-state', (answer, { request }, _usual, { fhirVersion }) =>
    request.method === method ? operationOutcome(fhirVersion, 'not-supported', 'no', { status }) : answer(),
  );
}

/** What is stored of what was sent, changed. */
function keeping(change: (content: ResourceContent) => JsonObject): Override {
  return changesAppState((rules) => ({
    kept: (content, action) => ({ ...change(rules.kept(content, action)), resourceType: 'Basic' }),
  }));
}

/** The values of extensions, changed. */
function keepingValues(change: (value: string) => string): Override {
  return keeping((content) => withValues(content, change));
}

function withValues(content: ResourceContent, change: (value: string) => string): ResourceContent {
  return {
    ...content,
    extension: extensionsOf(content).map((extension) =>
      typeof extension.valueString === 'string'
        ? { ...extension, valueString: change(extension.valueString) }
        : extension,
    ),
  };
}

/** The Bundle of a search, changed. */
function bundling(change: (bundle: JsonObject, found: readonly Resource[]) => JsonObject): Override {
  return changesAppState((rules) => ({
    searchset: (found, url) => change(rules.searchset(found, url), found),
  }));
}

type ChangeChecks = AppStateRules['changeChecks'];
type ChangeCheck = ChangeChecks[keyof ChangeChecks];

/** One rule for changes, changed. */
function checkingChanges(name: keyof ChangeChecks, change: (check: ChangeCheck) => ChangeCheck): Override {
  return changesAppState(({ changeChecks }) => ({
    changeChecks: { ...changeChecks, [name]: change(changeChecks[name]) },
  }));
}

/** A rule for changes that refuses with another status. */
function changeRefused(name: keyof ChangeChecks, status: number): Override {
  return checkingChanges(
    name,
    (check) => (change) => (check(change) ? new FhirProblem(status, 'conflict', 'no') : null),
  );
}

/** Changes of some kind are made without a rule. */
function changesWithout(name: keyof ChangeChecks, isSuch: (change: Change) => boolean): Override {
  return checkingChanges(name, (check) => (change) => (isSuch(change) ? null : check(change)));
}

/** A rule for changes, on one of the two kinds alone. */
function lacksOn(action: Change['action'], name: keyof ChangeChecks): Override {
  return changesWithout(name, (change) => change.action === action);
}

/** A rule for what is stored beside the usual ones. */
function storesOnly(allows: (content: ResourceContent, size: number) => boolean, status = 422): Override {
  return changesAppState(({ contentChecks }) => ({
    contentChecks: {
      ...contentChecks,
      size: (content, size) =>
        allows(content, size) ? contentChecks.size(content, size) : new FhirProblem(status, 'not-supported', 'no'),
    },
  }));
}

const id = (name: string) => `app-state/${name}`;

const persists = id('create-persists-everything');
const bySubject = id('search-by-code-and-subject');
const works = id('capability-works');
/** What follows when searches do not find what was stored. */
const unfound = [works, persists, bySubject, id('search-global-state')];

const discovery: readonly FaultRow[] = [
  {
    id: 'app-state/capability-advertised~nowhere',
    level: 'fail',
    summary: 'Nothing in the SMART configuration points to App State',
    override: together(
      changesSmartConfiguration(without('associated_endpoints')),
      changesSmartConfiguration(listing('capabilities', lacking('smart-app-state'))),
    ),
  },
  {
    id: 'app-state/capability-advertised~associated-only',
    level: 'warn',
    summary: 'smart-app-state is a capability of the associated endpoint alone',
    override: changesSmartConfiguration(listing('capabilities', lacking('smart-app-state'))),
  },
  {
    id: 'app-state/capability-advertised~deprecated-only',
    level: 'warn',
    summary: 'Only smart_app_state_endpoint, which is deprecated, points to App State',
    also: ['discovery/app-state-endpoint-deprecated'],
    override: changesSmartConfiguration(({ associated_endpoints: _, ...document }, { site }) => ({
      ...listing('capabilities', lacking('smart-app-state'))(document),
      smart_app_state_endpoint: site.appState,
    })),
  },
  {
    id: 'app-state/capability-works~no-update',
    level: 'fail',
    summary: 'PUT is answered 405',
    also: ['update-with-if-match', 'update-identity-412', 'update-id-matches-url', 'delete-final'].map(id),
    override: refusing('PUT', 405),
  },
  {
    id: 'app-state/capability-works~no-delete',
    level: 'fail',
    summary: 'DELETE is answered 501',
    // What cannot be deleted is in the way of whatever comes next.
    also: [
      ...['delete-with-if-match', 'delete-final', 'create-supported', 'global-state', 'subject-types'].map(id),
      ...['one-resource-per-code', 'one-resource-per-subject', 'size-256-kb', 'delete-stale-412'].map(id),
      ...['rights-as-scopes', 'rights-tracked-separately', 'subject-bound', 'token-required'].map(id),
    ],
    override: refusing('DELETE', 501),
  },
  {
    id: 'app-state/capability-statement~no-delete',
    level: 'warn',
    summary: 'The CapabilityStatement of App State lists no delete',
    override: stating((interactions) => interactions.filter(({ code }) => code !== 'delete')),
  },
  {
    id: 'app-state/capability-statement~read-only',
    level: 'warn',
    summary: 'The CapabilityStatement of App State lists reading alone',
    override: stating(() => [{ code: 'read' }]),
  },
  {
    id: 'app-state/json-format~xml',
    level: 'fail',
    summary: 'Answers call themselves XML',
    override: typed('application/fhir+xml'),
  },
  {
    id: 'app-state/json-format~text',
    level: 'fail',
    summary: 'Answers call themselves plain text',
    override: typed('text/plain'),
  },
  {
    id: 'app-state/cors-etag-exposed~hidden',
    level: 'warn',
    summary: 'Pages may read answers, and no headers of them',
    override: changesCors(['app-state'], () => ({ exposedHeaders: [] })),
  },
  {
    id: 'app-state/cors-etag-exposed~location-only',
    level: 'warn',
    summary: 'Pages may read Location, and not ETag',
    override: changesCors(['app-state'], () => ({ exposedHeaders: ['location'] })),
  },
];

/** The interactions with Basic that the CapabilityStatement lists, changed. */
function stating(change: (interactions: readonly JsonObject[]) => readonly JsonObject[]): Override {
  return changesAppState(({ capabilityStatement }) => ({
    capabilityStatement: () => {
      const interactions = ['search-type', 'create', 'update', 'delete'].map((code) => ({ code }));
      const resource = [{ type: 'Basic', interaction: change(interactions) }];
      return { ...capabilityStatement(), rest: [{ mode: 'server', resource }] };
    },
  }));
}

function typed(type: string): Override {
  return changesAnswers('app-state', async (answer) => {
    const usual = await answer();
    if (usual.headers.has('content-type')) usual.headers.set('content-type', type);
    return usual;
  });
}

const creating: readonly FaultRow[] = [
  {
    id: 'app-state/create-supported~method',
    level: 'fail',
    summary: 'POST is answered 405',
    also: [works, ...['one-resource-per-subject', 'subject-types', 'global-state'].map(id)],
    override: refusing('POST', 405),
  },
  {
    id: 'app-state/create-supported~forbidden',
    level: 'fail',
    summary: 'POST is answered 403, whatever was granted',
    also: [works, ...['one-resource-per-subject', 'subject-types', 'global-state'].map(id)],
    override: refusing('POST', 403),
  },
  {
    id: 'app-state/create-location~absent',
    level: 'fail',
    summary: 'A create is answered without Location',
    override: answering(
      'c',
      withHeader('location', () => null),
    ),
  },
  {
    id: 'app-state/create-location~base',
    level: 'fail',
    summary: 'Location of what was created is the address it was sent to',
    override: answering(
      'c',
      withHeader('location', ({ headers }) => String(headers.location).replace(/\/[^/]+$/, '')),
    ),
  },
  {
    id: 'app-state/create-location~200',
    level: 'fail',
    summary: 'A create is answered 200',
    override: answering('c', () => ({ status: 200 })),
  },
  {
    id: 'app-state/create-etag~absent',
    level: 'fail',
    summary: 'A create is answered without ETag',
    override: answering(
      'c',
      withHeader('etag', () => null),
    ),
  },
  {
    id: 'app-state/create-etag~other-version',
    level: 'fail',
    summary: 'The ETag of a create is a number of its own, which no update takes',
    also: [works],
    override: answering(
      'c',
      withHeader('etag', () => 'W/"0"'),
    ),
  },
  {
    id: 'app-state/create-etag~unquoted',
    level: 'fail',
    summary: 'The ETag of a create is the version without quotes',
    override: answering(
      'c',
      withHeader('etag', ({ resource }) => versionIn(resource)),
    ),
  },
  {
    id: 'app-state/create-etag~strong',
    level: 'warn',
    summary: 'The ETag of a create is a strong one',
    override: answering(
      'c',
      withHeader('etag', ({ resource }) => `"${versionIn(resource)}"`),
    ),
  },
  {
    id: 'app-state/create-body~empty',
    level: 'fail',
    summary: 'A create is answered without a body',
    override: answering('c', () => ({ resource: null })),
  },
  {
    id: 'app-state/create-body~outcome',
    level: 'fail',
    summary: 'A create is answered with an OperationOutcome',
    override: answering('c', () => ({
      resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] },
    })),
  },
  {
    id: 'app-state/client-id-ignored~taken',
    level: 'fail',
    summary: 'The id in the body of a create becomes the id of the state',
    override: changesAppState(({ newId }) => ({
      newId: (content) => (typeof content.id === 'string' ? content.id : newId(content)),
    })),
  },
  {
    id: 'app-state/code-required~without',
    level: 'fail',
    summary: 'A Basic without code is stored',
    override: lacksStateCheck('code'),
  },
  {
    id: 'app-state/code-required~server-error',
    level: 'warn',
    summary: 'A Basic without code is answered 500',
    override: storesOnly((content) => codingsOf(content).length > 0, 500),
  },
  {
    id: 'app-state/one-coding~own',
    level: 'fail',
    summary: 'A coding of the server\u2019s own stands beside that of the app',
    override: changesAppState((rules) => ({
      answer: (usual, done) => {
        const answer = rules.answer(usual, done);
        if (!isJsonObject(answer.resource) || answer.resource.resourceType !== 'Basic') return answer;
        const codings = codingsOf({ ...answer.resource, resourceType: 'Basic' });
        return { ...answer, resource: { ...answer.resource, code: { coding: [...codings, { code: 'app-state' }] } } };
      },
    })),
  },
  {
    id: 'app-state/string-extensions~own',
    level: 'fail',
    summary: 'The server adds an extension with an instant',
    override: keeping((content) => ({
      ...content,
      extension: [
        ...extensionsOf(content),
        { url: 'https://smart-check.test/stored', valueInstant: '2026-01-01T00:00:00Z' },
      ],
    })),
  },
];

function versionIn(resource: JsonObject | null): string {
  const meta = resource?.meta;
  return isJsonObject(meta) ? String(meta.versionId) : '';
}

const lost = [persists, id('update-etag-and-body')];
/** What comes to light where values are looked at. */
const lostAnywhere = [...lost, ...['search-bundle', 'values-unmodified', 'create-rejects-what-it-cannot-keep'].map(id)];

const persisting: readonly FaultRow[] = [
  {
    id: 'app-state/create-persists-everything~second-extension',
    level: 'fail',
    summary: 'Only the first extension is stored',
    also: lostAnywhere,
    override: keeping((content) => ({ ...content, extension: extensionsOf(content).slice(0, 1) })),
  },
  {
    id: 'app-state/create-persists-everything~code-lower-case',
    level: 'fail',
    summary: 'The system of the code loses its scheme',
    also: [...unfound, id('create-rejects-what-it-cannot-keep')],
    override: keeping((content) => ({
      ...content,
      code: {
        coding: codingsOf(content).map((coding) => ({
          ...coding,
          system: String(coding.system).replace('https:', 'http:'),
        })),
      },
    })),
  },
  {
    id: 'app-state/create-persists-everything~version-absent',
    level: 'fail',
    summary: 'What is returned has no meta.versionId',
    also: [id('update-etag-and-body')],
    override: changesAppState((rules) => ({
      answer: (usual, done) => {
        const answer = rules.answer(usual, done);
        return { ...answer, resource: answer.resource && versionless(answer.resource) };
      },
    })),
  },
  {
    id: 'app-state/create-persists-everything~subject-relative',
    level: 'warn',
    summary: 'The subject becomes a relative reference in what is returned',
    override: changesAppState((rules, { site }) => ({
      answer: (usual, done) => {
        const answer = rules.answer(usual, done);
        const text = JSON.stringify(answer.resource).replaceAll(`"reference":"${site.fhir}/`, '"reference":"');
        return { ...answer, resource: JSON.parse(text) };
      },
    })),
  },
  {
    id: 'app-state/create-persists-everything~cut',
    level: 'fail',
    summary: 'Values are cut at 64 KB',
    also: [id('values-unmodified')],
    override: keepingValues((value) => value.slice(0, 64 * 1024)),
  },
  ...dropping('integer', 'An extension with an integer is dropped', ['strings'], (content) => ({
    ...content,
    extension: extensionsOf(content).filter(({ valueInteger }) => valueInteger === undefined),
  })),
  ...dropping('integer-as-string', 'An integer in an extension becomes a string', ['strings'], (content) => ({
    ...content,
    extension: extensionsOf(content).map(({ valueInteger, ...extension }) =>
      valueInteger === undefined ? extension : { ...extension, valueString: String(valueInteger) },
    ),
  })),
  ...dropping('nested', 'Extensions of extensions are dropped', ['flat'], (content) => ({
    ...content,
    extension: extensionsOf(content).map(({ extension: _, ...rest }) => rest),
  })),
  ...dropping('coding', 'The second coding is dropped', ['oneCoding'], (content) => ({
    ...content,
    code: { coding: codingsOf(content).slice(0, 1) },
  })),
  ...dropping(
    'contained',
    'Contained resources are dropped',
    [],
    ({ contained: _, author: __, ...content }) => content,
  ),
  ...dropping('repeated', 'Of extensions with the same url the last is kept', [], (content) => ({
    ...content,
    extension: [...new Map(extensionsOf(content).map((extension) => [extension.url, extension])).values()],
  })),
  ...dropping('subject', 'A relative subject is dropped', ['absoluteSubject', 'subjectType'], (content) => {
    const { subject, ...rest } = content;
    return identityOf(content).subject?.includes('://') ? content : rest;
  }),
  {
    id: 'app-state/values-unmodified~sanitized',
    level: 'fail',
    summary: 'Markup is taken out of values',
    override: keepingValues((value) => value.replace(/<[^>]*>/g, '')),
  },
  {
    id: 'app-state/values-unmodified~on-update',
    level: 'fail',
    summary: 'Markup is taken out of values when they are updated',
    override: changesAppState(({ kept }) => ({
      kept: (content, action) => {
        const usual = kept(content, action);
        return action === 'u' ? withValues(usual, (value) => value.replace(/<[^>]*>/g, '')) : usual;
      },
    })),
  },
  {
    id: 'app-state/values-unmodified~escaped',
    level: 'fail',
    summary: 'Markup in values is escaped',
    override: keepingValues((value) => value.replaceAll('<', '&lt;').replaceAll('>', '&gt;')),
  },
  {
    id: 'app-state/values-unmodified~line-ends',
    level: 'fail',
    summary: 'Line ends in values become line feeds',
    override: keepingValues((value) => value.replace(/\r\n?/g, '\n')),
  },
  {
    id: 'app-state/values-unmodified~composed',
    level: 'fail',
    summary: 'Values are brought into a normal form of Unicode',
    override: keepingValues((value) => value.normalize('NFC')),
  },
  {
    id: 'app-state/values-unmodified~latin',
    level: 'fail',
    summary: 'Characters beyond the first plane of Unicode are replaced',
    override: keepingValues((value) => value.replace(/[\u{10000}-\u{10ffff}]/gu, '?')),
  },
  {
    id: 'app-state/values-unmodified~trimmed',
    level: 'warn',
    summary: 'Blanks at the ends of values are taken off',
    override: keepingValues((value) => value.trim()),
  },
  {
    id: 'app-state/size-256-kb~64-kb',
    level: 'warn',
    summary: 'State of more than 64 KB is refused',
    override: storesOnly((_content, size) => size <= 64 * 1024, 413),
  },
];

function versionless(resource: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(resource, (name, value) => (name === 'versionId' ? undefined : value)));
}

/** What should have been refused is stored in part. */
function dropping(
  variant: string,
  summary: string,
  checks: readonly (keyof AppStateRules['contentChecks'])[],
  change: (content: ResourceContent) => JsonObject,
): readonly FaultRow[] {
  return [
    {
      id: `app-state/create-rejects-what-it-cannot-keep~${variant}`,
      level: 'fail',
      summary: `${summary}, and the create is answered 201`,
      override: together(lacksStateCheck(...checks), keeping(change)),
    },
  ];
}

const room: readonly FaultRow[] = [
  {
    id: 'app-state/one-resource-per-code~one-in-all',
    level: 'fail',
    summary: 'There is room for one resource about a subject, whatever its code',
    override: changesAppState(({ roomFor }) => ({
      roomFor: (identity, stored) =>
        roomFor(identity, stored) &&
        !stored.some(({ deleted, resource }) => !deleted && identityOf(resource).subject === identity.subject),
    })),
  },
  {
    id: 'app-state/one-resource-per-subject~one-in-all',
    level: 'fail',
    summary: 'There is room for one resource under a code, whatever its subject',
    override: changesAppState(({ roomFor }) => ({
      roomFor: (identity, stored) =>
        roomFor(identity, stored) &&
        !stored.some(({ deleted, resource }) => !deleted && identityOf(resource).code === identity.code),
    })),
  },
  {
    id: 'app-state/subject-types~no-person',
    level: 'fail',
    summary: 'State about a Person is refused with 422',
    override: storesOnly((content) => !identityOf(content).subject?.includes('/Person/')),
  },
  {
    id: 'app-state/subject-types~practitioner-only',
    level: 'fail',
    summary: 'Of those who care for patients only Practitioner may be a subject',
    override: storesOnly((content) => !/\/(PractitionerRole|RelatedPerson)\//.test(identityOf(content).subject ?? '')),
  },
  {
    id: 'app-state/subject-types~policy',
    level: 'warn',
    summary: 'State about a RelatedPerson is refused with 403',
    override: storesOnly((content) => !identityOf(content).subject?.includes('/RelatedPerson/'), 403),
  },
  {
    id: 'app-state/global-state~refused',
    level: 'fail',
    summary: 'State without a subject is refused',
    override: storesOnly((content) => identityOf(content).subject !== null),
  },
];

const stale = ['update-stale-412', 'delete-stale-412'].map(id);

const changing: readonly FaultRow[] = [
  {
    id: 'app-state/update-with-if-match~optional',
    level: 'fail',
    summary: 'PUT without If-Match updates',
    override: lacksOn('u', 'ifMatch'),
  },
  {
    id: 'app-state/update-with-if-match~forbidden',
    level: 'warn',
    summary: 'PUT without If-Match is answered 403',
    also: [id('delete-with-if-match')],
    override: changeRefused('ifMatch', 403),
  },
  {
    id: 'app-state/update-stale-412~accepted',
    level: 'fail',
    summary: 'PUT with an old ETag updates',
    override: lacksOn('u', 'current'),
  },
  {
    id: 'app-state/update-stale-412~409',
    level: 'fail',
    summary: 'PUT with an old ETag is answered 409',
    also: stale,
    override: changeRefused('current', 409),
  },
  {
    id: 'app-state/update-identity-412~accepted',
    level: 'fail',
    summary: 'PUT may change code and subject',
    override: lacksStateChangeCheck('identity'),
  },
  {
    id: 'app-state/update-identity-412~ignored',
    level: 'fail',
    summary: 'PUT with another code or subject is answered 200, and leaves them as they were',
    override: changesAppState((rules) => {
      let before: Resource | null = null;
      return {
        changeChecks: {
          ...rules.changeChecks,
          identity: ({ stored }) => {
            before = stored.resource;
            return null;
          },
        },
        kept: (content, action) => {
          const kept = rules.kept(content, action);
          if (action === 'c' || before === null) return kept;
          const { subject: _, ...rest } = kept;
          const { code, subject } = before;
          return { ...rest, code, ...(subject !== undefined && { subject }) };
        },
      };
    }),
  },
  {
    id: 'app-state/update-identity-412~422',
    level: 'fail',
    summary: 'PUT with another code or subject is answered 422',
    override: changeRefused('identity', 422),
  },
  {
    id: 'app-state/update-identity-412~subject-removed',
    level: 'fail',
    summary: 'PUT may take the subject away',
    override: changesWithout('identity', ({ content }) => content !== null && identityOf(content).subject === null),
  },
  {
    id: 'app-state/update-id-matches-url~other',
    level: 'fail',
    summary: 'PUT takes a body with another id',
    override: changesWithout('id', ({ content }) => content?.id !== undefined),
  },
  {
    id: 'app-state/update-id-matches-url~absent',
    level: 'fail',
    summary: 'PUT takes a body without id',
    override: changesWithout('id', ({ content }) => content?.id === undefined),
  },
  {
    id: 'app-state/update-id-matches-url~422',
    level: 'fail',
    summary: 'PUT with another id in the body is answered 422',
    override: changeRefused('id', 422),
  },
  {
    id: 'app-state/update-answered-200~201',
    level: 'fail',
    summary: 'An update is answered 201',
    override: answering('u', () => ({ status: 201 })),
  },
  {
    id: 'app-state/update-answered-200~same-version',
    level: 'fail',
    summary: 'An update leaves the version as it was',
    also: [id('update-etag-and-body')],
    override: changesAppState(({ newVersion }) => ({ newVersion: (before) => before ?? newVersion(null) })),
  },
  {
    id: 'app-state/update-etag-and-body~no-etag',
    level: 'fail',
    summary: 'An update is answered without ETag',
    override: answering(
      'u',
      withHeader('etag', () => null),
    ),
  },
  {
    id: 'app-state/update-etag-and-body~old-etag',
    level: 'fail',
    summary: 'An update is answered with the ETag of the version before',
    also: [works],
    override: answering(
      'u',
      withHeader('etag', (_usual, { before }) => `W/"${before?.meta.versionId}"`),
    ),
  },
  {
    id: 'app-state/update-etag-and-body~empty',
    level: 'fail',
    summary: 'An update is answered without a body',
    override: answering('u', () => ({ resource: null })),
  },
  {
    id: 'app-state/update-etag-and-body~old-body',
    level: 'fail',
    summary: 'An update is answered with what was stored before',
    override: answering('u', (_usual, { before }) => ({ resource: before })),
  },
  {
    id: 'app-state/update-etag-and-body~strong',
    level: 'warn',
    summary: 'The ETag of an update is a strong one',
    override: answering(
      'u',
      withHeader('etag', ({ resource }) => `"${versionIn(resource)}"`),
    ),
  },
  {
    id: 'app-state/delete-with-if-match~optional',
    level: 'fail',
    summary: 'DELETE without If-Match deletes',
    override: lacksOn('d', 'ifMatch'),
  },
  {
    id: 'app-state/delete-stale-412~accepted',
    level: 'fail',
    summary: 'DELETE with an old ETag deletes',
    override: lacksOn('d', 'current'),
  },
  {
    id: 'app-state/delete-stale-412~409',
    level: 'fail',
    summary: 'DELETE with an old ETag is answered 409',
    also: stale,
    override: changeRefused('current', 409),
  },
  {
    id: 'app-state/delete-final~resurrected',
    level: 'fail',
    summary: 'PUT with the last ETag brings deleted state back',
    override: lacksOn('u', 'alive'),
  },
  {
    id: 'app-state/delete-final~404',
    level: 'warn',
    summary: 'PUT and DELETE of deleted state are answered 404',
    override: changeRefused('alive', 404),
  },
  {
    id: 'app-state/delete-final~410',
    level: 'warn',
    summary: 'PUT and DELETE of deleted state are answered 410',
    override: changeRefused('alive', 410),
  },
  {
    id: 'app-state/delete-final~deleted-again',
    level: 'warn',
    summary: 'Deleted state may be deleted again',
    override: lacksOn('d', 'alive'),
  },
  {
    id: 'app-state/delete-answered-200-or-204~202',
    level: 'warn',
    summary: 'A delete is answered 202',
    override: answering('d', () => ({ status: 202 })),
  },
  {
    id: 'app-state/deleted-not-found~found',
    level: 'warn',
    summary: 'Searches find what was deleted',
    override: changesAppState(() => ({ finds: () => true })),
  },
];

const searching: readonly FaultRow[] = [
  {
    id: 'app-state/search-by-code-and-subject~empty',
    level: 'fail',
    summary: 'A search by code and subject finds nothing',
    also: unfound,
    override: bundling(({ entry: _, ...bundle }) => ({ ...bundle, total: 0 })),
  },
  {
    id: 'app-state/search-by-code-and-subject~by-subject-alone',
    level: 'fail',
    summary: 'A search by code and subject finds whatever is about the subject',
    also: [id('search-code-exact')],
    override: changesAppState(({ matches }) => ({ matches: { ...matches, code: () => true } })),
  },
  {
    id: 'app-state/search-global-state~empty',
    level: 'fail',
    summary: 'subject:missing=true finds nothing',
    override: changesAppState(({ matches }) => ({ matches: { ...matches, noSubject: () => false } })),
  },
  {
    id: 'app-state/search-global-state~all',
    level: 'fail',
    summary: 'subject:missing=true is ignored',
    override: changesAppState(({ matches }) => ({ matches: { ...matches, noSubject: () => true } })),
  },
  {
    id: 'app-state/search-code-exact~system-ignored',
    level: 'fail',
    summary: 'A search compares the code, and not its system',
    override: together(
      answeringAnyway(),
      changesAppState(({ matches }) => ({
        matches: { ...matches, code: (asked, state) => last(asked) === last(identityOf(state).code) },
      })),
    ),
  },
  {
    id: 'app-state/search-code-exact~prefix',
    level: 'fail',
    summary: 'A search finds codes that begin with what was asked for',
    override: together(
      answeringAnyway(),
      changesAppState(({ matches }) => ({
        matches: { ...matches, code: (asked, state) => identityOf(state).code.startsWith(asked) },
      })),
    ),
  },
  {
    id: 'app-state/search-subject-exact~ignored',
    level: 'fail',
    summary: 'A search takes no notice of the subject',
    override: together(
      answeringAnyway(),
      changesAppState(({ matches }) => ({ matches: { ...matches, subject: () => true } })),
    ),
  },
  {
    id: 'app-state/search-subject-exact~id-alone',
    level: 'fail',
    summary: 'A search compares type and id of the subject, and not the server',
    override: together(
      answeringAnyway(),
      changesAppState(({ matches }) => ({
        matches: { ...matches, subject: (asked, state) => tail(asked) === tail(identityOf(state).subject ?? '') },
      })),
    ),
  },
  {
    id: 'app-state/search-bundle~collection',
    level: 'fail',
    summary: 'A search gives a Bundle of type collection',
    override: bundling((bundle) => ({ ...bundle, type: 'collection' })),
  },
  {
    id: 'app-state/search-bundle~summary',
    level: 'fail',
    summary: 'A search gives resources without their values',
    also: lostAnywhere,
    override: bundling((bundle, found) => ({
      ...bundle,
      entry: found.map((resource) => ({
        resource: { ...resource, extension: extensionsOf(resource).map(({ url }) => ({ url })) },
        search: { mode: 'match' },
      })),
    })),
  },
  {
    id: 'app-state/search-bundle~other-resources',
    level: 'fail',
    summary: 'The subjects stand among what was found',
    override: bundling((bundle) => ({
      ...bundle,
      entry: [
        ...(Array.isArray(bundle.entry) ? bundle.entry : []),
        { resource: { resourceType: 'Patient', id: 'pat-1' }, search: { mode: 'include' } },
      ],
    })),
  },
  {
    id: 'app-state/search-bundle-members~no-self',
    level: 'warn',
    summary: 'The Bundle of a search has no self link',
    override: bundling(({ link: _, ...bundle }) => bundle),
  },
  {
    id: 'app-state/search-bundle-members~include',
    level: 'fail',
    summary: 'What was found calls itself included',
    override: bundling((bundle, found) => ({
      ...bundle,
      entry: found.map((resource) => ({ resource, search: { mode: 'include' } })),
    })),
  },
  {
    id: 'app-state/not-in-general-searches~listed',
    level: 'warn',
    summary: 'State is found by searches of Basic at the FHIR base URL',
    override: (usual, setup) => {
      let latest: JsonObject | null = null;
      return together(
        changesAppState((rules) => ({
          answer: (answer, done) => {
            if (done.action === 'c') latest = answer.resource;
            return rules.answer(answer, done);
          },
        })),
        changesAnswers('fhir', (answer, { request }, _usual, { fhirVersion }) =>
          latest && request.method === 'GET' && new URL(request.url).pathname.endsWith('/fhir/Basic')
            ? fhirJson({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource: latest }] }, fhirVersion)
            : answer(),
        ),
      )(usual, setup);
    },
  },
];

function last(token: string): string {
  return token.slice(token.lastIndexOf('|') + 1);
}

/** Type and id of a reference. */
function tail(reference: string): string {
  return reference.split('/').slice(-2).join('/');
}

/** Searches for what the app may not find are answered; what they find is as bounded as ever. */
function answeringAnyway(): Override {
  return changesAppState(() => ({ answersAnyway: () => true }));
}

export const appStateFaults = faultsOf([...discovery, ...creating, ...persisting, ...room, ...changing, ...searching]);
