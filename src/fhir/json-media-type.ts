import type { Release } from './release.ts';

/** The media type of FHIR's JSON, which had another name in DSTU2; the current one where the release is not known. */
export function jsonMediaType(release: Release | null): string {
  return release === 'DSTU2' ? 'application/json+fhir' : 'application/fhir+json';
}

/** The media types of FHIR's releases for JSON, the current one first: what a request accepts that can do with any. */
export const anyFhirJson = 'application/fhir+json, application/json+fhir, application/json;q=0.9';

/** FHIR's JSON of one version, asked for at a server that speaks several (FHIR since R4, "FHIR Version Parameter"). */
export function jsonOfVersion(fhirVersion: string): string {
  return `application/fhir+json; fhirVersion=${fhirVersion.split('.').slice(0, 2).join('.')}`;
}

/** The version that a Content-Type names in its parameter; null when it names none. */
export function versionParameter(contentType: string | undefined): string | null {
  return /;\s*fhirVersion\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? null;
}

/** Whether a Content-Type is one of FHIR's for JSON, or plain JSON. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  return /^application\/(fhir\+json|json\+fhir|json)\s*(;|$)/i.test(contentType?.trim() ?? '');
}
