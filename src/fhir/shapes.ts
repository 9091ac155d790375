import { inRelease, type Release, type SinceRelease } from './release.ts';
import type { Resource } from './served.ts';

/** How an element stands in JSON. */
type Shape = 'text' | 'one' | 'many';

/**
 * Elements by which a resource tells its release: how they stand from a release on; null where they ended. Read off the
 * definitions that definitions.ts names.
 */
const shapes: Readonly<Record<string, Readonly<Record<string, SinceRelease<Shape | null>>>>> = {
  Patient: {
    animal: { DSTU2: 'one', R4: null },
    careProvider: { DSTU2: 'many', STU3: null },
    generalPractitioner: { STU3: 'many' },
  },
  Observation: {
    category: { DSTU2: 'one', STU3: 'many' },
    comment: { STU3: 'text', R4: null },
    comments: { DSTU2: 'text', STU3: null },
    context: { STU3: 'one', R4: null },
    encounter: { DSTU2: 'one', STU3: null, R4: 'one' },
    hasMember: { R4: 'many' },
    interpretation: { DSTU2: 'one', R4: 'many' },
    note: { R4: 'many' },
    related: { DSTU2: 'many', R4: null },
  },
  Condition: {
    category: { DSTU2: 'one', STU3: 'many' },
    clinicalStatus: { DSTU2: 'text', R4: 'one' },
    context: { STU3: 'one', R4: null },
    dateRecorded: { DSTU2: 'text', STU3: null },
    encounter: { DSTU2: 'one', STU3: null, R4: 'one' },
    notes: { DSTU2: 'text', STU3: null },
    patient: { DSTU2: 'one', STU3: null },
    stage: { DSTU2: 'one', R4: 'many' },
    subject: { STU3: 'one' },
    verificationStatus: { DSTU2: 'text', R4: 'one' },
  },
  Encounter: {
    actualPeriod: { R5: 'one' },
    class: { DSTU2: 'text', STU3: 'one', R5: 'many' },
    patient: { DSTU2: 'one', STU3: null },
    period: { DSTU2: 'one', R5: null },
    reasonCode: { R4: 'many', R5: null },
    subject: { STU3: 'one' },
  },
  AllergyIntolerance: {
    category: { DSTU2: 'text', STU3: 'many' },
    clinicalStatus: { STU3: 'text', R4: 'one' },
    code: { STU3: 'one' },
    status: { DSTU2: 'text', STU3: null },
    substance: { DSTU2: 'one', STU3: null },
    type: { DSTU2: 'text', R5: 'one' },
    verificationStatus: { STU3: 'text', R4: 'one' },
  },
  DiagnosticReport: {
    category: { DSTU2: 'one', R4: 'many' },
    codedDiagnosis: { DSTU2: 'many', R4: null },
    conclusionCode: { R4: 'many' },
    context: { STU3: 'one', R4: null },
    encounter: { DSTU2: 'one', STU3: null, R4: 'one' },
  },
  Immunization: {
    date: { DSTU2: 'text', R4: null },
    occurrenceDateTime: { R4: 'text' },
    statusReason: { R4: 'one' },
  },
  Procedure: {
    category: { DSTU2: 'one', R5: 'many' },
    performedDateTime: { DSTU2: 'text', R5: null },
    performedPeriod: { DSTU2: 'one', R5: null },
    reasonCode: { STU3: 'many', R5: null },
  },
};

/** The types whose resources tell their release. */
export const tellingTypes: readonly string[] = Object.keys(shapes);

/** What of a resource has not the shape that a release gives it: `category is an object, and R4 has a list there`. */
export function oddShapes(resource: Resource, release: Release): readonly string[] {
  const type = String(resource.resourceType);
  const known = Object.hasOwn(shapes, type) ? Object.entries(shapes[type] ?? {}) : [];
  return known.flatMap(([element, since]) => {
    const found = Object.hasOwn(resource, element) ? shapeOf(resource[element]) : null;
    const defined = inRelease(since, release) ?? null;
    if (found === null || found === defined) return [];
    const instead = defined === null ? 'has no such element' : `has ${names[defined]} there`;
    return [`${element} is ${names[found]}, and ${release} ${instead}`];
  });
}

const names: Readonly<Record<Shape, string>> = { text: 'a string', one: 'an object', many: 'a list' };

function shapeOf(value: unknown): Shape | null {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'many';
  return typeof value === 'object' && value !== null ? 'one' : null;
}
