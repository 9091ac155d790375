/** How each FHIR version's shape of the record departs from R4's, in which it is written. */
import type { Span } from '../fhir/span.ts';
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';

type Value = (value: unknown) => unknown;

/** What becomes of an element: nothing, another name, another value, or both. */
export type ElementChange = null | string | Value | readonly [name: string, value: Value];

/** For one type of R4, in some versions. */
export interface Change extends Span {
  readonly type: string;
  /** What the type is called there. */
  readonly called?: string;
  readonly elements: Readonly<Record<string, ElementChange>>;
  /** Elements that R4 does without. */
  readonly more?: JsonObject;
}

const first: Value = (value) => (Array.isArray(value) ? value[0] : value);
const each =
  (change: (item: JsonObject) => unknown): Value =>
  (value) =>
    Array.isArray(value) ? value.filter(isJsonObject).map(change) : value;
const within =
  (member: string): Value =>
  (value) => ({ [member]: value });

/** The code of a CodeableConcept. */
const code: Value = (concept) => codingsOf(concept)[0]?.code;

/** Several CodeableConcepts as one. */
const merged: Value = (concepts) =>
  Array.isArray(concepts) ? { coding: concepts.flatMap((concept) => codingsOf(concept)) } : concepts;

/** DSTU2 has lists of family names. */
const inFamilies = ({ family, ...name }: JsonObject): JsonObject => ({ ...name, family: [family] });

const asParticipant: Value = (actor) => [
  {
    function: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'enterer' }],
    },
    actor,
  },
];

const derivation = each((target) => ({ type: 'derived-from', target }));
const quantity: Value = (value) => ({ value });

/** DSTU2 sorts conditions otherwise; its users took the codes of Argonaut. */
const conditionCategories: Readonly<Record<string, JsonObject>> = {
  'encounter-diagnosis': { system: 'http://hl7.org/fhir/condition-category', code: 'diagnosis' },
  'problem-list-item': { system: 'http://argonaut.hl7.org', code: 'problem' },
  'health-concern': { system: 'http://argonaut.hl7.org', code: 'health-concern' },
};

export const changes: readonly Change[] = [
  {
    type: 'Patient',
    until: '1.0.2',
    elements: { name: each(inFamilies), generalPractitioner: 'careProvider' },
  },
  { type: 'Practitioner', until: '1.0.2', elements: { name: (names) => first(each(inFamilies)(names)) } },
  {
    type: 'RelatedPerson',
    until: '1.0.2',
    elements: { active: null, name: (names) => first(each(inFamilies)(names)), relationship: first },
  },
  { type: 'RelatedPerson', since: '3.0.2', until: '3.0.2', elements: { relationship: first } },

  {
    type: 'Encounter',
    until: '1.0.2',
    elements: { class: (coding) => isJsonObject(coding) && coding.display, subject: 'patient' },
  },
  {
    type: 'Encounter',
    since: '5.0.0',
    elements: {
      status: (status) => (status === 'finished' ? 'completed' : status),
      class: (coding) => [{ coding: [coding] }],
      period: 'actualPeriod',
      participant: each(({ individual }) => ({ actor: individual })),
    },
  },

  {
    type: 'Condition',
    until: '1.0.2',
    elements: {
      clinicalStatus: code,
      verificationStatus: code,
      category: (concepts) => ({ coding: [conditionCategories[String(code(first(concepts)))]] }),
      subject: 'patient',
      recordedDate: 'dateRecorded',
      recorder: 'asserter',
    },
  },
  {
    type: 'Condition',
    since: '3.0.2',
    until: '3.0.2',
    elements: { clinicalStatus: code, verificationStatus: code, recordedDate: 'assertedDate', recorder: 'asserter' },
  },
  { type: 'Condition', since: '5.0.0', elements: { recorder: ['participant', asParticipant] } },

  {
    type: 'Observation',
    until: '1.0.2',
    elements: { category: merged, derivedFrom: ['related', derivation], valueInteger: ['valueQuantity', quantity] },
  },
  {
    type: 'Observation',
    since: '3.0.2',
    until: '3.0.2',
    elements: {
      encounter: 'context',
      derivedFrom: ['related', derivation],
      valueInteger: ['valueQuantity', quantity],
    },
  },

  {
    type: 'AllergyIntolerance',
    until: '1.0.2',
    elements: {
      clinicalStatus: ['status', code],
      verificationStatus: null,
      category: first,
      criticality: () => 'CRITL',
      code: 'substance',
    },
  },
  {
    type: 'AllergyIntolerance',
    since: '3.0.2',
    until: '3.0.2',
    elements: { clinicalStatus: code, verificationStatus: code, recordedDate: 'assertedDate' },
  },
  { type: 'AllergyIntolerance', since: '5.0.0', elements: { recorder: ['participant', asParticipant] } },

  {
    type: 'MedicationRequest',
    until: '1.0.2',
    called: 'MedicationOrder',
    elements: { intent: null, subject: 'patient', authoredOn: 'dateWritten', requester: 'prescriber' },
  },
  { type: 'MedicationRequest', since: '3.0.2', until: '3.0.2', elements: { requester: within('agent') } },
  {
    type: 'MedicationRequest',
    since: '5.0.0',
    elements: { medicationReference: ['medication', within('reference')] },
  },

  {
    type: 'Immunization',
    until: '1.0.2',
    elements: { occurrenceDateTime: 'date', primarySource: ['reported', (isPrimary) => !isPrimary] },
    more: { wasNotGiven: false },
  },
  {
    type: 'Immunization',
    since: '3.0.2',
    until: '3.0.2',
    elements: { occurrenceDateTime: 'date' },
    more: { notGiven: false },
  },

  { type: 'Procedure', since: '5.0.0', elements: { performedDateTime: 'occurrenceDateTime' } },

  {
    type: 'ServiceRequest',
    until: '1.0.2',
    called: 'DiagnosticOrder',
    elements: {
      status: () => 'accepted',
      intent: null,
      code: ['item', (concept) => [{ code: concept }]],
      authoredOn: ['event', (dateTime) => [{ status: 'requested', dateTime }]],
      requester: 'orderer',
    },
  },
  {
    type: 'ServiceRequest',
    since: '3.0.2',
    until: '3.0.2',
    called: 'ProcedureRequest',
    elements: { requester: within('agent') },
  },
  { type: 'ServiceRequest', since: '5.0.0', elements: { code: within('concept') } },

  {
    type: 'DocumentReference',
    until: '1.0.2',
    elements: {
      date: 'indexed',
      category: ['class', first],
      // A Binary there does not say whose it is, so that this server has none.
      content: each(({ attachment }) => ({ attachment: inlined(attachment) })),
    },
  },
  {
    type: 'DocumentReference',
    since: '3.0.2',
    until: '3.0.2',
    elements: { date: 'indexed', category: ['class', first] },
  },
  { type: 'Binary', until: '3.0.2', elements: { data: 'content' } },

  { type: 'DiagnosticReport', until: '1.0.2', elements: { category: first, performer: first } },
  {
    type: 'DiagnosticReport',
    since: '3.0.2',
    until: '3.0.2',
    elements: { category: first, performer: each((actor) => ({ actor })) },
  },

  {
    type: 'Provenance',
    until: '1.0.2',
    elements: { agent: each(({ type, who }) => ({ role: codingsOf(type)[0], actor: who })) },
  },
  {
    type: 'Provenance',
    since: '3.0.2',
    until: '3.0.2',
    elements: { agent: each(({ type, who }) => ({ role: [type], whoReference: who })) },
  },

  {
    type: 'Task',
    until: '3.0.2',
    // The profiles are of R4, as is the type url.
    elements: {
      meta: null,
      encounter: 'context',
      input: each(({ valueUrl, ...input }) => ({ ...input, ...(valueUrl !== undefined && { valueUri: valueUrl }) })),
    },
  },
];

/** HL7's code systems by the addresses they had before R4. */
export const systemsBeforeR4: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'observation-category': 'observation-category',
    'condition-category': 'condition-category',
    'condition-clinical': 'condition-clinical',
    'condition-ver-status': 'condition-ver-status',
    'allergyintolerance-clinical': 'allergy-clinical-status',
    'allergyintolerance-verification': 'allergy-verification-status',
    'provenance-participant-type': 'provenance-participant-role',
    'v3-ActCode': 'v3/ActCode',
    'v3-RoleCode': 'v3/RoleCode',
    'v2-0074': 'v2/0074',
  }).map(([now, then]) => [`http://terminology.hl7.org/CodeSystem/${now}`, `http://hl7.org/fhir/${then}`]),
);

function codingsOf(concept: unknown): readonly JsonObject[] {
  return isJsonObject(concept) ? objectsIn(concept.coding) : [];
}

function inlined(attachment: unknown): JsonObject {
  if (!isJsonObject(attachment)) return {};
  const { url: _, ...rest } = attachment;
  return { ...rest, data: Buffer.from(String(rest.title)).toString('base64') };
}
