import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import { type Asker, type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { offersOperation } from '../../src/fhir/interactions.ts';
import { type Resource, resourcesServed } from '../../src/fhir/served.ts';
import { artifact, configuration, optional, Skip, type TargetData, test } from '../../src/kit/index.ts';
import { judgeNobodies, judgeProbes, probedBy, uncoveredBy } from './judging.ts';
import { demandOnePatient, othersData } from './one-patient.ts';

/** An operation that reads what is a patient's, by GET. */
interface Operation {
  readonly type: string;
  readonly name: string;
  path(patient: string, data: TargetData): string;
}

/** `Patient/$everything` is tried among searches. */
const readingOperations: readonly Operation[] = [
  {
    type: 'Observation',
    name: 'lastn',
    path: (patient, { category = 'vital-signs' }) =>
      `Observation/$lastn?max=1&patient=${patient}&category=${encodeURIComponent(category)}`,
  },
  { type: 'DocumentReference', name: 'docref', path: (patient) => `DocumentReference/$docref?patient=${patient}` },
  { type: 'Patient', name: 'summary', path: (patient) => `Patient/${patient}/$summary` },
];

/** Those that /metadata lists, and those that bring something all the same. */
const operations = artifact({
  name: 'operations',
  needs: [configuration, optional(capabilityStatement), patientRecord, fhirReader],
  async obtain({ configuration: { data }, capabilityStatement, patientRecord: { patient, whole }, fhirReader }) {
    const isThere = async ({ type, name, path }: Operation) =>
      offersOperation(capabilityStatement?.resource, type, name) ||
      resourcesServed(await fhirReader.read(path(patient, data), whole)).length > 0;
    const there = await Promise.all(readingOperations.map(isThere));
    const offered = readingOperations.filter((_, index) => there[index]);
    if (offered.length > 0) return offered;
    const known = readingOperations.map(({ type, name }) => `${type}/$${name}`).join(', ');
    throw new Skip('not-advertised', `/metadata lists no operation that reads, of ${known}, and none answers`);
  },
});

const nobody = test({
  id: 'scopes/operations-need-token',
  title: 'Operations bring a patient\u2019s data to nobody without a token',
  requirements: ['scopes/token-validated'],
  needs: [configuration, operations, patientRecord, fhirReader],
  async run({ configuration: { data }, operations, patientRecord: { patient, whole }, fhirReader, must, undecided }) {
    const ways = waysOf(
      operations.map(({ path }) => path(patient, data)),
      fhirReader,
    );
    const isForbidden = (resource: Resource) => !isMade(resource);
    await judgeNobodies('scopes/token-validated', ways, isForbidden, whole, { must, undecided });
  },
});

const otherTypes = test({
  id: 'scopes/operations-within-scope',
  title: 'Operations bring no type of resource that no scope covers',
  requirements: ['scopes/scope-covers-request'],
  needs: [configuration, operations, patientRecord, scopeGrants, fhirReader],
  async run({ configuration: { data }, operations, patientRecord, scopeGrants, fhirReader, must, undecided }) {
    const { patient, whole } = patientRecord;
    const token = await scopeGrants.exactly(scopeGrants.on('Patient'));
    const ways = waysOf(
      operations.map(({ path }) => path(patient, data)),
      fhirReader,
    );
    const isUncovered = uncoveredBy(token);
    const isForbidden = (resource: Resource) => isUncovered(resource) && !isMade(resource);
    const probes = await probedBy<Asker>(ways, isForbidden, token, whole);
    const expected = `nothing but Patient to come out with ${token.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', probes, expected, { must, undecided });
  },
});

const otherPatient = test({
  id: 'scopes/operations-for-one-patient',
  title: 'Operations bring nobody else\u2019s data to patient/ scopes',
  requirements: ['scopes/one-patient-only'],
  needs: [configuration, operations, patientRecord, othersRecord, fhirReader, fhirBaseUrl],
  async run({ configuration: { data }, operations, patientRecord, othersRecord, fhirReader, fhirBaseUrl, ...judge }) {
    const { patient, whole } = patientRecord;
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const ways = waysOf(
      operations.map(({ path }) => path(othersRecord.patient, data)),
      fhirReader,
    );
    const probes = await probedBy<Asker>(ways, isForbidden, whole, othersRecord.bearer);
    const expected = 'patient/ scopes to bring nobody\u2019s data but those of the patient in context';
    judgeProbes('scopes/one-patient-only', probes, expected, judge);
  },
});

/** What an operation makes of what it found is none of the record. */
function isMade({ resourceType }: Resource): boolean {
  return resourceType === 'Parameters' || resourceType === 'Composition';
}

function waysOf(paths: readonly string[], { read }: FhirReader) {
  return paths.map((path) => ({ what: `GET ${path}`, ask: (of: Asker) => read(path, of) }));
}

export const operationTests = [nobody, otherTypes, otherPatient];
