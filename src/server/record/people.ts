import type { ResourceContent } from '../fhir/resource.ts';
import { concept, humanName, identifier, reference } from './elements.ts';

type Row = ResourceContent & { readonly id: string };

/** Patients, those who care for them, and where. All of them are invented. */
export const people: readonly Row[] = [
  ...(
    [
      ['pat-1', 'Ann', 'Example', 'female', '1974-12-25'],
      ['pat-2', 'Ben', 'Sample', 'male', '1982-03-04'],
      ['pat-3', 'Clara', 'Muster', 'female', '1990-07-15'],
      ['pat-4', 'Dan', 'Demo', 'male', '2011-11-30'],
    ] as const
  ).map(([id, given, family, gender, birthDate]) => ({
    resourceType: 'Patient',
    id,
    identifier: identifier('patient', id.replace('pat-', 'MRN-100')),
    active: true,
    name: humanName(given, family),
    gender,
    birthDate,
    generalPractitioner: [reference('Practitioner/dr-bob', 'Bob Builder')],
    managingOrganization: reference('Organization/org-1', 'Sample Clinic'),
  })),
  ...(
    [
      ['bob', 'Bob', 'Builder', '59058001', 'General physician'],
      ['eve', 'Eve', 'Narrow', '59058001', 'General physician'],
      ['mia', 'Mia', 'Twostep', '59058001', 'General physician'],
    ] as const
  ).flatMap(([name, given, family, code, role]) => [
    {
      resourceType: 'Practitioner',
      id: `dr-${name}`,
      identifier: identifier('practitioner', `dr-${name}`),
      active: true,
      name: humanName(given, family, 'Dr.'),
    },
    {
      resourceType: 'PractitionerRole',
      id: `role-${name}`,
      active: true,
      practitioner: reference(`Practitioner/dr-${name}`, `${given} ${family}`),
      organization: reference('Organization/org-1', 'Sample Clinic'),
      code: [concept('snomed', code, role)],
      location: [reference('Location/loc-1', 'Ward 1')],
    },
  ]),
  // One mother, on record with each child.
  ...(
    [
      ['rel-1', 'pat-1'],
      ['rel-2', 'pat-2'],
    ] as const
  ).map(([id, patient]) => ({
    resourceType: 'RelatedPerson',
    id,
    identifier: identifier('related-person', 'rel-1'),
    active: true,
    patient: reference(`Patient/${patient}`),
    relationship: [concept('role', 'MTH', 'mother')],
    name: humanName('Rita', 'Relative'),
    gender: 'female',
  })),
  {
    resourceType: 'Organization',
    id: 'org-1',
    identifier: identifier('organization', 'org-1'),
    active: true,
    name: 'Sample Clinic',
  },
  {
    resourceType: 'Location',
    id: 'loc-1',
    identifier: identifier('location', 'loc-1'),
    status: 'active',
    name: 'Ward 1',
    managingOrganization: reference('Organization/org-1', 'Sample Clinic'),
  },
  { resourceType: 'Medication', id: 'med-1', code: concept('rxnorm', '314076', 'lisinopril 10 MG Oral Tablet') },
];
