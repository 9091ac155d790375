import { artifact, configuration, Skip, type TargetData } from '../kit/index.ts';

/** The FHIR base URL of the target. */
export const fhirBaseUrl = artifact({
  name: 'fhirBaseUrl',
  needs: [configuration],
  obtain({ configuration }) {
    if (configuration.fhirBaseUrl) return configuration.fhirBaseUrl;
    throw new Skip('not-configured', 'no FHIR base URL was given');
  },
});

/** A type of which the configured patient has resources. */
export function patientType({ resourceType }: TargetData): string {
  return resourceType === undefined || resourceType === 'Patient' ? 'Observation' : resourceType;
}
