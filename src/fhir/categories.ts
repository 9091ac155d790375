import { isRecord } from '../kit/index.ts';
import type { Release } from './release.ts';

/** The categories of a resource as a search names them: `system|code`, or `|code` without a system. */
export function categoriesOf({ category }: Readonly<Record<string, unknown>>): readonly string[] {
  // One CodeableConcept in DSTU2, several since; in some types a plain code.
  const concepts = Array.isArray(category) ? category : [category];
  return concepts.flatMap((concept) => {
    if (typeof concept === 'string') return [`|${concept}`];
    const codings = isRecord(concept) && Array.isArray(concept.coding) ? concept.coding.filter(isRecord) : [];
    return codings.flatMap(({ system, code }) =>
      typeof code === 'string' ? [`${typeof system === 'string' ? system : ''}|${code}`] : [],
    );
  });
}

/** Whether a category is the one a person means by `laboratory` or `system|laboratory`. */
export function isNamed(category: string, name: string): boolean {
  return category === name || category.slice(category.indexOf('|') + 1) === name;
}

/** A CodeableConcept for a category of Observation, in the shape and the code system of the release. */
export function observationCategory(code: string, release: Release): unknown {
  const isOld = release === 'DSTU2' || release === 'STU3';
  const system = isOld
    ? 'http://hl7.org/fhir/observation-category'
    : 'http://terminology.hl7.org/CodeSystem/observation-category';
  const concept = { coding: [{ system, code }] };
  return release === 'DSTU2' ? concept : [concept];
}
