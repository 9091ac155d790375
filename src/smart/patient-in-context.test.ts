import { expect, test } from 'vitest';
import { patientInContext } from './patient-in-context.ts';

test.each<[string, unknown, string | null]>([
  ['an id', 'pat-1', 'pat-1'],
  ['a reference', 'Patient/pat-1', 'pat-1'],
  ['an absolute reference', 'https://ehr.example.org/fhir/Patient/pat-1', 'pat-1'],
  ['something else', 'Group/2', 'Group/2'],
  ['an empty string', '', null],
  ['a number', 1, null],
  ['nothing', undefined, null],
])('%s', (_, patient, expected) => {
  expect(patientInContext({ patient })).toBe(expected);
});
