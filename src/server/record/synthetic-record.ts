import type { ResourceContent } from '../fhir/resource.ts';
import { resourceTypes } from '../fhir/resource-types.ts';
import type { FhirVersion } from '../options.ts';
import { care } from './care.ts';
import { inVersion } from './in-version.ts';
import { observations } from './observations.ts';
import { people } from './people.ts';

/**
 * The resources a server starts with, all invented, in the shape of its FHIR version. Of the types a version does not have
 * there are none.
 */
export function syntheticRecord(version: FhirVersion): readonly (ResourceContent & { readonly id: string })[] {
  const types = new Set(resourceTypes(version).map(({ type }) => type));
  return [...people, ...observations, ...care]
    .map((resource) => inVersion(resource, version))
    .filter(({ resourceType }) => types.has(resourceType));
}
