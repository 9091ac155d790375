import { fhirReader, type Reading } from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { mostPages, type OthersRecord, othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { isForOnePatient, type ScopedGrant } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { linkedPatients, patientsOf } from '../../src/fhir/patient-compartment.ts';
import { referencesOut } from '../../src/fhir/references-out.ts';
import { addressOf, type Resource, servedResources, versionOf } from '../../src/fhir/served.ts';
import { type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { judgeProbes, probed } from './judging.ts';

const requirement = 'scopes/one-patient-only';
const expected = 'patient/ scopes to bring nobody\u2019s data but those of the patient in context';

const byId = test({
  id: 'scopes/other-patient-by-id',
  title: 'patient/ scopes do not read another patient\u2019s data by id',
  requirements: [requirement],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl],
  async run({ patientRecord: { whole, patient }, othersRecord, fhirReader, fhirBaseUrl, must, undecided }) {
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const first = othersRecord.resources[0];
    const instances = [`Patient/${othersRecord.patient}`, ...(first ? [addressOf(first)] : [])];
    const paths = [
      ...instances.flatMap((path) => [path, `${path}/_history`]),
      ...(first ? [`${addressOf(first)}/_history/${versionOf(first)}`] : []),
      `Patient/${othersRecord.patient}/$everything`,
    ];
    const probes = await probed(paths, isForbidden, fhirReader.by(whole), othersRecord.witness);
    judgeProbes(requirement, probes, expected, { must, undecided });
  },
});

const bySearch = test({
  id: 'scopes/other-patient-by-search',
  title: 'patient/ scopes do not find another patient\u2019s data, however one searches',
  requirements: [requirement],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl],
  async run({ patientRecord: { whole, patient, type }, othersRecord, fhirReader, fhirBaseUrl, must, undecided }) {
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const paths = searchesFor(type, patient, othersRecord);
    const probes = await probed(paths, isForbidden, fhirReader.by(whole), othersRecord.witness);
    const unaimed = await fhirReader.pages(type, whole, mostPages);
    const control = othersRecord.shows[0] ?? null;
    const pages = unaimed.map((exchange) => ({ what: `GET ${type}`, exchange, isForbidden, control }));
    judgeProbes(requirement, [...probes, ...pages], expected, { must, undecided });
  },
});

/** Searches that lead to another patient's data where nobody keeps watch. */
function searchesFor(type: string, patient: string, { patient: other, resources }: OthersRecord): readonly string[] {
  const ids = resources.slice(0, 3).map(({ id }) => String(id));
  return [
    `${type}?patient=${other}`,
    `${type}?patient=${patient},${other}`,
    `${type}?subject=Patient/${other}`,
    `${type}?patient=Patient/${other}&_count=5`,
    `${type}?patient._id=${other}`,
    `${type}?subject:Patient._id=${other}`,
    `Patient/${other}/${type}`,
    `Patient/${other}/${type}?_count=5`,
    'Patient',
    `Patient?_id=${other}`,
    `Patient?_id=${patient},${other}`,
    `Patient?_id=${other}&_revinclude=${type}:subject`,
    `Patient?_id=${other}&_revinclude=${type}:patient`,
    `?_type=${type}`,
    `?_type=Patient,${type}`,
    `${type}/_history`,
    'Patient/_history',
    `_history?_type=${type}`,
    ...(ids.length > 0 ? [`${type}?_id=${ids.join(',')}`, `${type}?_id=${ids[0]}&_include=${type}:subject`] : []),
  ];
}

const included = test({
  id: 'scopes/other-patient-by-include',
  title: 'patient/ scopes bring another patient\u2019s data along with no search',
  requirements: [requirement],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl, optional(fhirVersion)],
  async run({ patientRecord: { whole, patient, type }, othersRecord, fhirReader, fhirBaseUrl, fhirVersion, ...judge }) {
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const { toPractitioner, toOthers } = referencesOut(fhirVersion?.release ?? null);
    // What belongs to nobody is referred to from everybody's record.
    const [shared] = othersRecord.resources.flatMap(performersOf);
    const paths = [
      ...(shared ? [`${shared.split('/')[0]}?_id=${shared.split('/')[1]}&_revinclude=${type}:performer`] : []),
      ...toPractitioner.map((name) => `Practitioner?_revinclude=Patient:${name}`),
      'Organization?_revinclude=Patient:organization',
      `Practitioner?_revinclude=${type}:performer`,
      `Patient?_revinclude=${type}:patient`,
      `Patient?_revinclude=${type}:subject`,
      `${type}?_include=${type}:subject`,
      `${type}?_include=${type}:patient`,
      // References may lead out of a record.
      ...toOthers.map((name) => `${type}?patient=${patient}&_include=${type}:${name}`),
      `Encounter?patient=${patient}&_include=Encounter:part-of`,
    ];
    const probes = await probed(paths, isForbidden, fhirReader.by(whole), othersRecord.witness);
    judgeProbes(requirement, probes, expected, judge);
  },
});

/** Whom an observation names as its performer, if it is a practitioner or an organization. */
export function performersOf({ performer }: Resource): readonly string[] {
  const listed: readonly unknown[] = Array.isArray(performer) ? performer : [performer];
  return listed.flatMap((one) => {
    const reference = typeof one === 'object' && one !== null && 'reference' in one ? String(one.reference) : '';
    return /^(Practitioner|Organization)\/[A-Za-z0-9.-]+$/.test(reference) ? [reference] : [];
  });
}

const byPost = test({
  id: 'scopes/other-patient-by-post',
  title: 'patient/ scopes bring nobody else\u2019s data by POST: in searches, batches and transactions',
  requirements: [requirement],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl],
  async run({ patientRecord: { whole, patient, type }, othersRecord, fhirReader, fhirBaseUrl, must, undecided }) {
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const control = othersRecord.shows[0] ?? null;
    const address = othersRecord.resources.slice(0, 1).map(addressOf);
    const paths = [...address, `Patient/${othersRecord.patient}`, `${type}?patient=${othersRecord.patient}`];
    const exchanges: readonly (readonly [string, Promise<Exchange>])[] = [
      [
        `POST ${type}/_search patient=${othersRecord.patient}`,
        fhirReader.search(type, { patient: othersRecord.patient }, whole),
      ],
      [`POST ${type}/_search _count=50`, fhirReader.search(type, { _count: '50' }, whole)],
      [`batch of ${paths.join(', ')}`, fhirReader.bundle('batch', paths, whole)],
      [`transaction of ${paths.join(', ')}`, fhirReader.bundle('transaction', paths, whole)],
    ];
    const probes = await Promise.all(
      exchanges.map(async ([what, sent]) => ({ what, exchange: await sent, isForbidden, control })),
    );
    judgeProbes(requirement, probes, expected, { must, undecided });
  },
});

/** @throws Skip when a token is good for more than one patient's data */
export function demandOnePatient(grant: ScopedGrant): void {
  if (isForOnePatient(grant)) return;
  throw new Skip('undecided', `needs a token with patient/ scopes alone; granted: ${grant.granted.join(' ')}`);
}

/** Whether a resource is in another patient's record alone. Records joined by Patient.link are left out of account. */
export async function othersData(
  patient: string,
  read: Reading,
  fhirBaseUrl: string,
): Promise<(resource: Resource) => boolean> {
  // Some say Patient/1 for 1: another requirement's matter, and still the same patient.
  const id = patient.split('/').at(-1) ?? patient;
  const own = servedResources(await read(`Patient/${id}`), 'Patient');
  const joined = [id, ...own.flatMap((one) => linkedPatients(one, fhirBaseUrl))];
  return (resource) => {
    const patients = patientsOf(resource, fhirBaseUrl);
    const links = resource.resourceType === 'Patient' ? linkedPatients(resource, fhirBaseUrl) : [];
    return patients.length > 0 && ![...patients, ...links].some((one) => joined.includes(one));
  };
}

export const onePatientTests = [byId, bySearch, included, byPost];
