import { serverResources } from './interactions.ts';

/** The resource types that a CapabilityStatement or Conformance serves; none where it does not say. */
export function resourceTypesIn(statement: Readonly<Record<string, unknown>> | undefined): ReadonlySet<string> {
  return new Set(serverResources(statement ?? {}).flatMap(({ type }) => (typeof type === 'string' ? [type] : [])));
}
