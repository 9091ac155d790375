import { artifact, configuration, Skip } from '../kit/index.ts';

/** The FHIR base URL of the target. */
export const fhirBaseUrl = artifact({
  name: 'fhirBaseUrl',
  needs: [configuration],
  obtain({ configuration }) {
    if (configuration.fhirBaseUrl) return configuration.fhirBaseUrl;
    throw new Skip('not-configured', 'no FHIR base URL was given');
  },
});
