import { isRecord } from '../kit/index.ts';
import { compartmentElements, patientParameters } from './definitions.ts';
import { inRelease, type Release, releases, type SinceRelease } from './release.ts';

type Resource = Readonly<Record<string, unknown>>;

/** Tasks are as private, though no release before R5 counts them in. */
const since: Readonly<Record<string, SinceRelease<string | null>>> = {
  ...compartmentElements,
  Task: { STU3: 'for', ...compartmentElements.Task },
};

/**
 * Types of resources that are one patient's (FHIR, "Compartment Patient"), those that most records hold first. Patient
 * itself is not listed.
 *
 * @param release - null where it is not known: then the types of every release are meant
 */
export function typesOfPatients(release: Release | null): readonly string[] {
  const wanted = release === null ? releases : [release];
  const all = Object.keys(since).filter((type) => wanted.every((one) => isOfPatient(type, one)));
  const usual = first.filter((type) => all.includes(type));
  return [...usual, ...all.filter((type) => !usual.includes(type))];
}

/** By whatever name a release knows them. */
const first = [
  ...['Condition', 'Encounter', 'AllergyIntolerance', 'Immunization', 'Procedure', 'DiagnosticReport'],
  ...['MedicationRequest', 'MedicationOrder', 'MedicationStatement', 'DocumentReference', 'CarePlan', 'Goal'],
  ...['ServiceRequest', 'ProcedureRequest', 'Coverage', 'QuestionnaireResponse', 'RelatedPerson', 'Task'],
];

function isOfPatient(type: string, release: Release): boolean {
  return Object.hasOwn(since, type) && typeof inRelease(since[type] ?? {}, release) === 'string';
}

/** The search parameter by which a type's resources of a patient are found; `patient`, unless the release has none. */
export function patientParameter(type: string, release: Release | null): string {
  const named = Object.hasOwn(patientParameters, type) ? patientParameters[type] : undefined;
  return (named && inRelease(named, release ?? 'R4')) ?? 'patient';
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
  const references = elementsOf(resourceType).flatMap((path) => valuesAt(resource, path.split('.')));
  return [...new Set(references.flatMap((value) => patientIn(value, fhirBaseUrl)))];
}

/** The elements of a type that refer to its patient, by any name they have had: what is served may be of another release. */
function elementsOf(type: string): readonly string[] {
  const names = Object.hasOwn(since, type) ? Object.values(since[type] ?? {}) : [];
  return [...new Set(names.flatMap((line) => line?.split(' ') ?? []))];
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
