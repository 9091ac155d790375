import { type FhirVersion, fhirVersions } from '../options.ts';

/** The FHIR versions from and to which something holds, both included; unlimited unless given. */
export interface Span {
  readonly since?: FhirVersion;
  readonly until?: FhirVersion;
}

export function isIn(version: FhirVersion, { since = '1.0.2', until = '6.0.0-ballot3' }: Span): boolean {
  const at = fhirVersions.indexOf(version);
  return at >= fhirVersions.indexOf(since) && at <= fhirVersions.indexOf(until);
}
