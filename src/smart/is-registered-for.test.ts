import { expect, it } from 'vitest';
import { isRegisteredFor } from './is-registered-for.ts';

const registered = { scope: 'launch/patient patient/Observation.rs' };

it.each([
  ['patient/Observation.rs', true],
  ['launch/patient', true],
  ['patient/Observation.r', false],
  ['patient/Observation.read', false],
  ['patient/Observation.rs?category=laboratory', false],
  ['patient/Patient.rs', false],
])('takes a client for registered for %s: %s', (scope, expected) => {
  expect(isRegisteredFor(registered, scope)).toBe(expected);
});

it('knows of no limit where the configuration names no scope', () => {
  expect(isRegisteredFor({}, 'patient/Observation.read')).toBe(true);
});
