import { expect, test } from 'vitest';
import { isJsonMediaType, jsonMediaType, jsonOfVersion, versionParameter } from './json-media-type.ts';

test('JSON had another name in DSTU2', () => {
  expect(jsonMediaType('DSTU2')).toBe('application/json+fhir');
  expect(jsonMediaType('STU3')).toBe('application/fhir+json');
  expect(jsonMediaType(null)).toBe('application/fhir+json');
});

test('a version is asked for by its first two numbers', () => {
  expect(jsonOfVersion('3.0.2')).toBe('application/fhir+json; fhirVersion=3.0');
  expect(jsonOfVersion('6.0.0-ballot2')).toBe('application/fhir+json; fhirVersion=6.0');
});

test.each([
  ['application/fhir+json; fhirVersion=4.0', '4.0'],
  ['application/fhir+json;charset=utf-8;FHIRVERSION="3.0"', '3.0'],
  ['application/fhir+json', null],
  [undefined, null],
])('%s is of version %s', (contentType, version) => {
  expect(versionParameter(contentType)).toBe(version);
});

test.each([
  ['application/fhir+json', true],
  ['application/json+fhir; charset=utf-8', true],
  ['application/json', true],
  ['application/fhir+xml', false],
  [undefined, false],
])('%s is JSON: %s', (contentType, expected) => {
  expect(isJsonMediaType(contentType)).toBe(expected);
});
