import { expect, test } from 'vitest';
import { compartmentElements, patientParameters } from './definitions.ts';
import { inRelease, type Release, releases } from './release.ts';
import { hasCategory, isResourceType, nameIn } from './resource-types.ts';

test.each<[string, readonly Release[]]>([
  ['Patient', releases],
  ['Basic', releases],
  ['Conformance', ['DSTU2']],
  ['MedicationOrder', ['DSTU2']],
  ['MedicationRequest', ['STU3', 'R4', 'R4B', 'R5', 'R6']],
  ['PractitionerRole', ['STU3', 'R4', 'R4B', 'R5', 'R6']],
  ['ProcedureRequest', ['DSTU2', 'STU3']],
  ['ServiceRequest', ['R4', 'R4B', 'R5', 'R6']],
  ['SubstanceProtein', ['R4', 'R5', 'R6']],
  ['DeviceUsage', ['R5', 'R6']],
])('%s is of %j', (type, expected) => {
  // What R6 no longer has is not known yet.
  const known = releases.filter((release) => release !== 'R6' || expected.includes('R6'));
  expect(known.filter((release) => isResourceType(type, release))).toEqual(expected);
});

test('no release has a type that none has', () => {
  expect([...releases, null].filter((release) => isResourceType('smart-check', release))).toEqual([]);
  expect(isResourceType('ConformanceStatement', null)).toBe(false);
  expect(isResourceType('DiagnosticOrder', null)).toBe(true);
});

test.each<[Release, string, string | null]>([
  ['DSTU2', 'MedicationRequest', 'MedicationOrder'],
  ['R4', 'MedicationOrder', 'MedicationRequest'],
  ['STU3', 'ServiceRequest', 'ProcedureRequest'],
  ['R5', 'DiagnosticOrder', 'ServiceRequest'],
  ['R5', 'DeviceUseStatement', 'DeviceUsage'],
  ['DSTU2', 'CapabilityStatement', 'Conformance'],
  ['DSTU2', 'InventoryItem', null],
])('in %s, %s is %s', (release, type, name) => {
  expect(nameIn(release, type)).toBe(name);
});

test('categories come to some types later', () => {
  expect(hasCategory('Observation', 'DSTU2')).toBe(true);
  expect(hasCategory('DocumentReference', 'STU3')).toBe(false);
  expect(hasCategory('DocumentReference', 'R4')).toBe(true);
  expect(hasCategory('Encounter', 'R5')).toBe(false);
  expect(hasCategory('Encounter', null)).toBe(true);
});

test('the tables name resource types of the releases for which they say something', () => {
  const rows = [...Object.entries(compartmentElements), ...Object.entries(patientParameters)];
  const misplaced = rows.flatMap(([type, since]) =>
    releases
      .filter((release) => release !== 'R6')
      .filter((release) => typeof inRelease<string | null>(since, release) === 'string')
      .flatMap((release) => (isResourceType(type, release) ? [] : [`${type} in ${release}`])),
  );
  expect(misplaced).toEqual([]);
});
