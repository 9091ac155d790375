import { expect, test } from 'vitest';
import { observationCategory } from './categories.ts';
import { type Release, releases } from './release.ts';
import { oddShapes } from './shapes.ts';
import { copyOf, observationOf } from './specimen.ts';

const concept = { coding: [{ code: 'x' }] };
const reference = { reference: 'Patient/1' };

/** A small record as each release has it. */
const encounters: Readonly<Record<string, readonly Release[]>> = {
  [JSON.stringify({ class: 'outpatient', patient: reference, period: {} })]: ['DSTU2'],
  [JSON.stringify({ class: { code: 'AMB' }, subject: reference, period: {} })]: ['STU3', 'R4', 'R4B'],
  [JSON.stringify({ class: [concept], subject: reference, actualPeriod: {} })]: ['R5', 'R6'],
};

test.each(Object.entries(encounters))('an Encounter with %s is one of %j', (elements, expected) => {
  const encounter = { resourceType: 'Encounter', ...JSON.parse(elements) };
  expect(releases.filter((release) => oddShapes(encounter, release).length === 0)).toEqual(expected);
});

test.each<[Record<string, unknown>, readonly Release[]]>([
  [{ patient: reference, clinicalStatus: 'active', category: concept }, ['DSTU2']],
  [{ subject: reference, clinicalStatus: 'active', category: [concept] }, ['STU3']],
  [{ subject: reference, clinicalStatus: concept, category: [concept] }, ['R4', 'R4B', 'R5', 'R6']],
  [{ code: concept }, releases],
])('a Condition with %j is one of %j', (elements, expected) => {
  const condition = { resourceType: 'Condition', ...elements };
  expect(releases.filter((release) => oddShapes(condition, release).length === 0)).toEqual(expected);
});

test('what is odd is told with what should be there', () => {
  const observation = { resourceType: 'Observation', category: concept, note: [{}] };
  expect(oddShapes(observation, 'STU3')).toEqual([
    'category is an object, and STU3 has a list there',
    'note is a list, and STU3 has no such element',
  ]);
  expect(oddShapes({ resourceType: 'toString', category: concept }, 'R4')).toEqual([]);
});

test.each(releases)('what is written has the shape of %s', (release) => {
  expect(oddShapes(observationOf('1', release), release)).toEqual([]);
  expect(oddShapes({ resourceType: 'Observation', category: observationCategory('x', release) }, release)).toEqual([]);
});

test('a copy is about whom it is for, whatever names the patient', () => {
  const resource = {
    resourceType: 'Condition',
    id: 'c1',
    meta: {},
    subject: { reference: 'https://ehr.example.org/fhir/Patient/1' },
    evidence: [{ detail: [{ reference: 'Patient/1' }, { reference: 'Observation/1' }, { reference: 'Patient/10' }] }],
  };
  expect(copyOf(resource, { patient: '1', for: '2' })).toEqual({
    resourceType: 'Condition',
    subject: { reference: 'Patient/2' },
    evidence: [{ detail: [{ reference: 'Patient/2' }, { reference: 'Observation/1' }, { reference: 'Patient/10' }] }],
  });
});
