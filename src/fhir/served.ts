import { readJson } from '../http/read-json.ts';
import { type Exchange, isRecord } from '../kit/index.ts';

/** The resources of a type that an answer gives away, be it one of them or a Bundle with some. */
export function servedResources({ response }: Exchange, type: string): readonly Readonly<Record<string, unknown>>[] {
  if (!response || response.status < 200 || response.status > 299) return [];
  const json = readJson(response.body);
  if (json.kind !== 'value' || !isRecord(json.value)) return [];
  const { resourceType, entry } = json.value;
  const entries = resourceType === 'Bundle' && Array.isArray(entry) ? entry.filter(isRecord) : [];
  return [json.value, ...entries.map(({ resource }) => resource)]
    .filter(isRecord)
    .filter((resource) => resource.resourceType === type);
}
