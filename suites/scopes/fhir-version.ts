import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { patientRecord } from '../../src/artifacts/patient-record.ts';
import { patientParameter } from '../../src/fhir/patient-compartment.ts';
import { addressOf, resourcesServed } from '../../src/fhir/served.ts';
import { oddShapes, tellingTypes } from '../../src/fhir/shapes.ts';
import { Skip, test } from '../../src/kit/index.ts';

const mostShown = 4;

const shapes = test({
  id: 'scopes/fhir-version-shapes',
  title: 'Resources have the shapes of the FHIR version that the server speaks',
  requirements: ['scopes/fhir-version-shapes'],
  needs: [patientRecord, fhirReader, fhirVersion],
  async run({ patientRecord: { patient, shows, whole }, fhirReader, fhirVersion: { version, release }, should }) {
    if (release === 'R6') throw new Skip('undecided', `the shapes of ${version} may change until R6 is published`);
    const searches = tellingTypes
      .filter((type) => type !== 'Patient')
      .map((type) => `${type}?${patientParameter(type, release)}=${encodeURIComponent(patient)}&_count=3`);
    const answers = await Promise.all(
      [`Patient/${encodeURIComponent(patient)}`, ...searches].map((path) => fhirReader.read(path, whole)),
    );
    const exchanges = [...shows, ...answers].filter((exchange) => resourcesServed(exchange).some(isTelling));
    if (exchanges.length === 0) throw new Skip('undecided', 'nothing was served whose shape differs between versions');
    const odd = exchanges.flatMap((exchange) =>
      resourcesServed(exchange).flatMap((resource) =>
        oddShapes(resource, release).map((what) => ({ exchange, what: `${addressOf(resource)}: ${what}` })),
      ),
    );
    const told = [...new Set(odd.map(({ what }) => what))];
    should('scopes/fhir-version-shapes', odd.length === 0, {
      expected: `resources of FHIR ${version}, which the server says it speaks`,
      actual:
        told.slice(0, mostShown).join('; ') + (told.length > mostShown ? `; … ${told.length} in all` : '') ||
        'they are',
      because: odd.length === 0 ? exchanges : [...new Set(odd.map(({ exchange }) => exchange))],
    });
  },
});

function isTelling({ resourceType }: { readonly resourceType?: unknown }): boolean {
  return tellingTypes.includes(String(resourceType));
}

export const fhirVersionTests = [shapes];
