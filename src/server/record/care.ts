import type { ResourceContent } from '../fhir/resource.ts';
import { coding, concept, reference, type System } from './elements.ts';
import { tasks } from './tasks.ts';

type Row = ResourceContent & { readonly id: string };

const patients = ['pat-1', 'pat-2', 'pat-3', 'pat-4'] as const;
const bob = reference('Practitioner/dr-bob', 'Bob Builder');

const encounters: readonly Row[] = (
  [
    ['enc-1', 'pat-1', 'finished', '2026-03-02T09:00:00Z', '2026-03-02T10:15:00Z'],
    ['enc-2', 'pat-2', 'finished', '2026-02-11T07:50:00Z', '2026-02-11T08:45:00Z'],
    ['enc-3', 'pat-1', 'in-progress', '2026-05-18T13:00:00Z', undefined],
  ] as const
).map(([id, patient, status, start, end]) => ({
  resourceType: 'Encounter',
  id,
  status,
  class: coding('actCode', 'AMB', 'ambulatory'),
  subject: reference(`Patient/${patient}`),
  participant: [{ individual: bob }],
  period: { start, ...(end !== undefined && { end }) },
  location: [{ location: reference('Location/loc-1', 'Ward 1') }],
  serviceProvider: reference('Organization/org-1', 'Sample Clinic'),
}));

const conditionKinds: readonly (readonly [category: string, System, code: string, display: string])[] = [
  ['encounter-diagnosis', 'conditionCategory', '38341003', 'Hypertensive disorder'],
  ['problem-list-item', 'conditionCategory', '44054006', 'Diabetes mellitus type 2'],
  ['health-concern', 'usCoreConditionCategory', '733423003', 'Food insecurity'],
];

const conditions: readonly Row[] = patients.flatMap((patient, index) =>
  conditionKinds.map(([category, system, code, display], kind) => ({
    resourceType: 'Condition',
    id: `cond-${index * conditionKinds.length + kind + 1}`,
    clinicalStatus: concept('conditionClinical', 'active'),
    verificationStatus: concept('conditionVerification', 'confirmed'),
    category: [concept(system, category)],
    code: concept('snomed', code, display),
    subject: reference(`Patient/${patient}`),
    recordedDate: '2026-03-02',
    recorder: bob,
  })),
);

/** What each patient has one of; `n` is the patient's number. */
function recordOf(patient: string, n: number): readonly Row[] {
  const subject = reference(`Patient/${patient}`);
  return [
    {
      resourceType: 'MedicationRequest',
      id: `medreq-${n}`,
      status: 'active',
      intent: 'order',
      medicationReference: reference('Medication/med-1', 'lisinopril 10 MG Oral Tablet'),
      subject,
      authoredOn: '2026-03-02',
      requester: bob,
      dosageInstruction: [{ text: 'One tablet a day' }],
    },
    {
      resourceType: 'AllergyIntolerance',
      id: `allergy-${n}`,
      clinicalStatus: concept('allergyClinical', 'active'),
      verificationStatus: concept('allergyVerification', 'confirmed'),
      category: ['food'],
      criticality: 'low',
      code: concept('snomed', '91935009', 'Allergy to peanut'),
      patient: subject,
      recordedDate: '2020-06-01',
      recorder: bob,
    },
    {
      resourceType: 'Immunization',
      id: `imm-${n}`,
      status: 'completed',
      vaccineCode: concept('cvx', '140', 'Influenza, seasonal, injectable, preservative free'),
      patient: subject,
      occurrenceDateTime: '2025-10-14',
      primarySource: true,
    },
    {
      resourceType: 'Procedure',
      id: `proc-${n}`,
      status: 'completed',
      code: concept('snomed', '80146002', 'Appendectomy'),
      subject,
      performedDateTime: '2015-08-21',
      performer: [{ actor: bob }],
    },
    {
      resourceType: 'ServiceRequest',
      id: `order-${n}`,
      status: 'active',
      intent: 'order',
      code: concept('loinc', '4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood'),
      subject,
      authoredOn: '2026-03-02',
      requester: bob,
    },
    {
      resourceType: 'DocumentReference',
      id: `doc-${n}`,
      status: 'current',
      type: concept('loinc', '34133-9', 'Summarization of episode note'),
      category: [concept('loinc', '34133-9')],
      subject,
      date: '2026-03-02T11:00:00Z',
      author: [bob],
      content: [{ attachment: { contentType: 'text/plain', url: `Binary/bin-${n}`, title: 'Visit summary' } }],
    },
    {
      resourceType: 'Binary',
      id: `bin-${n}`,
      contentType: 'text/plain',
      securityContext: subject,
      data: Buffer.from(`Summary of a visit of ${patient}: all is well.`).toString('base64'),
    },
  ];
}

const reports: readonly Row[] = (
  [
    ['report-1', 'pat-1', 'obs-2'],
    ['report-2', 'pat-2', 'obs-7'],
    ['report-3', 'pat-3', 'obs-9'],
    ['report-4', 'pat-4', 'obs-17'],
  ] as const
).map(([id, patient, result]) => ({
  resourceType: 'DiagnosticReport',
  id,
  status: 'final',
  category: [concept('diagnosticService', 'LAB', 'Laboratory')],
  code: concept('loinc', '11502-2', 'Laboratory report'),
  subject: reference(`Patient/${patient}`),
  effectiveDateTime: '2026-03-02T10:00:00Z',
  issued: '2026-03-02T12:00:00Z',
  performer: [reference('Organization/org-1', 'Sample Clinic')],
  result: [reference(`Observation/${result}`)],
}));

const provenance: readonly Row[] = (
  [
    ['prov-1', 'pat-1', 'obs-1'],
    ['prov-2', 'pat-2', 'obs-6'],
    ['prov-3', 'pat-3', 'obs-9'],
  ] as const
).map(([id, patient, observation]) => ({
  resourceType: 'Provenance',
  id,
  target: [reference(`Observation/${observation}`), reference(`Patient/${patient}`)],
  recorded: '2026-03-02T12:00:00Z',
  agent: [{ type: concept('provenanceAgent', 'author', 'Author'), who: bob }],
}));

/** What was found, done and planned, beside observations. */
export const care: readonly Row[] = [
  ...encounters,
  ...conditions,
  ...patients.flatMap((patient, index) => recordOf(patient, index + 1)),
  ...reports,
  ...provenance,
  ...tasks,
];
