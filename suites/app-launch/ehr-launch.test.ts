import { expect, test } from 'vitest';
import type { JourneyOutcome } from '../../src/browser/journey.ts';
import { isPickedAnyway, isReadable, isSameBase } from './ehr-launch.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

test.each([
  ['stands as it is', '7', '7', true],
  ['stands among other members', 'pat-1', 'patient:pat-1', true],
  ['is encoded', 'pat-1', `${encoded('{"patient":"pat-1"}')}.c2ln`, true],
  ['is encoded by itself', '12', encoded('12'), true],
  ['occurs in a random value', '592', '0f592c3e-1a2b-4c5d-8e9f-000059200000', false],
  ['is too short to mean anything', '1', 'a-1-b', false],
  ['has characters of regular expressions', 'a.b+c', 'axbbc', false],
])('an id that %s', (_, id, value, readable) => {
  expect(isReadable(id, value)).toBe(readable);
});

test.each([
  ['https://ehr.example.org/fhir/', true],
  ['HTTPS://EHR.example.org:443/fhir', true],
  ['https://ehr.example.org/FHIR', false],
  ['https://ehr.example.org/fhir/r4', false],
  ['fhir', false],
])('an iss of %s', (iss, isSame) => {
  expect(isSameBase(iss, 'https://ehr.example.org/fhir')).toBe(isSame);
});

const journeyTo = (title: string): JourneyOutcome => ({
  kind: 'returned',
  url: 'https://app.example.org/callback',
  method: 'GET',
  parameters: new URLSearchParams(),
  from: 'query',
  exchanges: [],
  strip: [{ title, jpeg: null }],
});
const withCode = { kind: 'code', code: 'c' } as const;
const withError = { kind: 'error', error: 'invalid_request', description: null } as const;

test.each([
  ['a patient is picked with a good one, too', 'pick "Ann"', withCode, true],
  ['none is picked with a good one', 'approve: press "Allow"', withCode, false],
  ['it is refused', 'pick "Ann"', withError, false],
])('a launch value of another shows nothing where %s: %s', (_, title, response, isSo) => {
  const own = { outcome: journeyTo(title), response: withCode };
  expect(isPickedAnyway(own, { outcome: journeyTo('pick "Ann"'), response })).toBe(isSo);
});
