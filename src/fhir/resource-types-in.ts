import { isRecord } from '../kit/index.ts';

/** The resource types that a CapabilityStatement or Conformance serves; none where it does not say. */
export function resourceTypesIn(statement: Readonly<Record<string, unknown>> | undefined): ReadonlySet<string> {
  const rest = Array.isArray(statement?.rest) ? statement.rest.filter(isRecord) : [];
  const resources = rest.flatMap(({ resource }) => (Array.isArray(resource) ? resource.filter(isRecord) : []));
  return new Set(resources.flatMap(({ type }) => (typeof type === 'string' ? [type] : [])));
}
