import { isJsonObject } from '../json.ts';

/** A reference to a resource of this server. */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
}

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/**
 * Reads a literal reference, relative or below the server's own base URL, with a version or without (FHIR, "References").
 *
 * @param value - a Reference element, or its `reference`
 * @returns null for everything that does not lead to a resource of this server
 */
export function localReference(value: unknown, fhirBase: string): LocalReference | null {
  const text = isJsonObject(value) ? value.reference : value;
  if (typeof text !== 'string') return null;
  const [, type, id] = relative.exec(text.startsWith(`${fhirBase}/`) ? text.slice(fhirBase.length + 1) : text) ?? [];
  return type && id ? { type, id } : null;
}
