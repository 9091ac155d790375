import { isRecord } from '../../kit/index.ts';

/** A JSON object of a resource. */
export type Json = Readonly<Record<string, unknown>>;

/** The objects of an array; none where there is no array. */
export function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Whether there is a text at all. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

const structureDefinition = 'http://hl7.org/fhir/StructureDefinition';

export const brandExtension = `${structureDefinition}/organization-brand`;
export const portalExtension = `${structureDefinition}/organization-portal`;
export const fhirVersionExtension = `${structureDefinition}/endpoint-fhir-version`;
export const dataAbsentReason = `${structureDefinition}/data-absent-reason`;

/** The extensions of that URL, each with its place in the array. */
export function extensionsOf(element: Json, url: string): readonly { readonly extension: Json; readonly at: number }[] {
  const { extension: listed } = element;
  if (!Array.isArray(listed)) return [];
  const found: { extension: Json; at: number }[] = [];
  for (const [at, extension] of listed.entries()) {
    if (isRecord(extension) && extension.url === url) found.push({ extension, at });
  }
  return found;
}

/** Whether an element says why it has no value. */
export function isAbsentForReason(element: unknown): boolean {
  return isRecord(element) && extensionsOf(element, dataAbsentReason).length > 0;
}

/** A URL that a browser can open. */
export function isWebUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^/?#]/i.test(value) && URL.canParse(value);
}
