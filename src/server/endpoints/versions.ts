import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import { shortVersion } from '../fhir/accept.ts';
import { isIn } from '../fhir/span.ts';
import { fhirJson, json, operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Which versions of FHIR a server speaks, and which unless told otherwise. */
export interface SpokenVersions {
  readonly versions: readonly string[];
  readonly default: string;
}

export function spokenVersions({ fhirVersion }: Setup): SpokenVersions {
  return { versions: [shortVersion(fhirVersion)], default: shortVersion(fhirVersion) };
}

/** FHIR's operation `$versions`, which is there since R4: as Parameters, or as plain JSON for those who ask for that alone. */
export function versionsEndpoint({ fhirVersion }: Setup, behaviour: Behaviour): Endpoint {
  const refuse = (status: number, text: string) => operationOutcome(fhirVersion, 'not-supported', text, { status });
  return {
    name: 'versions',
    paths: ['/fhir/$versions'],
    methods: {
      GET({ req }) {
        if (isIn(fhirVersion, { until: '3.0.2' })) return refuse(404, `there is no $versions in FHIR ${fhirVersion}`);
        const spoken = behaviour.spokenVersions();
        if (req.header('accept')?.trim() === 'application/json') return json(spoken);
        const parameter = [
          ...spoken.versions.map((version) => ({ name: 'version', valueCode: version })),
          { name: 'default', valueCode: spoken.default },
        ];
        return fhirJson({ resourceType: 'Parameters', parameter }, fhirVersion);
      },
    },
    refuse,
  };
}
