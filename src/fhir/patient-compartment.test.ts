import { expect, test } from 'vitest';
import { linkedPatients, patientParameter, patientsOf, typesOfPatients } from './patient-compartment.ts';

const base = 'https://ehr.example.org/fhir';

test.each<[Record<string, unknown>, readonly string[]]>([
  [{ resourceType: 'Patient', id: '1' }, ['1']],
  [{ resourceType: 'Observation', subject: { reference: 'Patient/1' } }, ['1']],
  [{ resourceType: 'Observation', subject: { reference: `${base}/Patient/1/_history/2` } }, ['1']],
  [{ resourceType: 'Observation', subject: { reference: 'https://other.example.org/fhir/Patient/1' } }, []],
  [{ resourceType: 'Observation', subject: { reference: 'Group/1' } }, []],
  [
    {
      resourceType: 'Observation',
      subject: { reference: 'Patient/1' },
      performer: [{ reference: 'Practitioner/1' }, { reference: 'Patient/2' }, { reference: 'Patient/1' }],
    },
    ['1', '2'],
  ],
  [{ resourceType: 'Condition', patient: { reference: 'Patient/1' } }, ['1']],
  [{ resourceType: 'Procedure', performer: [{ actor: { reference: 'Patient/3' } }] }, ['3']],
  [{ resourceType: 'Practitioner', id: '1' }, []],
  [{ resourceType: 'toString' }, []],
])('%j is of %j', (resource, patients) => {
  expect([...patientsOf(resource, base)].sort()).toEqual(patients);
});

test('links of a patient are found', () => {
  const link = [{ other: { reference: 'Patient/2' }, type: 'seealso' }, { other: { reference: 'RelatedPerson/1' } }];
  expect(linkedPatients({ resourceType: 'Patient', id: '1', link }, base)).toEqual(['2']);
});

test('types come and go with the releases', () => {
  expect(typesOfPatients('DSTU2')).toContain('MedicationOrder');
  expect(typesOfPatients('DSTU2')).not.toContain('MedicationRequest');
  expect(typesOfPatients('R4')).toContain('ServiceRequest');
  expect(typesOfPatients('R5')).not.toContain('Media');
  expect(typesOfPatients('STU3')).toContain('Task');
  expect(typesOfPatients(null)).toContain('Condition');
  expect(typesOfPatients(null)).not.toContain('Task');
});

test('the search for what is of a patient has another parameter in some releases', () => {
  expect(patientParameter('Coverage', 'STU3')).toBe('beneficiary');
  expect(patientParameter('Coverage', 'R4')).toBe('patient');
  expect(patientParameter('AdverseEvent', 'R4B')).toBe('subject');
  expect(patientParameter('Observation', 'DSTU2')).toBe('patient');
  expect(patientParameter('Observation', null)).toBe('patient');
});
