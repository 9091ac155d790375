import { type FhirVersion, fhirVersions } from '../options.ts';

/** What the server does with single resources and types, in FHIR's codes (CapabilityStatement.rest.resource.interaction). */
export type Interaction =
  | 'read'
  | 'vread'
  | 'history-instance'
  | 'search-type'
  | 'history-type'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete';

/** The same of the whole system. */
export type SystemInteraction = 'search-system' | 'history-system';

export interface SearchParameter {
  readonly kind: 'token' | 'reference' | 'date' | 'string';
  /** Of the elements it searches. */
  readonly paths: readonly string[];
  /** Of a reference: the types it may lead to. */
  readonly targets?: readonly string[];
}

/** All that the server knows of a resource type: routes, search, access rules and the CapabilityStatement follow it. */
export interface ResourceType {
  readonly type: string;
  /** The first FHIR version that has it; DSTU2 unless given. */
  readonly since?: FhirVersion;
  /** Elements without which nothing is stored; null where clients may not write. */
  readonly required: readonly string[] | null;
  /**
   * The references that put a resource into a patient's compartment (FHIR, "Compartment Patient"; Task and Binary, which
   * are in none there, are as private). A Patient is in its own; what is shared is in none.
   */
  readonly compartment: readonly string[] | 'itself' | 'shared';
  readonly search: Readonly<Record<string, SearchParameter>>;
  /** Whether changes need If-Match (FHIR, "Managing Resource Contention"). */
  readonly ifMatchRequired?: true;
}

const token = (...paths: readonly string[]): SearchParameter => ({ kind: 'token', paths });
const text = (...paths: readonly string[]): SearchParameter => ({ kind: 'string', paths });
const date = (...paths: readonly string[]): SearchParameter => ({ kind: 'date', paths });
const reference = (path: string, ...targets: readonly string[]): SearchParameter => ({
  kind: 'reference',
  paths: [path],
  targets,
});

/** Every type has them. */
export const commonSearch: Readonly<Record<string, SearchParameter>> = {
  _id: token('id'),
  _lastUpdated: date('meta.lastUpdated'),
};

const patient = { patient: reference('patient', 'Patient') };
const subject = { patient: reference('subject', 'Patient'), subject: reference('subject', 'Patient') };
const encounter = { encounter: reference('encounter', 'Encounter') };
const identifier = { identifier: token('identifier') };
const code = { code: token('code') };
const category = { category: token('category') };
const status = { status: token('status') };
const named = { name: text('name'), ...identifier };

const types: readonly ResourceType[] = [
  {
    type: 'Patient',
    required: [],
    compartment: 'itself',
    search: {
      ...named,
      family: text('name.family'),
      given: text('name.given'),
      gender: token('gender'),
      birthdate: date('birthDate'),
      'general-practitioner': reference('generalPractitioner', 'Practitioner'),
    },
  },
  {
    type: 'Encounter',
    required: ['status', 'class'],
    compartment: ['subject'],
    search: { ...subject, ...status, class: token('class'), date: date('period'), ...identifier },
  },
  {
    type: 'Observation',
    required: ['status', 'code'],
    compartment: ['subject', 'performer'],
    search: {
      ...subject,
      ...category,
      ...code,
      ...status,
      ...encounter,
      date: date('effectiveDateTime', 'effectivePeriod'),
      performer: reference('performer', 'Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson'),
      'derived-from': reference('derivedFrom', 'Observation'),
    },
  },
  {
    type: 'Condition',
    required: ['subject'],
    compartment: ['subject', 'asserter'],
    search: { ...subject, ...category, ...code, ...encounter, 'clinical-status': token('clinicalStatus') },
  },
  {
    type: 'AllergyIntolerance',
    required: ['patient'],
    compartment: ['patient', 'recorder', 'asserter'],
    search: { ...patient, ...code, category: token('category'), 'clinical-status': token('clinicalStatus') },
  },
  {
    type: 'MedicationRequest',
    since: '3.0.2',
    required: ['status', 'intent', 'subject'],
    compartment: ['subject'],
    search: {
      ...subject,
      ...status,
      intent: token('intent'),
      code: token('medicationCodeableConcept'),
      medication: reference('medicationReference', 'Medication'),
      encounter: reference('encounter', 'Encounter'),
    },
  },
  {
    type: 'Immunization',
    required: ['status', 'vaccineCode', 'patient'],
    compartment: ['patient'],
    search: { ...patient, ...status, 'vaccine-code': token('vaccineCode'), date: date('occurrenceDateTime') },
  },
  {
    type: 'Procedure',
    required: ['status', 'subject'],
    compartment: ['subject', 'performer.actor'],
    search: { ...subject, ...category, ...code, ...status, ...encounter, date: date('performedDateTime') },
  },
  {
    type: 'DiagnosticReport',
    required: ['status', 'code'],
    compartment: ['subject'],
    search: { ...subject, ...category, ...code, ...status, result: reference('result', 'Observation') },
  },
  {
    type: 'DocumentReference',
    required: ['status', 'content'],
    compartment: ['subject', 'author'],
    search: { ...subject, ...category, type: token('type'), ...status },
  },
  {
    type: 'ServiceRequest',
    since: '4.0.1',
    required: ['status', 'intent', 'subject'],
    compartment: ['subject', 'performer'],
    search: { ...subject, ...category, ...code, ...status },
  },
  {
    type: 'Task',
    since: '3.0.2',
    required: ['status', 'intent'],
    compartment: ['for'],
    search: {
      patient: reference('for', 'Patient'),
      subject: reference('for', 'Patient'),
      ...code,
      ...status,
      owner: reference('owner', 'Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson'),
    },
  },
  {
    type: 'Provenance',
    required: ['target', 'agent'],
    compartment: ['target', 'agent.who'],
    search: {
      patient: reference('target', 'Patient'),
      target: reference('target', 'Observation', 'Condition', 'Patient'),
    },
  },
  {
    type: 'Basic',
    required: ['code'],
    compartment: ['subject', 'author'],
    search: {
      patient: reference('subject', 'Patient'),
      subject: reference('subject', 'Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person'),
      ...code,
    },
    ifMatchRequired: true,
  },
  { type: 'Binary', required: null, compartment: ['securityContext'], search: {} },
  {
    type: 'RelatedPerson',
    required: null,
    compartment: ['patient'],
    search: { ...patient, ...named },
  },
  { type: 'Practitioner', required: null, compartment: 'shared', search: named },
  {
    type: 'PractitionerRole',
    since: '3.0.2',
    required: null,
    compartment: 'shared',
    search: {
      practitioner: reference('practitioner', 'Practitioner'),
      organization: reference('organization', 'Organization'),
    },
  },
  { type: 'Organization', required: null, compartment: 'shared', search: named },
  {
    type: 'Location',
    required: null,
    compartment: 'shared',
    search: { ...named, organization: reference('managingOrganization', 'Organization') },
  },
  { type: 'Medication', required: null, compartment: 'shared', search: code },
];

/** The types a server of this FHIR version has. */
export function resourceTypes(version: FhirVersion): readonly ResourceType[] {
  return types.filter(({ since = '1.0.2' }) => fhirVersions.indexOf(since) <= fhirVersions.indexOf(version));
}

/** What the server does with a type. DSTU2 has no patch. */
export function interactionsWith({ required }: ResourceType, version: FhirVersion): readonly Interaction[] {
  const reads: readonly Interaction[] = ['read', 'vread', 'history-instance', 'history-type', 'search-type'];
  if (!required) return reads;
  return [...reads, 'create', 'update', ...(version === '1.0.2' ? [] : ['patch' as const]), 'delete'];
}

/** The search parameters of a type by their names. */
export function searchParameters({ search }: ResourceType): ReadonlyMap<string, SearchParameter> {
  return new Map(Object.entries({ ...commonSearch, ...search }));
}
