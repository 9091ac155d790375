import type { ResourceContent } from '../fhir/resource.ts';
import { resourceTypes } from '../fhir/resource-types.ts';
import type { FhirVersion } from '../options.ts';
import { care } from './care.ts';
import { observations } from './observations.ts';
import { people } from './people.ts';

/**
 * The resources a server starts with, all invented, in the shape of R4. Of the types a FHIR version does not have there
 * are none.
 */
export function syntheticRecord(version: FhirVersion): readonly (ResourceContent & { readonly id: string })[] {
  const types = new Set(resourceTypes(version).map(({ type }) => type));
  return [...people, ...observations, ...care].filter(({ resourceType }) => types.has(resourceType));
}
