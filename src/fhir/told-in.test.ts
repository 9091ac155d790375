import { expect, it } from 'vitest';
import type { Exchange } from '../kit/index.ts';
import { addressOf } from './served.ts';
import { toldIn } from './told-in.ts';

const boris = {
  resourceType: 'Patient',
  id: 'pat-2',
  name: [{ family: 'Iwanow', given: ['Boris'] }],
  birthDate: '1971-11-20',
  gender: 'male',
  meta: { lastUpdated: '2026-11-26T17:09:50.269Z' },
};
const pulse = {
  resourceType: 'Observation',
  id: 'obs-7',
  status: 'final',
  subject: { reference: 'Patient/pat-2' },
  encounter: { reference: 'Encounter/enc-4' },
};
const anna = { resourceType: 'Patient', id: 'pat-1', name: [{ family: 'Fontaine' }], birthDate: '1984-03-02' };

function answer(body: string, path = 'Patient/pat-2', status = 200): Exchange {
  return {
    ...{ id: 'x1', by: 'http', startedAt: '2026-01-01T00:00:00Z', durationMs: 1, error: null, jwts: [] },
    request: { method: 'GET', url: `https://ehr.test/fhir/${path}`, headers: {}, body: null },
    response: { status, headers: {}, body, bodyBytes: body.length, truncated: false },
  };
}

it.each([
  ['Turtle', '<Patient/pat-2> fhir:name [ fhir:family "Iwanow" ] ; fhir:birthDate "1971-11-20" .'],
  ['a page', '<h1>Iwanow</h1><p>born 1971-11-20</p>'],
  ['GraphQL', '{"data":{"Patient":{"birthDate":"1971-11-20","name":[{"family":"Iwanow"}]}}}'],
  [
    'a refusal',
    `{"resourceType":"OperationOutcome","issue":[{"diagnostics":${JSON.stringify(JSON.stringify(boris))}}]}`,
  ],
])('finds a resource in %s', (_, body) => {
  expect(toldIn(answer(body), [boris, anna]).map(addressOf)).toEqual(['Patient/pat-2']);
});

it.each([
  ['what an error repeats of the request', 'Observation obs-7 is not in the record of Patient/pat-1'],
  ['one text alone', 'Observation/obs-7 is about Patient/pat-2, which you may not see'],
  ['what was loaded with it, by a clinic of that name', '{"name":"Iwanow Clinic","at":"2026-11-26T17:09:50.269Z"}'],
  ['somebody who is greeted', 'Hello Boris Iwanow, you may not see that'],
  ['codes that stand everywhere', 'The final status male was not found'],
])('takes for no resource: %s', (_, body) => {
  expect(toldIn(answer(body, 'Observation/obs-7', 403), [pulse, boris])).toEqual([]);
});

it('leaves out what others have as well', () => {
  const twin = { ...pulse, id: 'obs-8' };
  expect(toldIn(answer('"Patient/pat-2" "Encounter/enc-4"', 'Observation/obs-7'), [pulse])).toEqual([pulse]);
  expect(toldIn(answer('"Patient/pat-2" "Encounter/enc-4"', 'Observation/obs-7'), [pulse], [twin])).toEqual([]);
});

it('leaves FHIR JSON to those who read it', () => {
  expect(toldIn(answer(JSON.stringify(boris)), [boris])).toEqual([]);
});
