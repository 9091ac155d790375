import { attempt, type Call, isAllowed } from './call.ts';
import type { Attempt } from './fhir-access.ts';
import { localReference } from './local-reference.ts';
import { type Resource, valuesAt } from './resource.ts';
import { type SearchParameter, searchParameters } from './resource-types.ts';

/** What the matches refer to, as far as `_include` asks and the client could read it by its id. */
export function includedBy(call: Call, matches: readonly Resource[]): readonly Resource[] {
  const { store, setup } = call.service;
  return asked(call, '_include').flatMap(({ source, parameter, target }) =>
    matches
      .filter(({ resourceType }) => resourceType === source)
      .flatMap((resource) => parameter.paths.flatMap((path) => valuesAt(resource, path)))
      .flatMap((value) => {
        const reference = localReference(value, setup.site.fhir);
        if (!reference || !parameter.targets?.includes(reference.type)) return [];
        if (target !== undefined && target !== reference.type) return [];
        const newest = store.newest(reference.type, reference.id);
        if (!newest || newest.change === 'delete') return [];
        return mayCome(call, '_include', newest.resource) ? newest.resource : [];
      }),
  );
}

/** What refers to the matches, as far as `_revinclude` asks and the client could search for it. */
export function revincludedBy(call: Call, matches: readonly Resource[]): readonly Resource[] {
  const { store, setup } = call.service;
  const matched = new Set(matches.map(({ resourceType, id }) => `${resourceType}/${id}`));
  return asked(call, '_revinclude').flatMap(({ source, parameter }) =>
    store.all(source).filter((resource) => {
      const references = parameter.paths.flatMap((path) => valuesAt(resource, path));
      const refers = references.some((value) => {
        const reference = localReference(value, setup.site.fhir);
        return reference !== null && matched.has(`${reference.type}/${reference.id}`);
      });
      return refers && mayCome(call, '_revinclude', resource);
    }),
  );
}

interface Inclusion {
  readonly source: string;
  readonly parameter: SearchParameter;
  readonly target: string | undefined;
}

/** `Observation:subject` or `Observation:subject:Patient`; what the server does not have is passed over. */
function asked(call: Call, name: '_include' | '_revinclude'): readonly Inclusion[] {
  return call.parameters.getAll(name).flatMap((value) => {
    const [source = '', parameterName = '', target] = value.split(':');
    const type = call.service.types.get(source);
    const parameter = type && searchParameters(type).get(parameterName);
    return parameter?.kind === 'reference' ? { source, parameter, target } : [];
  });
}

function mayCome(call: Call, by: '_include' | '_revinclude', resource: Resource): boolean {
  const interaction: Attempt['interaction'] = by === '_include' ? 'read' : 'search-type';
  return isAllowed(call, { ...attempt(call, interaction, resource.resourceType), by }, resource);
}
