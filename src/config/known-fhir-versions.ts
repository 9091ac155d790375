/** Published FHIR releases, to suggest one where another word stands. */
export const knownFhirVersions: readonly string[] = ['1.0.2', '3.0.2', '4.0.1', '4.3.0', '5.0.0'];
