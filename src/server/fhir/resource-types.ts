import type { FhirVersion } from '../options.ts';
import { isIn, type Span } from './span.ts';

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

export interface SearchParameter extends Span {
  readonly kind: 'token' | 'reference' | 'date' | 'string';
  /** Of the elements it searches, by the names they have in any version. */
  readonly paths: readonly string[];
  /** Of a reference: the types it may lead to. */
  readonly targets?: readonly string[];
}

/** How an element travels that is not the same in all versions. */
export type ElementForm = 'code' | 'object' | 'list' | 'absent';

/**
 * All that the server knows of a resource type: routes, search, access rules and the CapabilityStatement follow it. A type
 * that differs from version to version has several rows.
 */
export interface ResourceType extends Span {
  readonly type: string;
  /** Elements without which nothing is stored; null where clients may not write. */
  readonly required: readonly string[] | null;
  /** Elements that are stored in this form only. */
  readonly forms?: Readonly<Record<string, ElementForm>>;
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
const reference = (path: string | readonly string[], ...targets: readonly string[]): SearchParameter => ({
  kind: 'reference',
  paths: [path].flat(),
  targets,
});
const since = (version: FhirVersion, parameter: SearchParameter): SearchParameter => ({ ...parameter, since: version });
const until = (version: FhirVersion, parameter: SearchParameter): SearchParameter => ({ ...parameter, until: version });

/** Every type has them. */
export const commonSearch: Readonly<Record<string, SearchParameter>> = {
  _id: token('id'),
  _lastUpdated: date('meta.lastUpdated'),
};

const inDstu2: Span = { until: '1.0.2' };
const inStu3: Span = { since: '3.0.2', until: '3.0.2' };
const beforeR4: Span = { until: '3.0.2' };
const sinceStu3: Span = { since: '3.0.2' };
const sinceR4: Span = { since: '4.0.1' };
const inR4: Span = { since: '4.0.1', until: '4.3.0' };
const sinceR5: Span = { since: '5.0.0' };

const patient = { patient: reference('patient', 'Patient') };
const subject = { patient: reference('subject', 'Patient'), subject: reference('subject', 'Patient') };
const encounter = { encounter: reference(['encounter', 'context'], 'Encounter') };
const identifier = { identifier: token('identifier') };
const code = { code: token('code') };
const category = { category: token('category') };
const status = { status: token('status') };
const named = { name: text('name'), ...identifier };

const encounterSearch = { ...status, date: date('period', 'actualPeriod'), ...identifier };
const encounterSinceStu3 = {
  type: 'Encounter',
  required: ['status', 'class'],
  compartment: ['subject'],
  search: { ...subject, class: token('class'), ...encounterSearch },
} as const;

const observation = {
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
    'related-target': until('3.0.2', reference('related.target', 'Observation')),
    'derived-from': since('4.0.1', reference('derivedFrom', 'Observation')),
  },
} as const;

const condition = {
  type: 'Condition',
  required: ['subject'],
  compartment: ['subject', 'asserter', 'participant.actor'],
  search: { ...subject, ...category, ...code, ...encounter, 'clinical-status': token('clinicalStatus') },
} as const;

const allergy = {
  type: 'AllergyIntolerance',
  required: ['patient'],
  compartment: ['patient', 'recorder', 'asserter', 'participant.actor'],
  search: { ...patient, ...code, ...category, 'clinical-status': token('clinicalStatus') },
} as const;

const medicationRequest = {
  type: 'MedicationRequest',
  required: ['status', 'intent', 'subject'],
  compartment: ['subject'],
  search: {
    ...subject,
    ...status,
    intent: token('intent'),
    code: token('medicationCodeableConcept', 'medication.concept'),
    medication: reference(['medicationReference', 'medication.reference'], 'Medication'),
    ...encounter,
  },
} as const;

const immunization = {
  type: 'Immunization',
  required: ['status', 'vaccineCode', 'patient'],
  compartment: ['patient'],
  search: { ...patient, ...status, 'vaccine-code': token('vaccineCode'), date: date('date', 'occurrenceDateTime') },
} as const;

const document = {
  type: 'DocumentReference',
  required: ['status', 'content'],
  compartment: ['subject', 'author'],
  search: {
    ...subject,
    class: until('3.0.2', token('class')),
    category: since('4.0.1', token('category')),
    type: token('type'),
    ...status,
  },
} as const;

const serviceRequest = {
  required: ['status', 'intent', 'subject'],
  compartment: ['subject', 'performer'],
  search: { ...subject, code: token('code', 'code.concept'), ...status },
} as const;

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
      careprovider: until('1.0.2', reference('careProvider', 'Practitioner')),
      'general-practitioner': since('3.0.2', reference('generalPractitioner', 'Practitioner')),
    },
  },
  {
    ...inDstu2,
    type: 'Encounter',
    required: ['status'],
    forms: { class: 'code', subject: 'absent' },
    compartment: ['patient'],
    search: { ...patient, ...encounterSearch },
  },
  { ...sinceStu3, until: '4.3.0', ...encounterSinceStu3, forms: { class: 'object', patient: 'absent' } },
  { ...sinceR5, ...encounterSinceStu3, forms: { class: 'list', period: 'absent' } },
  { ...inDstu2, ...observation, forms: { category: 'object', derivedFrom: 'absent', context: 'absent' } },
  { ...inStu3, ...observation, forms: { category: 'list', derivedFrom: 'absent', encounter: 'absent' } },
  { ...sinceR4, ...observation, forms: { category: 'list', related: 'absent', context: 'absent' } },
  {
    ...inDstu2,
    type: 'Condition',
    required: ['patient', 'code', 'verificationStatus'],
    forms: { category: 'object', clinicalStatus: 'code', verificationStatus: 'code', subject: 'absent' },
    compartment: ['patient', 'asserter'],
    search: { ...patient, ...category, ...code, ...encounter, clinicalstatus: token('clinicalStatus') },
  },
  { ...inStu3, ...condition, forms: { category: 'list', clinicalStatus: 'code', verificationStatus: 'code' } },
  { ...inR4, ...condition, forms: { category: 'list', clinicalStatus: 'object', verificationStatus: 'object' } },
  {
    ...sinceR5,
    ...condition,
    required: ['subject', 'clinicalStatus'],
    forms: { category: 'list', clinicalStatus: 'object', verificationStatus: 'object', asserter: 'absent' },
  },
  {
    ...inDstu2,
    type: 'AllergyIntolerance',
    required: ['patient', 'substance'],
    forms: { category: 'code', code: 'absent' },
    compartment: ['patient', 'recorder', 'reporter'],
    search: { ...patient, substance: token('substance'), ...category, ...status },
  },
  { ...inStu3, ...allergy, forms: { category: 'list', clinicalStatus: 'code', verificationStatus: 'code' } },
  { ...sinceR4, ...allergy, forms: { category: 'list', clinicalStatus: 'object', verificationStatus: 'object' } },
  {
    ...inDstu2,
    type: 'MedicationOrder',
    required: ['patient'],
    forms: { intent: 'absent', subject: 'absent' },
    compartment: ['patient'],
    search: {
      ...patient,
      ...status,
      code: token('medicationCodeableConcept'),
      medication: reference('medicationReference', 'Medication'),
      ...encounter,
    },
  },
  { ...inStu3, ...medicationRequest, required: ['intent', 'subject'] },
  { ...inR4, ...medicationRequest, forms: { medication: 'absent' } },
  { ...sinceR5, ...medicationRequest, forms: { medication: 'object', medicationReference: 'absent' } },
  { ...beforeR4, ...immunization, forms: { occurrenceDateTime: 'absent' } },
  { ...sinceR4, ...immunization, forms: { date: 'absent' } },
  {
    type: 'Procedure',
    required: ['status', 'subject'],
    compartment: ['subject', 'performer.actor'],
    search: {
      ...subject,
      category: since('3.0.2', token('category')),
      ...code,
      status: since('3.0.2', token('status')),
      ...encounter,
      date: date('performedDateTime', 'occurrenceDateTime'),
    },
  },
  {
    type: 'DiagnosticReport',
    required: ['status', 'code'],
    compartment: ['subject'],
    search: { ...subject, ...category, ...code, ...status, result: reference('result', 'Observation') },
  },
  { ...beforeR4, ...document, forms: { category: 'absent' } },
  { ...sinceR4, ...document, forms: { category: 'list', class: 'absent', indexed: 'absent' } },
  {
    ...inDstu2,
    type: 'DiagnosticOrder',
    required: ['subject'],
    forms: { code: 'absent', intent: 'absent' },
    compartment: ['subject'],
    search: { ...subject, code: token('item.code'), ...status, ...encounter },
  },
  { ...inStu3, type: 'ProcedureRequest', ...serviceRequest, required: ['status', 'intent', 'code', 'subject'] },
  { ...sinceR4, type: 'ServiceRequest', ...serviceRequest },
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
    compartment: ['target', 'agent.who', 'agent.whoReference', 'agent.actor'],
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
  // In DSTU2 it does not say whose it is.
  { type: 'Binary', since: '3.0.2', required: null, compartment: ['securityContext'], search: {} },
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

/** The types a server of this FHIR version has, with the search parameters they have there. */
export function resourceTypes(version: FhirVersion): readonly ResourceType[] {
  return types
    .filter((type) => isIn(version, type))
    .map((type) => ({
      ...type,
      search: Object.fromEntries(Object.entries(type.search).filter(([, parameter]) => isIn(version, parameter))),
    }));
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
