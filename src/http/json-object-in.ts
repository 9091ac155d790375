import { type Exchange, isRecord } from '../kit/index.ts';
import { readJson } from './read-json.ts';

/** The JSON object in the body of an answer, whatever its status and media type; null when there is none. */
export function jsonObjectIn({ response }: Exchange): Readonly<Record<string, unknown>> | null {
  const json = readJson(response?.body ?? '');
  return json.kind === 'value' && isRecord(json.value) ? json.value : null;
}
