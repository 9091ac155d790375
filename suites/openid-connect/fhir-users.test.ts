import { expect, test } from 'vitest';
import { resolveFhirUser } from './fhir-users.ts';

test.each([
  ['https://ehr.example/fhir/Patient/1', 'Patient/1', 'Patient'],
  ['Practitioner/a-b.c', 'Practitioner/a-b.c', 'Practitioner'],
  ['Patient/1/_history/3', 'Patient/1/_history/3', 'Patient'],
  ['https://other.example/fhir/Patient/1', null, 'Patient'],
  ['https://ehr.example/fhirs/Patient/1', null, 'Patient'],
  ['https://ehr.example/fhir/Patient', 'Patient', null],
  ['Patient?identifier=1', 'Patient?identifier=1', null],
  ['urn:uuid:1', null, null],
  ['', null, null],
  [7, null, null],
])('%j is at %j of this server, a %j', (claim, path, type) => {
  for (const base of ['https://ehr.example/fhir', 'https://ehr.example/fhir/']) {
    expect(resolveFhirUser(claim, base)).toMatchObject({ path, type });
  }
});
