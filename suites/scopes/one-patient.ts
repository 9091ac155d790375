import {
  type Asker,
  type FhirReader,
  fhirReader,
  type Looking,
  type Reading,
} from '../../src/artifacts/fhir-reader.ts';
import { fhirVersion } from '../../src/artifacts/fhir-version.ts';
import { mostPages, type OthersRecord, othersRecord, patientRecord } from '../../src/artifacts/patient-record.ts';
import { isForOnePatient, type ScopedGrant, type ScopeGrants, scopeGrants } from '../../src/artifacts/scope-grants.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { accountOf, userOf } from '../../src/artifacts/users.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { linkedPatients, patientsOf } from '../../src/fhir/patient-compartment.ts';
import { referencesOut } from '../../src/fhir/references-out.ts';
import { addressOf, type Resource, resourcesGivenAway, servedResources, versionOf } from '../../src/fhir/served.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import {
  attempted,
  configuration,
  type Exchange,
  isRecord,
  isUnobtainable,
  optional,
  Skip,
  test,
} from '../../src/kit/index.ts';
import { controlled, isEmpty, judgeNobodies, judgeProbes, probed, probedBy, uncoveredBy, type Way } from './judging.ts';

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
      ...instances.flatMap((path) => [
        ...[path, `${path}/_history`, `${path}?_elements=id,subject,patient`, `${path}?_summary=true`],
      ]),
      ...(first ? [`${addressOf(first)}/_history/${versionOf(first)}`] : []),
      `Patient/${othersRecord.patient}/$everything`,
    ];
    const probes = await probed(paths, isForbidden, fhirReader.looking(whole), lookingFor(othersRecord, fhirReader));
    // Servers that know of versions may answer before they have looked at who asks.
    const conditions: readonly Readonly<Record<string, string>>[] = [
      { 'if-none-match': 'W/"smart-check"' },
      { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    ];
    const ways = instances.flatMap((path) =>
      conditions.map((headers) => ({
        what: `GET ${path} with ${Object.keys(headers).join()}`,
        ask: (of: Asker) => fhirReader.readWith(headers, path, of),
      })),
    );
    const conditional = await probedBy<Asker>(ways, isForbidden, whole, othersRecord.bearer);
    judgeProbes(requirement, [...probes, ...conditional], expected, { must, undecided });
  },
});

const bySearch = test({
  id: 'scopes/other-patient-by-search',
  title: 'patient/ scopes do not find another patient\u2019s data, however one searches',
  requirements: [requirement],
  needs: [patientRecord, othersRecord, fhirReader, fhirBaseUrl],
  async run({
    patientRecord: { whole, patient, type },
    othersRecord,
    fhirReader,
    fhirBaseUrl,
    must,
    should,
    undecided,
  }) {
    demandOnePatient(whole);
    const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
    const person = await othersRecord.witness?.(`Patient/${othersRecord.patient}`);
    const [known = {}] = person ? servedResources(person, 'Patient') : [];
    const paths = [...searchesFor(type, patient, othersRecord), ...searchesByName(known)];
    const probes = await probed(paths, isForbidden, fhirReader.looking(whole), lookingFor(othersRecord, fhirReader));
    const unaimed = await fhirReader.pages(type, whole, mostPages);
    const control = othersRecord.shows[0] ?? null;
    const pages = unaimed.map((exchange) => ({ what: `GET ${type}`, exchange, isForbidden, control }));
    judgeProbes(requirement, [...probes, ...pages], expected, { must, undecided });
    for (const search of [`${type}?patient=${othersRecord.patient}`, `Patient?_id=${othersRecord.patient}`]) {
      const plain = await fhirReader.read(search, whole);
      // Where something of one's own is found, the search was made another one, and so was what is counted.
      if (control === null || !isEmpty(plain)) continue;
      for (const exchange of [plain, await fhirReader.read(`${search}&_summary=count`, whole)]) {
        const total = isEmpty(exchange) ? jsonObjectIn(exchange)?.total : undefined;
        if (typeof total !== 'number') continue;
        should(requirement, total === 0, {
          expected: `no count of what is withheld: ${search} finds nothing for this token`,
          actual: `a Bundle with total ${total}, and none of them in it`,
          because: [control, plain, exchange],
        });
      }
    }
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
    `${type}?_filter=${encodeURIComponent(`patient eq Patient/${other}`)}`,
    `${type}?_filter=${encodeURIComponent(`patient re "Patient/${other}"`)}`,
    `${type}?code:not=smart-check`,
    `${type}?patient=${other}&_elements=id,subject,patient`,
    `${type}?_elements=id,subject,patient`,
    `${type}?patient=${other}&_summary=data`,
    ...(ids.length > 0 ? [`${type}?_id=${ids.join(',')}`, `${type}?_id=${ids[0]}&_include=${type}:subject`] : []),
  ];
}

/** Searches for a patient by what is known of the person. */
function searchesByName({ identifier, name, birthDate }: Resource): readonly string[] {
  const listed = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);
  const identifiers = listed(identifier).map(({ system, value }) =>
    typeof system === 'string' ? `${system}|${String(value)}` : String(value),
  );
  const families = listed(name).flatMap(({ family }) => [family].flat().filter((one) => typeof one === 'string'));
  const sought: readonly (readonly [string, unknown])[] = [
    ...identifiers.slice(0, 2).map((one) => ['identifier', one] as const),
    ...families.slice(0, 1).flatMap((one) => [['family', one] as const, ['name', one] as const]),
    ['birthdate', birthDate],
  ];
  return sought.flatMap(([parameter, value]) =>
    typeof value === 'string' ? [`Patient?${parameter}=${encodeURIComponent(value)}`] : [],
  );
}

/** Where a search goes on may be kept apart from whose it is. */
const onFurtherPages = test({
  id: 'scopes/further-pages-withheld',
  title: 'The address of a further page opens it to nobody who may not see the search',
  requirements: ['scopes/one-patient-only', 'scopes/scope-covers-request', 'scopes/token-validated'],
  needs: [patientRecord, attempted(othersRecord), scopeGrants, fhirReader, fhirBaseUrl],
  async run({ patientRecord, othersRecord, scopeGrants, fhirReader, fhirBaseUrl, must, undecided }) {
    const { type, patient, whole } = patientRecord;
    const isOwn = ({ resourceType }: Resource) => resourceType === type;
    const first = await fhirReader.read(`${type}?patient=${patient}&_count=1`, whole);
    const second = await fhirReader.follow(first, whole);
    if (!second || !resourcesGivenAway(second).some(isOwn)) {
      throw new Skip('undecided', `${type}?patient=${patient}&_count=1 was answered without a further page with data`);
    }
    const next: Way<Asker> = {
      what: `the page after ${type}?patient=${patient}&_count=1,`,
      ask: async (of) => (await fhirReader.follow(first, of)) ?? first,
    };
    await judgeNobodies('scopes/token-validated', [next], isOwn, whole, { must, undecided });

    const others = isUnobtainable(othersRecord) || !isForOnePatient(whole) ? null : othersRecord;
    if (others?.bearer) {
      const theirs = await fhirReader.read(`${type}?patient=${others.patient}&_count=1`, others.bearer);
      const after = await fhirReader.follow(theirs, others.bearer);
      const exchange = await fhirReader.follow(theirs, whole);
      if (after && exchange) {
        const isForbidden = await othersData(patient, fhirReader.by(whole), fhirBaseUrl);
        const what = `the page after ${type}?patient=${others.patient}&_count=1, of another token`;
        const probe = { what, exchange, isForbidden, control: controlled(after, isForbidden) };
        judgeProbes(requirement, [probe], expected, { must, undecided });
      }
    }

    const person = await scopeGrants.exactly(scopeGrants.on('Patient'));
    const isForbidden = uncoveredBy(person);
    const exchange = await next.ask(person);
    const probe = { what: next.what, exchange, isForbidden, control: controlled(second, isForbidden) };
    const nothingBut = `nothing but Patient to come out with ${person.granted.join(' ')}`;
    judgeProbes('scopes/scope-covers-request', [probe], nothingBut, { must, undecided });
  },
});

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
    const probes = await probed(paths, isForbidden, fhirReader.looking(whole), lookingFor(othersRecord, fhirReader));
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

/** Where nothing but the rights of users is looked at, a clinician's app reaches all patients whom the clinician may see. */
const forClinicians = test({
  id: 'scopes/one-patient-for-clinicians',
  title: 'patient/ scopes bring an app no more than one patient\u2019s data, though its user may see others',
  requirements: [requirement],
  needs: [configuration, usualWay, patientRecord, othersRecord, scopeGrants, fhirReader, fhirBaseUrl],
  async run({ configuration, usualWay, patientRecord, othersRecord, scopeGrants, fhirReader, fhirBaseUrl, ...judge }) {
    if (scopeGrants.level !== 'patient') throw new Skip('not-advertised', 'permission-patient is not advertised');
    const clinicians = [configuration.ehrLaunch?.user, 'practitioner'].flatMap((name) =>
      name !== undefined && configuration.users[name] ? [userOf(configuration, name)] : [],
    );
    const others = clinicians.filter((one) => accountOf(one) !== accountOf(usualWay.signingIn));
    if (others.length === 0) {
      throw new Skip('not-configured', 'needs users.practitioner, another than who approves elsewhere in this suite');
    }
    const token = await clinicianGrant(scopeGrants);
    demandOnePatient(token);
    const read = fhirReader.by(token);
    const one = token.patient ?? patientRecord.patient;
    const other = one === othersRecord.patient ? patientRecord.patient : othersRecord.patient;
    const own = await read(`Patient/${one}`);
    if (servedResources(own, 'Patient').length === 0) {
      const context = token.patient === null ? 'no patient' : `patient ${one}`;
      throw new Skip('undecided', `the token of a clinician, with ${context} in context, does not read Patient/${one}`);
    }
    const isForbidden = await othersData(one, read, fhirBaseUrl);
    const { type } = patientRecord;
    const paths = [`Patient/${other}`, `Patient?_id=${other}`, `${type}?patient=${other}`, 'Patient', type];
    const looking = othersRecord.bearer && fhirReader.looking(othersRecord.bearer);
    const probes = await probed(paths, isForbidden, fhirReader.looking(token), looking);
    judgeProbes(requirement, probes, `${expected}, whoever approved`, judge);
  },
});

/** From the EHR, where the patient is certain; else by a clinician who picks one. */
async function clinicianGrant({ fromEhr, ask, on }: ScopeGrants): Promise<ScopedGrant> {
  const opened = await fromEhr(on('*')).catch((thrown) => {
    if (isUnobtainable(thrown)) return null;
    throw thrown;
  });
  const answer = opened?.kind === 'granted' ? opened : await ask(on('*'), 'clinician');
  if (answer.kind === 'granted') return answer.grant;
  throw new Skip('undecided', `no token with ${on('*')} was had by a clinician: ${answer.why}`);
}

/** Who may see another patient's data, looking for them; null where nobody may. */
function lookingFor({ bearer }: OthersRecord, { looking }: FhirReader): Looking | null {
  return bearer && looking(bearer);
}

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

export const onePatientTests = [byId, bySearch, onFurtherPages, included, byPost, forClinicians];
