import { expect, test } from 'vitest';
import { isPermission, scopesBeyond } from './scope-meaning.ts';

test.each([
  ['patient/*.rs', 'patient/Observation.rs', ''],
  ['patient/*.read', 'patient/*.rs', ''],
  ['patient/*.rs', 'patient/*.read', ''],
  ['patient/*.s patient/*.r', 'patient/*.rs', ''],
  ['patient/*.*', 'patient/*.cruds patient/Patient.write', ''],
  ['patient/Observation.rs', 'patient/*.rs', 'patient/*.rs'],
  ['patient/*.r', 'patient/*.rs', 'patient/*.rs'],
  ['patient/*.rs', 'user/*.rs', 'user/*.rs'],
  ['patient/Observation.rs?category=a', 'patient/Observation.rs', 'patient/Observation.rs'],
  ['patient/Observation.rs', 'patient/Observation.rs?category=a', ''],
  ['patient/Observation.rs?a=1&b=2', 'patient/Observation.r?b=2&a=1', ''],
  ['http://smarthealthit.org/fhir/scopes/patient/*.rs', 'patient/Patient.rs', ''],
  ['openid', 'openid fhirUser', 'fhirUser'],
  ['', '', ''],
])('of %j, %j has %j beyond', (granted, scopes, beyond) => {
  const list = (text: string) => text.split(' ').filter((scope) => scope !== '');
  expect(scopesBeyond(list(granted), list(scopes))).toEqual(list(beyond));
});

test.each([
  ['launch/patient', false],
  ['offline_access', false],
  ['openid', false],
  ['patient/*.rs', true],
  ['vendor.admin', true],
])('%s gives access: %j', (scope, gives) => {
  expect(isPermission(scope)).toBe(gives);
});
