import { readJson } from '../http/read-json.ts';
import { Block, type Exchange, isRecord, shortened } from '../kit/index.ts';

/** A JSON document as a server answered it. */
export type JsonDocument = JsonObjectDocument | NotJsonObject;

export interface JsonObjectDocument {
  readonly kind: 'object';
  readonly exchange: Exchange;
  readonly object: Readonly<Record<string, unknown>>;
  /** Places of member names that stand twice. */
  readonly duplicates: readonly string[];
  readonly byteOrderMark: boolean;
  readonly depth: number;
}

export interface NotJsonObject {
  readonly kind: 'other';
  readonly exchange: Exchange;
  /** What came instead, such as `404 text/html`, or `200 application/json, but a JSON array`. */
  readonly instead: string;
}

/**
 * Reads an exchange as a document that should be a JSON object with status 200.
 *
 * @param what - of the document, for the message: `the SMART configuration`
 * @throws Block when nothing came back at all: that is the network's doing as likely as the server's
 */
export function readDocument(exchange: Exchange, what: string): JsonDocument {
  const { response, error } = exchange;
  if (!response) {
    throw new Block(`${what} could not be asked for: ${error?.message ?? 'no answer'}`, [exchange]);
  }
  const instead = (found: string): NotJsonObject => ({ kind: 'other', exchange, instead: found });
  const answer = answered(exchange);
  if (response.status !== 200) return instead(answer);
  if (error) return instead(`${answer}, but ${error.message}`);
  const json = readJson(response.body);
  if (json.kind === 'invalid') return instead(`${answer}, but no JSON: ${json.message}`);
  if (!isRecord(json.value)) {
    return instead(`${answer}, but a JSON ${Array.isArray(json.value) ? 'array' : typeof json.value}`);
  }
  const { duplicates, byteOrderMark, depth } = json;
  return { kind: 'object', exchange, object: json.value, duplicates, byteOrderMark, depth };
}

export function isSuccess({ response }: Exchange): boolean {
  return response !== null && response.status >= 200 && response.status < 300;
}

/** Status and media type of what came back: `404 text/html`; what went wrong when nothing did. */
export function answered({ response, error }: Exchange): string {
  if (!response) return error?.message ?? 'no answer';
  const type = response.headers['content-type'];
  return `${response.status} ${type === undefined ? 'without a Content-Type' : shortened(type, 60)}`;
}

/** The media type of a Content-Type header, in lower case and without parameters; null when there is none. */
export function mediaType(contentType: string | undefined): string | null {
  return contentType?.split(';')[0]?.trim().toLowerCase() || null;
}
