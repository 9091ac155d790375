import { randomUUID } from 'node:crypto';
import type { AccessGrant } from '../access.ts';
import type { BearerOutcome } from '../fhir/bearer-outcome.ts';
import { FhirProblem } from '../fhir/fhir-problem.ts';
import { localReference } from '../fhir/local-reference.ts';
import type { Resource, ResourceContent } from '../fhir/resource.ts';
import { type Permission, type ResourceScope, readResourceScope } from '../fhir/resource-scope.ts';
import { isIn } from '../fhir/span.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { visiblePatients } from '../record/visible-patients.ts';
import type { Setup } from '../setup.ts';
import { codingsOf, extensionsOf, identityOf, type StateIdentity, type StoredState } from './state.ts';

/** What App State insists on and gives (guide, "App State"); each rule is a decision of its own, which a fault may change. */
export interface AppStateRules {
  /** Whether a request is let in at all. */
  admits(outcome: BearerOutcome, request: Request): BearerOutcome;
  /** Whether a grant may do this with state of that code and subject. */
  permits(grant: AccessGrant, action: StateAction, identity: StateIdentity): boolean;
  /** Whether a search is answered, with nothing, for what the grant may not find. */
  answersAnyway(identity: StateIdentity): boolean;
  /** Rules for what is to be stored, by name; the first that objects refuses. */
  readonly contentChecks: Readonly<Record<ContentCheckName, ContentCheck>>;
  /** Whether another one may be stored beside those of the same code and subject. */
  readonly roomFor: (identity: StateIdentity, stored: readonly StoredState[]) => boolean;
  readonly changeChecks: Readonly<Record<ChangeCheckName, ChangeCheck>>;
  /** What is stored of what was sent. */
  kept(content: ResourceContent, action: 'c' | 'u'): ResourceContent;
  newId(content: ResourceContent): string;
  newVersion(before: string | null): string;
  /** Whether searches find it at all. */
  finds(state: StoredState): boolean;
  readonly matches: {
    /** @param asked - `system|code` */
    code(asked: string, state: Resource): boolean;
    subject(asked: string, state: Resource): boolean;
    /** What `subject:missing=true` asks for. */
    noSubject(state: Resource): boolean;
  };
  searchset(found: readonly Resource[], url: string): JsonObject;
  /** The answer to what was done. */
  answer(usual: StateAnswer, done: Done): StateAnswer;
  capabilityStatement(): JsonObject;
}

/** Create, update, delete, search: the letters of the scopes. */
export type StateAction = Exclude<Permission, 'r'>;

export interface StateAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: JsonObject | null;
}

export interface Done {
  readonly action: StateAction;
  /** Before an update. */
  readonly before: Resource | null;
}

type ContentCheckName = 'code' | 'oneCoding' | 'strings' | 'flat' | 'absoluteSubject' | 'subjectType' | 'size';
/** @param size - bytes of the body */
type ContentCheck = (content: ResourceContent, size: number) => FhirProblem | null;

type ChangeCheckName = 'alive' | 'id' | 'ifMatch' | 'current' | 'identity';
type ChangeCheck = (change: Change) => FhirProblem | null;

export interface Change {
  readonly action: 'u' | 'd';
  readonly id: string;
  readonly stored: StoredState;
  readonly ifMatch: string | null;
  /** Of an update. */
  readonly content: ResourceContent | null;
}

/** "Total resource size as serialized in the POST body". */
const largest = 256 * 1024;

export function conformantAppState(setup: Setup): AppStateRules {
  const { site, clients, fhirVersion } = setup;
  const subjectTypes = ['Patient', 'Practitioner', 'RelatedPerson', 'Person'];
  if (isIn(fhirVersion, { since: '3.0.2' })) subjectTypes.push('PractitionerRole');
  return {
    admits: (outcome) => outcome,

    permits(grant, action, identity) {
      const client = clients.find(({ clientId }) => clientId === grant.clientId);
      if (!client?.stateCodes?.includes(identity.code)) return false;
      return grant.scopes.some((text) => {
        const scope = readResourceScope(text);
        if (!scope || !coversType(scope) || !scope.permissions.has(action)) return false;
        if (!scope.conditions.every(([name, value]) => name === 'code' && value === identity.code)) return false;
        if (scope.level === 'patient') return isContextPatient(grant, identity, site.fhir);
        if (scope.level !== 'user') return false;
        if (identity.subject === null) return action === 's' || client.globalState === true;
        return isWithinUserRights(grant, identity.subject, site.fhir);
      });
    },

    answersAnyway: () => false,

    contentChecks: {
      size: (_content, size) => (size > largest ? problem(413, 'too-long', 'at most 256 KB are stored') : null),
      code: (content) => (codingsOf(content).length === 0 ? problem(400, 'required', 'Basic.code is missing') : null),
      oneCoding: (content) =>
        codingsOf(content).length > 1 ? problem(422, 'invalid', 'state has exactly one coding') : null,
      strings: (content) =>
        extensionsOf(content).some((extension) =>
          Object.keys(extension).some((name) => name.startsWith('value') && name !== 'valueString'),
        )
          ? problem(422, 'not-supported', 'extensions have string values only')
          : null,
      flat: (content) =>
        extensionsOf(content).some(({ extension }) => extension !== undefined)
          ? problem(422, 'not-supported', 'extensions have no extensions')
          : null,
      absoluteSubject: ({ subject }) =>
        subject === undefined || (isJsonObject(subject) && String(subject.reference).startsWith(`${site.fhir}/`))
          ? null
          : problem(422, 'invalid', `the subject must be a reference to a resource below ${site.fhir}`),
      subjectType: (content) => {
        const { subject } = identityOf(content);
        const type = localReference(subject, site.fhir)?.type ?? '';
        return subject === null || subjectTypes.includes(type)
          ? null
          : problem(422, 'not-supported', `the subject must be a ${subjectTypes.join(', ')}`);
      },
    },

    roomFor: (identity, stored) => !stored.some((one) => !one.deleted && isSame(identityOf(one.resource), identity)),

    changeChecks: {
      alive: ({ id, stored }) =>
        stored.deleted ? problem(412, 'deleted', `Basic/${id} was deleted, and does not come back`) : null,
      id: ({ id, content }) =>
        content === null || content.id === id ? null : problem(400, 'invalid', 'the id in the body is another one'),
      ifMatch: ({ ifMatch }) =>
        ifMatch === null ? problem(400, 'required', 'changes need If-Match with the current version') : null,
      current: ({ ifMatch, stored: { resource } }) =>
        ifMatch === null || opaque(ifMatch) === resource.meta.versionId
          ? null
          : problem(412, 'conflict', `the current version is ${resource.meta.versionId}`),
      identity: ({ content, stored: { resource } }) =>
        content === null || isSame(identityOf(content), identityOf(resource))
          ? null
          : problem(412, 'conflict', 'code and subject of state do not change'),
    },

    kept: (content) => content,
    newId: () => randomUUID(),
    newVersion: () => randomUUID().slice(0, 8),
    finds: ({ deleted }) => !deleted,

    matches: {
      code: (asked, state) => identityOf(state).code === asked,
      subject: (asked, state) => identityOf(state).subject === asked,
      noSubject: (state) => identityOf(state).subject === null,
    },

    searchset: (found, url) => ({
      resourceType: 'Bundle',
      type: 'searchset',
      total: found.length,
      link: [{ relation: 'self', url }],
      ...(found.length > 0 && {
        entry: found.map((resource) => ({
          fullUrl: `${site.appState}/Basic/${resource.id}`,
          resource,
          search: { mode: 'match' },
        })),
      }),
    }),

    answer: (usual) => usual,

    capabilityStatement: () => ({
      resourceType: fhirVersion === '1.0.2' ? 'Conformance' : 'CapabilityStatement',
      status: 'active',
      date: setup.startedAt.toISOString(),
      kind: 'instance',
      implementation: { description: 'App State of the reference server', url: site.appState },
      fhirVersion,
      ...(isIn(fhirVersion, { until: '3.0.2' }) && { acceptUnknown: 'both' }),
      format: ['json'],
      rest: [
        {
          mode: 'server',
          resource: [
            {
              type: 'Basic',
              interaction: ['search-type', 'create', 'update', 'delete'].map((code) => ({ code })),
              versioning: 'versioned-update',
              searchParam: [
                { name: 'code', type: 'token' },
                { name: 'subject', type: 'reference' },
              ],
            },
          ],
        },
      ],
    }),
  };
}

function problem(status: number, code: string, diagnostics: string): FhirProblem {
  return new FhirProblem(status, code, diagnostics);
}

function isSame(one: StateIdentity, other: StateIdentity): boolean {
  return one.code === other.code && one.subject === other.subject;
}

/** An ETag without its quotes; weak and strong forms count alike. */
function opaque(etag: string): string {
  return etag.trim().replace(/^(W\/)?"(.*)"$/, '$2');
}

function coversType({ type }: ResourceScope): boolean {
  return type === '*' || type === 'Basic';
}

function isContextPatient({ patient }: AccessGrant, { subject }: StateIdentity, fhirBase: string): boolean {
  const found = localReference(subject, fhirBase);
  return found?.type === 'Patient' && found.id === patient;
}

/** Users have state of their own, and of the patients they may see; who may see all patients serves everybody. */
function isWithinUserRights({ fhirUser }: AccessGrant, subject: string, fhirBase: string): boolean {
  const found = localReference(subject, fhirBase);
  if (!found || fhirUser === null) return false;
  const visible = visiblePatients(fhirUser);
  if (visible === 'all' || `${found.type}/${found.id}` === fhirUser) return true;
  return found.type === 'Patient' && visible.includes(found.id);
}
