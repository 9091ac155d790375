import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FhirVersion, fhirVersions } from '../index.ts';
import { ask } from '../testing/ask.ts';
import { type FhirServer, idsIn, startFhirServer } from '../testing/fhir-access.ts';

const servers = new Map<FhirVersion, FhirServer>();

beforeAll(async () => {
  for (const version of fhirVersions) servers.set(version, await startFhirServer(undefined, version));
});
afterAll(() => Promise.all([...servers.values()].map(({ server }) => server.close())));

function serverOf(version: FhirVersion): FhirServer {
  const found = servers.get(version);
  if (!found) throw new Error(`no server speaks ${version}`);
  return found;
}

const asService = (version: FhirVersion) => serverOf(version).as('system/*.cruds', { patient: null, fhirUser: null });
const ofPat1 = (version: FhirVersion) => serverOf(version).as('patient/*.cruds', { fhirUser: 'Patient/pat-1' });

const [dstu2, stu3, r4, r4b, r5, r6] = fhirVersions;

type Elements = Readonly<Record<string, unknown>>;
const anything = expect.anything();
const coded = (code: string) => ({ coding: [expect.objectContaining({ code })] });

/** What is the same in several versions stands once. */
const shapes: readonly (readonly [readonly FhirVersion[], path: string, Elements, absent: readonly string[]])[] = [
  [[dstu2], 'Observation/obs-5', { category: { coding: [anything, anything] } }, ['derivedFrom']],
  [[stu3], 'Observation/obs-5', { category: [anything, anything], context: anything }, ['encounter']],
  [[r4, r4b, r5, r6], 'Observation/obs-5', { category: [anything, anything], encounter: anything }, ['context']],
  [[dstu2, stu3], 'Observation/obs-4', { valueQuantity: { value: 4 } }, ['valueInteger']],
  [[dstu2, stu3], 'Observation/obs-11', { related: [{ type: 'derived-from', target: anything }] }, ['derivedFrom']],
  [[r4, r4b, r5, r6], 'Observation/obs-11', { derivedFrom: [{ reference: 'Observation/obs-6' }] }, ['related']],
  [[dstu2], 'Encounter/enc-1', { class: 'ambulatory', patient: { reference: 'Patient/pat-1' } }, ['subject']],
  [[stu3], 'Encounter/enc-1', { class: { system: 'http://hl7.org/fhir/v3/ActCode', code: 'AMB' } }, ['patient']],
  [[r4, r4b], 'Encounter/enc-1', { class: { code: 'AMB' }, period: anything, status: 'finished' }, ['patient']],
  [[r5, r6], 'Encounter/enc-1', { class: [coded('AMB')], actualPeriod: anything, status: 'completed' }, ['period']],
  [[dstu2], 'Condition/cond-1', { clinicalStatus: 'active', patient: anything, dateRecorded: anything }, ['subject']],
  [[stu3], 'Condition/cond-1', { clinicalStatus: 'active', subject: anything, assertedDate: anything }, ['patient']],
  [[r4, r4b], 'Condition/cond-1', { clinicalStatus: coded('active'), recorder: anything }, ['participant']],
  [[r5, r6], 'Condition/cond-1', { clinicalStatus: coded('active'), participant: [anything] }, ['recorder']],
  [[dstu2], 'MedicationOrder/medreq-1', { patient: anything, dateWritten: anything }, ['intent', 'subject']],
  [[stu3], 'MedicationRequest/medreq-1', { requester: { agent: anything }, intent: 'order' }, []],
  [[r4, r4b], 'MedicationRequest/medreq-1', { medicationReference: anything }, ['medication']],
  [[r5, r6], 'MedicationRequest/medreq-1', { medication: { reference: anything } }, ['medicationReference']],
  [[dstu2], 'DiagnosticOrder/order-1', { item: [{ code: anything }], orderer: anything }, ['code']],
  [[stu3], 'ProcedureRequest/order-1', { code: coded('4548-4') }, []],
  [[r4, r4b], 'ServiceRequest/order-1', { code: coded('4548-4') }, []],
  [[r5, r6], 'ServiceRequest/order-1', { code: { concept: coded('4548-4') } }, []],
  [[dstu2], 'AllergyIntolerance/allergy-1', { substance: anything, category: 'food', status: 'active' }, ['code']],
  [[stu3], 'AllergyIntolerance/allergy-1', { code: anything, clinicalStatus: 'active' }, ['substance']],
  [[dstu2, stu3], 'DocumentReference/doc-1', { indexed: anything, class: anything }, ['category', 'date']],
  [[r4, r4b, r5, r6], 'DocumentReference/doc-1', { date: anything, category: [anything] }, ['class', 'indexed']],
  [[stu3], 'Binary/bin-1', { content: anything }, ['data']],
  [[dstu2], 'Practitioner/dr-bob', { name: { family: ['Builder'] } }, []],
  [[stu3, r4, r4b, r5, r6], 'Practitioner/dr-bob', { name: [{ family: 'Builder' }] }, []],
  [[stu3], 'Task/t1', { context: anything, input: [{ valueUri: anything }, anything] }, ['encounter']],
];

const cases = shapes.flatMap(([versions, ...shape]) => versions.map((version) => [version, ...shape] as const));

test.each(cases)('FHIR %s: the shape of %s', async (version, path, elements, absent) => {
  const { status, json } = await asService(version)('GET', path);
  expect(status).toBe(200);
  expect(json).toMatchObject(withMatchers(elements));
  for (const element of absent) expect(json).not.toHaveProperty(element);
});

/** toMatchObject takes lists literally: what is in them may hold more here, too. */
function withMatchers(value: unknown): object {
  const inside = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(inside);
    const isPlain = typeof item === 'object' && item !== null && Object.getPrototypeOf(item) === Object.prototype;
    if (!isPlain) return item;
    return expect.objectContaining(Object.fromEntries(Object.entries(item).map(([name, one]) => [name, inside(one)])));
  };
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(entries.map(([name, one]) => [name, inside(one)]));
}

describe.each(fhirVersions)('a server of FHIR %s', (version) => {
  const isBeforeR4 = version === dstu2 || version === stu3;
  const order = version === dstu2 ? 'MedicationOrder' : 'MedicationRequest';

  test('says so in its metadata, and serves what it says', async () => {
    const { body } = await ask(`${serverOf(version).server.fhirBaseUrl}/metadata`);
    const statement = JSON.parse(body);
    expect(statement.resourceType).toBe(version === dstu2 ? 'Conformance' : 'CapabilityStatement');
    expect(statement.fhirVersion).toBe(version);
    const types: readonly string[] = statement.rest[0].resource.map(({ type }: { type: string }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect((await asService(version)('GET', `${type}?_count=1`)).status).toBe(200);
    expect(types).toContain(order);
    expect(types.includes('Task')).toBe(version !== dstu2);
  });

  test('knows no types of other versions', async () => {
    const others = ['MedicationOrder', 'MedicationRequest', 'DiagnosticOrder', 'ProcedureRequest', 'ServiceRequest'];
    const own: Readonly<Record<string, readonly string[]>> = {
      [dstu2]: ['MedicationOrder', 'DiagnosticOrder'],
      [stu3]: ['MedicationRequest', 'ProcedureRequest'],
    };
    const found: string[] = [];
    for (const type of others) if ((await asService(version)('GET', type)).status === 200) found.push(type);
    expect(found).toEqual(own[version] ?? ['MedicationRequest', 'ServiceRequest']);
  });

  test('refers to nothing that is not there', async () => {
    const { json } = await asService(version)('GET', '?_count=200');
    const there = new Set(
      json.entry.map(({ resource }: { resource: Elements }) => `${resource.resourceType}/${resource.id}`),
    );
    expect(there.size).toBe(json.total);
    const referred = [...JSON.stringify(json).matchAll(/"(?:reference|url)":"([A-Z][A-Za-z]+\/[^"]+)"/g)];
    expect(referred.length).toBeGreaterThan(100);
    expect(referred.map(([, to]) => to).filter((to) => !there.has(to))).toEqual([]);
  });

  test('has the media type of the version, and takes the other one', async () => {
    const own = version === dstu2 ? 'application/json+fhir' : 'application/fhir+json';
    for (const accept of ['application/json+fhir', 'application/fhir+json', 'application/json']) {
      const { status, headers } = await asService(version)('GET', 'Patient/pat-1', undefined, { accept });
      expect([status, headers['content-type']]).toEqual([200, `${own}; charset=utf-8`]);
    }
  });

  test.each(['1.0', '3.0', '4.0', '4.3', '5.0', '6.0'])('asked for fhirVersion=%s', async (asked) => {
    const accept = `application/fhir+json; fhirVersion=${asked}`;
    const isOurs = isBeforeR4 || version.startsWith(`${asked}.`);
    expect((await asService(version)('GET', 'Patient/pat-1', undefined, { accept })).status).toBe(isOurs ? 200 : 406);
    const metadata = await ask(`${serverOf(version).server.fhirBaseUrl}/metadata`, { headers: { accept } });
    expect(metadata.status).toBe(isOurs ? 200 : 406);
  });

  test('answers $versions since R4', async () => {
    const url = `${serverOf(version).server.fhirBaseUrl}/$versions`;
    const asParameters = await ask(url);
    if (isBeforeR4) return expect(asParameters.status).toBe(404);
    const [short] = /^\d+\.\d+/.exec(version) ?? [];
    expect(JSON.parse(asParameters.body)).toEqual({
      resourceType: 'Parameters',
      parameter: [
        { name: 'version', valueCode: short },
        { name: 'default', valueCode: short },
      ],
    });
    const plain = await ask(url, { headers: { accept: 'application/json' } });
    expect(plain.headers['content-type']).toBe('application/json');
    expect(JSON.parse(plain.body)).toEqual({ versions: [short], default: short });
  });

  test('keeps every patient’s record to the patient', async () => {
    const types = ['Condition', 'Encounter', 'Observation', 'AllergyIntolerance', 'Immunization', 'Provenance', order];
    for (const type of types) {
      const all = idsIn(await asService(version)('GET', `${type}?_count=200`));
      const mine = idsIn(await asService(version)('GET', `Patient/pat-1/${type}?_count=200`));
      expect(mine.length).toBeGreaterThan(0);
      expect(mine.length).toBeLessThan(all.length);
      expect(idsIn(await asService(version)('GET', `${type}?patient=pat-1&_count=200`))).toEqual(mine);
      expect(idsIn(await ofPat1(version)('GET', `${type}?_count=200`))).toEqual(mine);
      const others = all.filter((address) => !mine.includes(address));
      expect((await ofPat1(version)('GET', others[0] ?? '')).status).toBe(404);
      expect((await ofPat1(version)('GET', mine[0] ?? '')).status).toBe(200);
    }
  });

  test('finds by category, in the code system of the version', async () => {
    const systems = [
      'http://terminology.hl7.org/CodeSystem/observation-category',
      'http://hl7.org/fhir/observation-category',
    ];
    const [own = '', other = ''] = isBeforeR4 ? systems.toReversed() : systems;
    const search = (category: string) => asService(version)('GET', `Observation?patient=pat-1&category=${category}`);
    expect(idsIn(await search(`${own}|laboratory`))).toEqual(['Observation/obs-2', 'Observation/obs-5']);
    expect(idsIn(await search('vital-signs'))).toContain('Observation/obs-5');
    expect(idsIn(await search(`${other}|laboratory`))).toEqual([]);
    const { body } = await ask(`${serverOf(version).server.fhirBaseUrl}/.well-known/smart-configuration`);
    expect(JSON.parse(body).scopes_supported).toContain(`patient/Observation.rs?category=${own}|laboratory`);
    const narrow = serverOf(version).as(`patient/Observation.rs?category=${own}|laboratory`);
    expect(idsIn(await narrow('GET', 'Observation'))).toEqual(['Observation/obs-2', 'Observation/obs-5']);
  });

  test('stores what it served, and not the shape of other versions', async () => {
    const { json: observation } = await asService(version)('GET', 'Observation/obs-5');
    const stored = await asService(version)('POST', 'Observation', observation);
    expect(stored.status).toBe(201);
    const [one] = [observation.category].flat();
    const category = version === dstu2 ? [one] : one;
    const refused = await asService(version)('POST', 'Observation', { ...observation, category });
    expect([refused.status, refused.json.issue[0].code]).toEqual([400, 'structure']);
    await asService(version)('DELETE', `Observation/${stored.json.id}`);
    const gone = await asService(version)('GET', `Observation/${stored.json.id}`);
    expect([gone.status, gone.json.issue[0].code]).toEqual([410, isBeforeR4 ? 'not-found' : 'deleted']);
  });

  test('tells in a batch what is wrong, where the version has a place for it', async () => {
    const entry = [{ request: { method: 'GET', url: 'Patient/nobody' } }];
    const { json } = await asService(version)('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    const [{ resource, response }] = json.entry;
    expect(response.status).toBe('404');
    const outcome = version === dstu2 ? resource : response.outcome;
    expect(outcome.resourceType).toBe('OperationOutcome');
    expect(version === dstu2 ? response.outcome : resource).toBeUndefined();
  });

  test('describes itself by what it has', async () => {
    const { fhirVersion, data, ehrLaunch } = serverOf(version).server.configuration();
    expect(fhirVersion).toBe(version);
    expect('task' in data).toBe(!isBeforeR4);
    expect('taskStartUrl' in ehrLaunch).toBe(!isBeforeR4);
    expect(data.subjects?.includes('PractitionerRole/role-bob')).toBe(version !== dstu2);
    expect((await asService(version)('GET', String(data.openResource))).status).toBe(200);
  });
});
