import type { JsonObject } from '../json.ts';
import type { Call } from './call.ts';
import { FhirProblem } from './fhir-problem.ts';

const usualCount = 50;
const largestCount = 200;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly links: readonly JsonObject[];
}

/**
 * The page of a list that `_count` and `_offset` ask for, with its links; `_offset` is the server's own.
 *
 * @param used - the parameters that took part, for the self link
 * @throws FhirProblem 400 when either is no whole number
 */
export function page<Item>(call: Call, all: readonly Item[], used: URLSearchParams): Page<Item> {
  const count = Math.min(wholeNumber(call, '_count') ?? usualCount, largestCount);
  const offset = wholeNumber(call, '_offset') ?? 0;
  const steps = { self: offset, previous: offset - count, next: offset + count };
  const offered = Object.entries(steps).filter(
    ([relation, start]) => relation === 'self' || (count > 0 && start >= 0 && start < all.length),
  );
  return {
    items: all.slice(offset, offset + count),
    links: offered.map(([relation, start]) => ({ relation, url: pageUrl(call, used, start) })),
  };
}

function pageUrl({ service, path, parameters }: Call, used: URLSearchParams, offset: number): string {
  const asked = new URLSearchParams(used);
  const count = parameters.get('_count');
  if (count !== null) asked.set('_count', count);
  if (offset > 0) asked.set('_offset', String(offset));
  // A page of a search by POST is fetched by GET.
  const address = [service.setup.site.fhir, ...path.filter((segment) => segment !== '_search')].join('/');
  return asked.size > 0 ? `${address}?${asked}` : address;
}

function wholeNumber({ parameters }: Call, name: string): number | null {
  const text = parameters.get(name);
  if (text === null || text === '') return null;
  if (!/^\d{1,9}$/.test(text)) throw new FhirProblem(400, 'invalid', `${name} is a whole number`);
  return Number(text);
}
