import { readJson } from '../http/read-json.ts';
import { type Exchange, isRecord } from '../kit/index.ts';

/** The `error` of an OAuth 2.0 error response (RFC 6749 section 5.2); null when the answer is none. */
export function errorIn({ response }: Exchange): string | null {
  if (!response || response.status < 400) return null;
  const json = readJson(response.body);
  if (json.kind !== 'value' || !isRecord(json.value)) return null;
  return typeof json.value.error === 'string' ? json.value.error : null;
}
