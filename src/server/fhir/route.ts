import { FhirProblem } from './fhir-problem.ts';
import type { Interaction, ResourceType } from './resource-types.ts';

/** What a method and a path below the base URL ask for (FHIR, "RESTful API"). */
export type Route =
  | { readonly interaction: 'search-system' | 'history-system' | 'bundle' }
  | {
      readonly interaction: 'search-type';
      readonly type: string;
      /** The patient whose compartment is searched. */
      readonly patient: string | null;
    }
  | { readonly interaction: 'create' | 'history-type'; readonly type: string }
  | {
      readonly interaction: 'read' | 'history-instance' | 'update' | 'patch' | 'delete';
      readonly type: string;
      readonly id: string;
    }
  | { readonly interaction: 'vread'; readonly type: string; readonly id: string; readonly versionId: string };

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Finds what is asked for.
 *
 * @param offered - the interactions with a type; empty for a type the server does not have
 * @throws FhirProblem 404 when nothing is at the path, 405 when the method is not for it
 */
export function route(
  method: string,
  path: readonly string[],
  types: ReadonlyMap<string, ResourceType>,
  offered: (type: string) => readonly Interaction[],
): Route {
  const found = (candidate: string): Route | null => {
    const route = routeOf(candidate, path);
    if (!route || !('type' in route)) return route;
    return types.has(route.type) && offered(route.type).includes(route.interaction) ? route : null;
  };
  const wanted = found(method);
  if (wanted) return wanted;
  const allowed = methods.filter(found);
  if (allowed.length === 0) throw new FhirProblem(404, 'not-supported', `there is nothing at /${path.join('/')}`);
  const text = `${method} is not served here; ${allowed.join(', ')} are`;
  throw new FhirProblem(405, 'not-supported', text, { allow: allowed.join(', ') });
}

function routeOf(method: string, path: readonly string[]): Route | null {
  const [first, second, third, fourth, ...rest] = path;
  if (rest.length > 0) return null;
  if (first === undefined) {
    if (method === 'GET') return { interaction: 'search-system' };
    return method === 'POST' ? { interaction: 'bundle' } : null;
  }
  if (first.startsWith('_')) {
    if (second !== undefined) return null;
    if (first === '_history' && method === 'GET') return { interaction: 'history-system' };
    return first === '_search' && method === 'POST' ? { interaction: 'search-system' } : null;
  }
  if (second === undefined) return typeRoute(method, first);
  if (second.startsWith('_')) {
    if (third !== undefined) return null;
    if (second === '_history' && method === 'GET') return { interaction: 'history-type', type: first };
    return second === '_search' && method === 'POST'
      ? { interaction: 'search-type', type: first, patient: null }
      : null;
  }
  if (third === undefined) return instanceRoute(method, first, second);
  if (third === '_history') {
    if (method !== 'GET') return null;
    return fourth === undefined
      ? { interaction: 'history-instance', type: first, id: second }
      : { interaction: 'vread', type: first, id: second, versionId: fourth };
  }
  const searches = fourth === undefined ? method === 'GET' : fourth === '_search' && method === 'POST';
  return first === 'Patient' && searches ? { interaction: 'search-type', type: third, patient: second } : null;
}

function typeRoute(method: string, type: string): Route | null {
  if (method === 'GET') return { interaction: 'search-type', type, patient: null };
  return method === 'POST' ? { interaction: 'create', type } : null;
}

const instanceInteractions = { GET: 'read', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

function instanceRoute(method: string, type: string, id: string): Route | null {
  const found = Object.entries(instanceInteractions).find(([name]) => name === method)?.[1];
  return found ? { interaction: found, type, id } : null;
}
