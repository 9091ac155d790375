/** The media type of FHIR's JSON, which had another name in DSTU2; the current one where the version is not known. */
export function jsonMediaType(fhirVersion: string | undefined): string {
  return fhirVersion?.startsWith('1.') ? 'application/json+fhir' : 'application/fhir+json';
}

/** Whether a Content-Type is one of FHIR's for JSON, or plain JSON. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  return /^application\/(fhir\+json|json\+fhir|json)\s*(;|$)/i.test(contentType?.trim() ?? '');
}
