import { isRecord } from '../kit/index.ts';
import { observationCategory } from './categories.ts';
import type { Release } from './release.ts';

type Resource = Readonly<Record<string, unknown>>;

/** How a written resource is known to be ours by whoever comes across it. */
const label = 'Written by smart-check for a test, and deleted by it';

/** A heart rate, which every server that stores Observations should take. */
export function observationOf(patient: string, release: Release): Resource {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: observationCategory('vital-signs', release),
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }], text: label },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: new Date().toISOString(),
    valueQuantity: { value: 72, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  };
}

/** The same content for another resource: without what the server gave it, and with another patient in its patient's place. */
export function copyOf(
  { id: _, meta: __, text: ___, ...content }: Resource,
  whose: { readonly patient: string; readonly for: string },
): Resource {
  const about = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(about);
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([name, member]) => [name, about(member)] as const);
    const { reference } = value;
    const isTheirs =
      typeof reference === 'string' && /(?:^|\/)Patient\/([^/]+)$/.exec(reference)?.[1] === whose.patient;
    return Object.fromEntries(isTheirs ? [...entries, ['reference', `Patient/${whose.for}`]] : entries);
  };
  const copy = about(content);
  return isRecord(copy) ? copy : content;
}
