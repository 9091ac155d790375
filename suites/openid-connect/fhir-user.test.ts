import { expect, test } from 'vitest';
import { opens } from './fhir-user.ts';

test.each([
  ['patient/*.rs', 'Patient', true],
  ['patient/*.rs', 'Practitioner', false],
  ['user/*.rs', 'Practitioner', true],
  ['user/Practitioner.read', 'Practitioner', true],
  ['user/Practitioner.*', 'Practitioner', true],
  ['user/Practitioner.s', 'Practitioner', false],
  ['user/Practitioner.write', 'Practitioner', false],
  ['user/Practitioner.rs?_id=1', 'Practitioner', false],
  ['openid', 'Practitioner', false],
])('%s on %s: %s', (scope, type, expected) => {
  expect(opens(scope, type)).toBe(expected);
});
