import { localReference } from './local-reference.ts';
import { type ResourceContent, valuesAt } from './resource.ts';
import type { ResourceType } from './resource-types.ts';

/** The ids of the patients in whose compartments a resource is; `shared` when its type belongs to nobody. */
export function patientsOf(
  resource: ResourceContent,
  { compartment }: ResourceType,
  fhirBase: string,
): ReadonlySet<string> | 'shared' {
  if (compartment === 'shared') return 'shared';
  if (compartment === 'itself') return new Set(typeof resource.id === 'string' ? [resource.id] : []);
  const references = compartment.flatMap((path) => valuesAt(resource, path));
  return new Set(
    references.flatMap((value) => {
      const reference = localReference(value, fhirBase);
      return reference?.type === 'Patient' ? reference.id : [];
    }),
  );
}
