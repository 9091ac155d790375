import type { ResourceContent } from '../fhir/resource.ts';
import type { JsonObject } from '../json.ts';
import { coding, concept, reference, type System, systems } from './elements.ts';

const categories: Readonly<Record<string, readonly [System, string]>> = {
  'vital-signs': ['observationCategory', 'Vital Signs'],
  laboratory: ['observationCategory', 'Laboratory'],
  'social-history': ['observationCategory', 'Social History'],
  survey: ['observationCategory', 'Survey'],
  sdoh: ['usCoreCategory', 'SDOH'],
};

/** What is measured, in LOINC; with a unit of UCUM the value is a quantity, without one an integer. */
const measured = {
  heartRate: ['8867-4', 'Heart rate', '/min'],
  weight: ['29463-7', 'Body weight', 'kg'],
  height: ['8302-2', 'Body height', 'cm'],
  hba1c: ['4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', '%'],
  creatinine: ['2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 'mg/dL'],
  glucose: ['41653-7', 'Glucose [Mass/volume] in Capillary blood by Glucometer', 'mg/dL'],
  smoking: ['72166-2', 'Tobacco smoking status', null],
  phq9: ['44261-6', 'Patient Health Questionnaire 9 item total score', null],
  food: ['88124-3', 'Food insecurity risk', null],
} as const;

type Observed = readonly [
  id: string,
  patient: string,
  category: string,
  what: keyof typeof measured,
  value: number,
  date: string,
  /** An observation that it goes back to. */
  derivedFrom?: string,
];

/** Several categories are separated by spaces. */
const rows: readonly Observed[] = [
  ['obs-1', 'pat-1', 'vital-signs', 'heartRate', 72, '2026-03-02T09:10:00Z'],
  ['obs-2', 'pat-1', 'laboratory', 'hba1c', 6.1, '2026-03-02T10:00:00Z'],
  ['obs-3', 'pat-1', 'social-history', 'smoking', 266919005, '2026-03-02T09:20:00Z'],
  ['obs-4', 'pat-1', 'survey', 'phq9', 4, '2026-03-02T09:30:00Z'],
  // Measured at the bedside: both, so that one match must suffice.
  ['obs-5', 'pat-1', 'vital-signs laboratory', 'glucose', 101, '2026-03-02T09:40:00Z'],
  ['obs-6', 'pat-2', 'vital-signs', 'weight', 81, '2026-02-11T08:00:00Z'],
  ['obs-7', 'pat-2', 'laboratory', 'creatinine', 0.9, '2026-02-11T08:30:00Z'],
  ['obs-8', 'pat-2', 'social-history', 'smoking', 8517006, '2026-02-11T08:10:00Z'],
  ['obs-9', 'pat-3', 'laboratory', 'hba1c', 7.4, '2026-01-20T11:00:00Z'],
  ['obs-10', 'pat-1', 'survey sdoh', 'food', 0, '2026-03-02T09:35:00Z'],
  // Compared with another patient's: a reference that leads out of the record.
  ['obs-11', 'pat-1', 'vital-signs', 'weight', 64, '2026-03-02T09:12:00Z', 'obs-6'],
  ['obs-12', 'pat-2', 'survey', 'phq9', 11, '2026-02-11T08:20:00Z'],
  ['obs-13', 'pat-3', 'vital-signs', 'heartRate', 66, '2026-01-20T10:30:00Z'],
  ['obs-14', 'pat-3', 'social-history', 'smoking', 266919005, '2026-01-20T10:35:00Z'],
  ['obs-15', 'pat-3', 'survey', 'phq9', 7, '2026-01-20T10:40:00Z'],
  ['obs-16', 'pat-4', 'vital-signs', 'height', 148, '2026-04-07T14:00:00Z'],
  ['obs-17', 'pat-4', 'laboratory', 'creatinine', 0.6, '2026-04-07T14:20:00Z'],
  ['obs-18', 'pat-4', 'social-history', 'smoking', 266919005, '2026-04-07T14:05:00Z'],
  ['obs-19', 'pat-4', 'survey', 'phq9', 2, '2026-04-07T14:10:00Z'],
];

const encounters: Readonly<Record<string, string>> = { 'pat-1': 'enc-1', 'pat-2': 'enc-2' };

/** Every patient has some of each category. */
export const observations: readonly (ResourceContent & { readonly id: string })[] = rows.map(
  ([id, patient, category, what, value, date, derivedFrom]) => {
    const [code, display, unit] = measured[what];
    const encounter = encounters[patient];
    return {
      resourceType: 'Observation',
      id,
      status: 'final',
      category: category.split(' ').map((name) => {
        const [system, text] = categories[name] ?? ['observationCategory', name];
        return { coding: [coding(system, name, text)] };
      }),
      code: concept('loinc', code, display),
      subject: reference(`Patient/${patient}`),
      ...(encounter !== undefined && { encounter: reference(`Encounter/${encounter}`) }),
      effectiveDateTime: date,
      issued: date,
      performer: [reference('Practitioner/dr-bob', 'Bob Builder')],
      ...observedValue(what, value, unit),
      ...(derivedFrom !== undefined && { derivedFrom: [reference(`Observation/${derivedFrom}`)] }),
    };
  },
);

function observedValue(what: keyof typeof measured, value: number, unit: string | null): JsonObject {
  if (what === 'smoking') return { valueCodeableConcept: concept('snomed', String(value)) };
  return unit === null ? { valueInteger: value } : { valueQuantity: { value, unit, system: systems.ucum, code: unit } };
}
