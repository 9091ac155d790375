import { UsageError } from '../kit/index.ts';
import { type FhirVersion, fhirVersions } from '../server/index.ts';

/** A FHIR version that the reference server can speak. @throws UsageError for any other */
export function findFhirVersion(version: string): FhirVersion {
  const known = fhirVersions.find((candidate) => candidate === version);
  if (known) return known;
  throw new UsageError(`--fhir-version: expected one of ${fhirVersions.join(', ')}, got "${version}"`);
}
