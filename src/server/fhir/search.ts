import type { JsonObject } from '../json.ts';
import { page } from './bundle.ts';
import { attempt, type Call, demandScope, type FhirAnswer, isAllowed } from './call.ts';
import { FhirProblem } from './fhir-problem.ts';
import { includedBy, revincludedBy } from './include.ts';
import { patientsOf } from './patient-compartment.ts';
import type { Resource } from './resource.ts';
import { commonSearch, type SearchParameter, searchParameters } from './resource-types.ts';
import { criterion } from './search-criteria.ts';
import { typesOfSystem } from './system-types.ts';

/**
 * FHIR, "search" of a type: what matches and the client may find.
 *
 * @param patient - the id of the patient whose compartment alone is searched
 */
export function searchType(call: Call, type: string, patient: string | null): FhirAnswer {
  const { types, store, setup } = call.service;
  demandScope(call, attempt(call, 'search-type', type));
  const known = types.get(type);
  const query = readQuery(call, known ? searchParameters(known) : new Map());
  const inCompartment = (resource: Resource) => {
    if (patient === null) return true;
    const patients = known ? patientsOf(resource, known, setup.site.fhir) : 'shared';
    return patients !== 'shared' && patients.has(patient);
  };
  return searchset(call, query, store.all(type).filter(inCompartment));
}

/** FHIR, "search" of the whole system, by the parameters all types have. */
export function searchSystem(call: Call): FhirAnswer {
  const types = typesOfSystem(call, 'search-system');
  const query = readQuery(call, new Map(Object.entries(commonSearch)));
  const asked = call.parameters.get('_type');
  if (asked !== null) query.used.set('_type', asked);
  return searchset(
    call,
    query,
    types.flatMap((type) => call.service.store.all(type)),
  );
}

interface Query {
  readonly criteria: readonly ((resource: Resource) => boolean)[];
  /** The parameters that take part: the rest is left out of the self link (FHIR, "Server Conformance"). */
  readonly used: URLSearchParams;
}

const steering = ['_count', '_offset', '_type', '_format', '_pretty'];
const inclusions = ['_include', '_revinclude'];

/** @throws FhirProblem 400 for what is malformed, and for what is unknown when the client prefers strictness */
function readQuery(call: Call, parameters: ReadonlyMap<string, SearchParameter>): Query {
  const isStrict = /(^|[,;\s])handling=strict($|[,;\s])/i.test(call.header('prefer') ?? '');
  const criteria: ((resource: Resource) => boolean)[] = [];
  const used = new URLSearchParams();
  for (const [key, value] of call.parameters) {
    const [name = '', modifier] = key.split(/:(.*)/s);
    const parameter = parameters.get(name);
    if (parameter && value !== '') {
      criteria.push(criterion(parameter, modifier ?? null, value, call.service.setup.site.fhir));
      used.append(key, value);
    } else if (inclusions.includes(key)) {
      used.append(key, value);
    } else if (isStrict && !parameter && !steering.includes(key)) {
      throw new FhirProblem(400, 'not-supported', 'a search parameter is not supported here');
    }
  }
  return { criteria, used };
}

function searchset(call: Call, { criteria, used }: Query, candidates: readonly Resource[]): FhirAnswer {
  const interaction = call.path.some((segment) => call.service.types.has(segment)) ? 'search-type' : 'search-system';
  const matches = candidates.filter(
    (resource) =>
      criteria.every((holds) => holds(resource)) &&
      isAllowed(call, attempt(call, interaction, resource.resourceType), resource),
  );
  const { items, links } = page(call, matches, used);
  const more = new Map<string, Resource>();
  for (const resource of [...includedBy(call, items), ...revincludedBy(call, items)]) {
    if (!items.includes(resource)) more.set(`${resource.resourceType}/${resource.id}`, resource);
  }
  const entry = [
    ...items.map((resource) => entryOf(call, resource, 'match')),
    ...[...more.values()].map((resource) => entryOf(call, resource, 'include')),
  ];
  const bundle = { resourceType: 'Bundle', type: 'searchset', total: matches.length, link: links };
  return { status: 200, resource: { ...bundle, ...(entry.length > 0 && { entry }) } };
}

function entryOf(call: Call, resource: Resource, mode: 'match' | 'include'): JsonObject {
  const fullUrl = `${call.service.setup.site.fhir}/${resource.resourceType}/${resource.id}`;
  return { fullUrl, resource, search: { mode } };
}
