import { isRecord } from '../kit/index.ts';
import { isIn, type Release, type Span } from './release.ts';

type Resource = Readonly<Record<string, unknown>>;

interface CompartmentType extends Span {
  /** The elements that refer to the patient, by any name they have had in any release. */
  readonly elements: readonly string[];
}

/** What is in a patient's compartment (FHIR, "Compartment Patient"), and Task, which is as private. Patient itself is not listed. */
const types: Readonly<Record<string, CompartmentType>> = {
  Account: { elements: ['subject'] },
  AdverseEvent: { since: 'STU3', elements: ['subject'] },
  AllergyIntolerance: { elements: ['patient', 'recorder', 'asserter', 'reporter', 'participant.actor'] },
  Appointment: { elements: ['participant.actor', 'subject'] },
  AppointmentResponse: { elements: ['actor'] },
  AuditEvent: {
    elements: ['agent.who', 'entity.what', 'agent.reference', 'entity.reference', 'participant.reference', 'patient'],
  },
  Basic: { elements: ['subject', 'author'] },
  BodySite: { until: 'STU3', elements: ['patient'] },
  BodyStructure: { since: 'R4', elements: ['patient'] },
  CarePlan: { elements: ['subject', 'activity.detail.performer'] },
  CareTeam: { since: 'STU3', elements: ['subject', 'participant.member'] },
  ChargeItem: { since: 'STU3', elements: ['subject'] },
  Claim: { elements: ['patient', 'payee.party'] },
  ClaimResponse: { elements: ['patient'] },
  ClinicalImpression: { elements: ['subject', 'patient'] },
  Communication: { elements: ['subject', 'sender', 'recipient'] },
  CommunicationRequest: { elements: ['subject', 'sender', 'recipient', 'requester', 'informationProvider'] },
  Composition: { elements: ['subject', 'author', 'attester.party'] },
  Condition: { elements: ['subject', 'patient', 'asserter', 'participant.actor'] },
  Consent: { since: 'STU3', elements: ['patient', 'subject'] },
  Coverage: { elements: ['policyHolder', 'subscriber', 'beneficiary', 'payor', 'subscriberReference'] },
  CoverageEligibilityRequest: { since: 'R4', elements: ['patient'] },
  CoverageEligibilityResponse: { since: 'R4', elements: ['patient'] },
  DetectedIssue: { elements: ['patient', 'subject'] },
  DeviceRequest: { since: 'STU3', elements: ['subject', 'performer'] },
  DeviceUsage: { since: 'R5', elements: ['patient'] },
  DeviceUseStatement: { until: 'R4B', elements: ['subject'] },
  DiagnosticOrder: { until: 'DSTU2', elements: ['subject'] },
  DiagnosticReport: { elements: ['subject'] },
  DocumentManifest: { until: 'R4B', elements: ['subject', 'author', 'recipient'] },
  DocumentReference: { elements: ['subject', 'author'] },
  Encounter: { elements: ['subject', 'patient'] },
  EnrollmentRequest: { elements: ['candidate', 'subject'] },
  EpisodeOfCare: { elements: ['patient'] },
  ExplanationOfBenefit: { since: 'STU3', elements: ['patient', 'payee.party'] },
  FamilyMemberHistory: { elements: ['patient'] },
  Flag: { elements: ['subject'] },
  Goal: { elements: ['subject'] },
  ImagingStudy: { elements: ['subject', 'patient'] },
  Immunization: { elements: ['patient'] },
  ImmunizationEvaluation: { since: 'R4', elements: ['patient'] },
  ImmunizationRecommendation: { elements: ['patient'] },
  Invoice: { since: 'R4', elements: ['subject', 'recipient'] },
  List: { elements: ['subject', 'source'] },
  MeasureReport: { elements: ['subject', 'patient'] },
  Media: { until: 'R4B', elements: ['subject'] },
  MedicationAdministration: { elements: ['subject', 'patient', 'performer.actor'] },
  MedicationDispense: { elements: ['subject', 'patient', 'receiver'] },
  MedicationOrder: { until: 'DSTU2', elements: ['patient'] },
  MedicationRequest: { since: 'STU3', elements: ['subject'] },
  MedicationStatement: { elements: ['subject', 'patient'] },
  MolecularSequence: { since: 'R4', elements: ['patient', 'subject'] },
  NutritionOrder: { elements: ['patient', 'subject'] },
  Observation: { elements: ['subject', 'performer'] },
  Procedure: { elements: ['subject', 'performer.actor'] },
  ProcedureRequest: { until: 'STU3', elements: ['subject', 'performer'] },
  Provenance: { elements: ['target'] },
  QuestionnaireResponse: { elements: ['subject', 'author'] },
  ReferralRequest: { until: 'STU3', elements: ['subject', 'patient', 'requester'] },
  RelatedPerson: { elements: ['patient'] },
  RequestGroup: { since: 'STU3', until: 'R4B', elements: ['subject', 'action.participant'] },
  ResearchSubject: { since: 'STU3', elements: ['individual', 'subject'] },
  RiskAssessment: { elements: ['subject'] },
  Schedule: { elements: ['actor'] },
  ServiceRequest: { since: 'R4', elements: ['subject', 'performer'] },
  Specimen: { elements: ['subject'] },
  SupplyDelivery: { elements: ['patient'] },
  SupplyRequest: { elements: ['deliverFor', 'patient'] },
  Task: { since: 'STU3', elements: ['for'] },
  VisionPrescription: { elements: ['patient'] },
};

/** Types of resources that are one patient's in this release, those that most records hold first. */
export function typesOfPatients(release: Release): readonly string[] {
  const all = Object.entries(types).flatMap(([type, span]) => (isIn(release, span) ? [type] : []));
  const usual = ['Condition', 'Encounter', 'AllergyIntolerance', 'Immunization', 'Procedure', 'DiagnosticReport'];
  return [...usual, ...all.filter((type) => !usual.includes(type))];
}

/**
 * The ids of the patients whose record a resource is in; none for what belongs to nobody, and for what refers to
 * patients of other servers.
 *
 * @param resource - of a type that is one patient's, or a Patient
 */
export function patientsOf(resource: Resource, fhirBaseUrl: string): readonly string[] {
  const { resourceType, id } = resource;
  if (typeof resourceType !== 'string') return [];
  if (resourceType === 'Patient') return typeof id === 'string' ? [id] : [];
  const elements = Object.hasOwn(types, resourceType) ? (types[resourceType]?.elements ?? []) : [];
  const references = elements.flatMap((path) => valuesAt(resource, path.split('.')));
  return [...new Set(references.flatMap((value) => patientIn(value, fhirBaseUrl)))];
}

/** The id of a Patient that a Reference leads to, relative or below the base URL, with a version or without. */
function patientIn(value: unknown, fhirBaseUrl: string): readonly string[] {
  const reference = isRecord(value) ? value.reference : undefined;
  if (typeof reference !== 'string') return [];
  const base = fhirBaseUrl.replace(/\/*$/, '/');
  const relative = reference.startsWith(base) ? reference.slice(base.length) : reference;
  const [, id] = /^Patient\/([A-Za-z0-9.-]+)(?:\/_history\/.*)?$/.exec(relative) ?? [];
  return id === undefined ? [] : [id];
}

function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  return isRecord(value) && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
}

/** The ids of the patients that a Patient says are the same person, or go with it (Patient.link). */
export function linkedPatients(patient: Resource, fhirBaseUrl: string): readonly string[] {
  return valuesAt(patient, ['link', 'other']).flatMap((value) => patientIn(value, fhirBaseUrl));
}
