import { type Release, releaseOf } from '../fhir/release.ts';
import { artifact, configuration, optional } from '../kit/index.ts';
import { capabilityStatement } from './capability-statement.ts';

/** The release of FHIR the target speaks: as configured, else as /metadata says, else R4. */
export const fhirRelease = artifact({
  name: 'fhirRelease',
  needs: [configuration, optional(capabilityStatement)],
  obtain({ configuration: { fhirVersion }, capabilityStatement }): Release {
    const said = fhirVersion ?? capabilityStatement?.resource.fhirVersion;
    return (typeof said === 'string' ? releaseOf(said) : null) ?? 'R4';
  },
});
