import { jsonObjectIn } from '../http/json-object-in.ts';
import { readJson } from '../http/read-json.ts';
import { type Exchange, isRecord } from '../kit/index.ts';
import { xmlResources } from './xml-resources.ts';

export type Resource = Readonly<Record<string, unknown>>;

/** Bundles within Bundles are those of searches in a batch. */
const deepest = 3;

/** All resources an answer serves: itself, or what its Bundle holds; what is only about the request is left out. */
export function resourcesServed(exchange: Exchange): readonly Resource[] {
  return isSuccessful(exchange) ? resourcesGivenAway(exchange) : [];
}

/** The same whatever the status: a refusal may carry what it refuses. */
export function resourcesGivenAway({ response }: Exchange): readonly Resource[] {
  const json = response && readJson(response.body);
  return json?.kind === 'value' ? unpacked(json.value, deepest) : [];
}

/** Those of one type. */
export function givenAwayOf(exchange: Exchange, type: string): readonly Resource[] {
  return resourcesGivenAway(exchange).filter(({ resourceType }) => resourceType === type);
}

/** The resources in an answer in XML, whatever its status: types and ids alone. */
export function resourcesInXml({ response }: Exchange): readonly Resource[] {
  return response ? xmlResources(response.body) : [];
}

/** Whether an answer lets in who asked: by its status, or by what a refusal carries. */
export function letsIn(exchange: Exchange): boolean {
  return isSuccessful(exchange) || resourcesGivenAway(exchange).length > 0;
}

function isSuccessful({ response }: Exchange): boolean {
  return response !== null && response.status >= 200 && response.status < 300;
}

/** Those of one type. */
export function servedResources(exchange: Exchange, type: string): readonly Resource[] {
  return resourcesServed(exchange).filter(({ resourceType }) => resourceType === type);
}

/** `Type/id` */
export function addressOf({ resourceType, id }: Resource): string {
  return `${String(resourceType)}/${String(id)}`;
}

/** Its version as it says itself, else the first one. */
export function versionOf({ meta }: Resource): string {
  return isRecord(meta) && typeof meta.versionId === 'string' ? meta.versionId : '1';
}

function unpacked(value: unknown, depth: number): readonly Resource[] {
  if (!isRecord(value) || depth === 0) return [];
  const { resourceType, entry } = value;
  // What says of itself that it is none is no resource: a server may greet those who ask at its base.
  if (typeof resourceType !== 'string' || resourceType === 'OperationOutcome') return [];
  if (resourceType !== 'Bundle') return [value];
  const entries = Array.isArray(entry) ? entry.filter(isRecord) : [];
  return entries.flatMap(({ resource }) => unpacked(resource, depth - 1));
}

/** Where the next page of a Bundle is; null where there is none. */
export function nextPage(exchange: Exchange): string | null {
  const links = jsonObjectIn(exchange)?.link;
  const next = Array.isArray(links) ? links.filter(isRecord).find(({ relation }) => relation === 'next') : undefined;
  return typeof next?.url === 'string' ? next.url : null;
}
