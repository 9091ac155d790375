import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { patientParameter, typesOfPatients } from '../../src/fhir/patient-compartment.ts';
import { resourceTypesIn } from '../../src/fhir/resource-types-in.ts';
import { addressOf, resourcesServed } from '../../src/fhir/served.ts';
import { optional, test } from '../../src/kit/index.ts';
import { controlled, judgeProbes, type Probe } from './judging.ts';
import { demandOnePatient, othersData } from './one-patient.ts';

/** Types that are looked at, a few requests for each. */
const mostTypes = 20;

/** Which element says whose a resource is differs from type to type, and from version to version. */
const everyType = test({
  id: 'scopes/other-patient-every-type',
  title: 'patient/ scopes bring no other patient\u2019s data, of whatever type',
  requirements: ['scopes/one-patient-only'],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl, optional(fhirVersion), optional(capabilityStatement)],
  async run({
    patientRecord: { whole, patient, type },
    othersRecord: { patient: other, witness },
    fhirReader,
    fhirBaseUrl,
    fhirVersion,
    capabilityStatement,
    must,
    undecided,
  }) {
    demandOnePatient(whole);
    const release = fhirVersion?.release ?? null;
    const served = resourceTypesIn(capabilityStatement?.resource);
    const types = typesOfPatients(release)
      .filter((one) => one !== type && one !== 'Person' && (served.size === 0 || served.has(one)))
      .slice(0, mostTypes);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const probed = async (one: string): Promise<readonly Probe[]> => {
      const search = `${one}?${patientParameter(one, release)}=${other}&_count=5`;
      const control = controlled((await witness?.(search)) ?? null, isForbidden);
      const theirs = control ? resourcesServed(control).filter(isForbidden).slice(0, 1).map(addressOf) : [];
      return Promise.all(
        [search, ...theirs, `${one}?_count=20`].map(async (path) => {
          const exchange = await fhirReader.read(path, whole);
          return { what: `GET ${path}`, exchange, isForbidden, control };
        }),
      );
    };
    const probes = (await Promise.all(types.map(probed))).flat();
    judgeProbes('scopes/one-patient-only', probes, 'nobody\u2019s data but those of the patient in context', {
      must,
      undecided,
    });
  },
});

export const onePatientTypesTests = [everyType];
