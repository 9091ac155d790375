import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessGrant } from '../access.ts';
import { type FhirServer, idsIn, startFhirServer } from '../testing/fhir-access.ts';

let fhir: FhirServer;

beforeAll(async () => {
  fhir = await startFhirServer();
});
afterAll(() => fhir.server.close());

const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
const laboratory = `?category=${category}|laboratory`;
const vitalSigns = `?category=${category}|vital-signs`;

const observation = (patient: string, code = 'laboratory') => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: category, code }] }],
  code: { text: 'test' },
  subject: { reference: patient },
});

/** Something to change and delete. */
async function disposable(patient = 'Patient/pat-1', code?: string): Promise<{ id: string }> {
  const { status, json } = await fhir.as('system/*.c')('POST', 'Observation', observation(patient, code));
  expect(status).toBe(201);
  return json;
}

describe('a single permission allows its interactions and no other', () => {
  const interactions = {
    read: (id: string) => ['GET', `Observation/${id}`],
    vread: (id: string) => ['GET', `Observation/${id}/_history/1`],
    'instance history': (id: string) => ['GET', `Observation/${id}/_history`],
    search: () => ['GET', 'Observation?patient=pat-1'],
    'search by POST': () => ['POST', 'Observation/_search', new URLSearchParams({ patient: 'pat-1' })],
    'search in the compartment': () => ['GET', 'Patient/pat-1/Observation'],
    'search of the system': () => ['GET', '?_type=Observation'],
    'type history': () => ['GET', 'Observation/_history'],
    'history of the system': () => ['GET', '_history?_type=Observation'],
    create: () => ['POST', 'Observation', observation('Patient/pat-1')],
    update: (id: string) => ['PUT', `Observation/${id}`, { ...observation('Patient/pat-1'), id }],
    patch: (id: string) => ['PATCH', `Observation/${id}`, '[]', { 'content-type': 'application/json-patch+json' }],
    delete: (id: string) => ['DELETE', `Observation/${id}`],
  } satisfies Record<string, (id: string) => readonly [string, string, unknown?, Record<string, string>?] | unknown[]>;

  const searches = [
    'search',
    'search by POST',
    'search in the compartment',
    'search of the system',
    'type history',
    'history of the system',
  ];
  const allowed: Readonly<Record<string, readonly string[]>> = {
    'patient/Observation.c': ['create'],
    'patient/Observation.r': ['read', 'vread', 'instance history'],
    'patient/Observation.u': ['update', 'patch'],
    'patient/Observation.d': ['delete'],
    'patient/Observation.s': searches,
    'user/Observation.rs': ['read', 'vread', 'instance history', ...searches],
    'patient/Observation.r patient/Observation.s': ['read', 'vread', 'instance history', ...searches],
    'patient/Observation.read': ['read', 'vread', 'instance history', ...searches],
    'patient/Observation.write': ['create', 'update', 'patch', 'delete'],
    'patient/Observation.*': Object.keys(interactions),
    'system/*.cruds': Object.keys(interactions),
    'patient/*.cud': ['create', 'update', 'patch', 'delete'],
    'patient/Condition.cruds': [],
    'patient/Observation.sr openid patient/Observation.read?category=x': [],
    '': [],
  };

  test.each(Object.entries(allowed))('%s', async (scopes, expected) => {
    const send = fhir.as(scopes);
    const possible = await Promise.all(
      Object.entries(interactions).map(async ([name, request]) => {
        const [method, path, body, headers] = request((await disposable()).id) as [string, string, unknown, object];
        const { status, headers: answered } = await send(method, path, body, { ...headers });
        if (status !== 403) return [name, status] as const;
        expect(answered['www-authenticate']).toMatch(
          /^Bearer realm="fhir", error="insufficient_scope", .*scope="[a-z]+\/[A-Za-z*]+\.[cruds]"$/,
        );
        return [name, 403] as const;
      }),
    );
    const successes = possible.filter(([, status]) => status < 300).map(([name]) => name);
    expect(successes).toEqual(Object.keys(interactions).filter((name) => expected.includes(name)));
    expect(possible.filter(([, status]) => status >= 300 && status !== 403)).toEqual([]);
  });
});

type Row = readonly [what: string, method: string, path: string, body?: unknown];

/** Scopes and grant, what they let through (with what is found), and what they do not. */
const rules: readonly {
  readonly rule: string;
  readonly scopes: string;
  readonly grant?: Partial<AccessGrant>;
  readonly allowed: readonly Row[];
  readonly refused: readonly Row[];
}[] = [
  {
    rule: 'patient/ scopes reach the patient in context alone',
    scopes: 'patient/*.cruds',
    allowed: [
      ['the patient', 'GET', 'Patient/pat-1'],
      ['an observation', 'GET', 'Observation/obs-1'],
      ['a relative', 'GET', 'RelatedPerson/rel-1'],
      ['a task', 'GET', 'Task/t1'],
      ['a document', 'GET', 'Binary/bin-1'],
      ['a practitioner', 'GET', 'Practitioner/dr-bob'],
      ['writing', 'POST', 'Observation', observation('Patient/pat-1')],
    ],
    refused: [
      ['another patient', 'GET', 'Patient/pat-2'],
      ['an observation of another', 'GET', 'Observation/obs-6'],
      ['its version', 'GET', 'Observation/obs-6/_history/1'],
      ['its history', 'GET', 'Observation/obs-6/_history'],
      ["another's relative", 'GET', 'RelatedPerson/rel-2'],
      ["another's document", 'GET', 'Binary/bin-2'],
      ['writing for another', 'POST', 'Observation', observation('Patient/pat-2')],
      ['the same by version', 'POST', 'Observation', observation('Patient/pat-2/_history/1')],
      ['writing for nobody', 'POST', 'Basic', { resourceType: 'Basic', code: { text: 'state' } }],
      ['a patient under an id that counts for nothing', 'POST', 'Patient', { resourceType: 'Patient', id: 'pat-1' }],
      ["taking another's", 'PUT', 'Observation/obs-6', { ...observation('Patient/pat-1'), id: 'obs-6' }],
      ['giving away', 'PUT', 'Observation/obs-1', { ...observation('Patient/pat-2'), id: 'obs-1' }],
      ["deleting another's", 'DELETE', 'Observation/obs-6'],
      [
        'writing for two',
        'POST',
        'Observation',
        { ...observation('Patient/pat-1'), performer: [{ reference: 'Patient/pat-2' }] },
      ],
    ],
  },
  {
    rule: 'patient/ scopes without a patient reach nothing',
    scopes: 'patient/*.cruds',
    grant: { patient: null },
    allowed: [],
    refused: [
      ['a patient', 'GET', 'Patient/pat-1'],
      ['a practitioner', 'GET', 'Practitioner/dr-bob'],
    ],
  },
  {
    rule: 'what patients share needs a scope of its own',
    scopes: 'patient/Observation.rs patient/Patient.rs',
    allowed: [['the patient', 'GET', 'Patient/pat-1']],
    refused: [
      ['a practitioner', 'GET', 'Practitioner/dr-bob'],
      ['a condition', 'GET', 'Condition/cond-1'],
    ],
  },
  {
    rule: 'user/ scopes reach what the user may see',
    scopes: 'user/*.cruds',
    allowed: [
      ['the patient in context', 'GET', 'Patient/pat-1'],
      ['another', 'GET', 'Patient/pat-3'],
      ['writing for another', 'POST', 'Observation', observation('Patient/pat-4')],
    ],
    refused: [],
  },
  {
    rule: 'user/ scopes reach no further for a user of few rights',
    scopes: 'user/*.cruds',
    grant: { fhirUser: 'Practitioner/dr-eve', userMayNotSee: ['Observation/obs-2'] },
    allowed: [
      ['a patient of theirs', 'GET', 'Patient/pat-1'],
      ['another of theirs', 'GET', 'Patient/pat-2'],
      ['an observation', 'GET', 'Observation/obs-1'],
      ['a colleague', 'GET', 'Practitioner/dr-bob'],
    ],
    refused: [
      ['a stranger', 'GET', 'Patient/pat-3'],
      ["a stranger's observation", 'GET', 'Observation/obs-9'],
      ['what they may not see', 'GET', 'Observation/obs-2'],
      ['its history', 'GET', 'Observation/obs-2/_history'],
      ['writing for a stranger', 'POST', 'Observation', observation('Patient/pat-3')],
      ['deleting what they may not see', 'DELETE', 'Observation/obs-2'],
    ],
  },
  {
    rule: 'patient/ scopes do not exceed the rights of the user',
    scopes: 'patient/*.rs',
    grant: { fhirUser: 'Practitioner/dr-eve', patient: 'pat-3' },
    allowed: [],
    refused: [
      ['a stranger', 'GET', 'Patient/pat-3'],
      ["a stranger's observation", 'GET', 'Observation/obs-9'],
    ],
  },
  {
    rule: 'a relative sees the patients they stand for',
    scopes: 'user/*.rs',
    grant: { fhirUser: 'RelatedPerson/rel-1' },
    allowed: [
      ['one', 'GET', 'Patient/pat-1'],
      ['the other', 'GET', 'Patient/pat-2'],
    ],
    refused: [['a stranger', 'GET', 'Patient/pat-3']],
  },
  {
    rule: 'user/ scopes without a user reach nothing',
    scopes: 'user/*.rs',
    grant: { fhirUser: null },
    allowed: [],
    refused: [['a patient', 'GET', 'Patient/pat-1']],
  },
  {
    rule: 'system/ scopes need neither patient nor user',
    scopes: 'system/Patient.rs',
    grant: { fhirUser: null, patient: null },
    allowed: [['any patient', 'GET', 'Patient/pat-4']],
    refused: [['what is no patient', 'GET', 'Observation/obs-1']],
  },
  {
    rule: 'a granular scope holds for reading by id and for writing',
    scopes: `patient/Observation.cruds${laboratory}`,
    allowed: [
      ['laboratory', 'GET', 'Observation/obs-2'],
      ['laboratory among others', 'GET', 'Observation/obs-5'],
      ['its history', 'GET', 'Observation/obs-2/_history'],
      ['creating laboratory', 'POST', 'Observation', observation('Patient/pat-1')],
    ],
    refused: [
      ['vital signs', 'GET', 'Observation/obs-1'],
      ['their version', 'GET', 'Observation/obs-1/_history/1'],
      ['their history', 'GET', 'Observation/obs-1/_history'],
      ['creating vital signs', 'POST', 'Observation', observation('Patient/pat-1', 'vital-signs')],
      [
        'making laboratory into vital signs',
        'PUT',
        'Observation/obs-2',
        { ...observation('Patient/pat-1', 'vital-signs'), id: 'obs-2' },
      ],
      [
        'making vital signs into laboratory',
        'PUT',
        'Observation/obs-1',
        { ...observation('Patient/pat-1'), id: 'obs-1' },
      ],
      ['deleting vital signs', 'DELETE', 'Observation/obs-1'],
    ],
  },
  {
    rule: 'several parameters of one scope hold together',
    scopes: `patient/Observation.rs${laboratory}&code=http://loinc.org|4548-4`,
    allowed: [['both', 'GET', 'Observation/obs-2']],
    refused: [
      ['the category alone', 'GET', 'Observation/obs-5'],
      ['neither', 'GET', 'Observation/obs-1'],
    ],
  },
  {
    rule: 'a condition the server cannot evaluate lets nothing through',
    scopes: 'patient/Observation.rs?no-such=x patient/Condition.rs?code:in=x patient/Encounter.rs?date=never',
    allowed: [],
    refused: [
      ['an unknown parameter', 'GET', 'Observation/obs-1'],
      ['a modifier', 'GET', 'Condition/cond-1'],
      ['a malformed value', 'GET', 'Encounter/enc-1'],
    ],
  },
];

describe.each(rules)('$rule', ({ scopes, grant, allowed, refused }) => {
  for (const [what, method, path, body] of allowed) {
    test(`${what}: yes`, async () => {
      expect((await fhir.as(scopes, grant)(method, path, body)).status).toBeLessThan(300);
    });
  }

  for (const [what, method, path, body] of refused) {
    test(`${what}: no`, async () => {
      const { status, json } = await fhir.as(scopes, grant)(method, path, body);
      expect([403, 404, 405]).toContain(status);
      expect(json.resourceType).toBe('OperationOutcome');
    });
  }
});

describe('a search finds what the scopes reach and nothing else', () => {
  const ann = ['obs-1', 'obs-10', 'obs-11', 'obs-2', 'obs-3', 'obs-4', 'obs-5'].map((id) => `Observation/${id}`);
  let quiet: FhirServer;

  // Nobody writes here.
  beforeAll(async () => {
    quiet = await startFhirServer();
  });
  afterAll(() => quiet.server.close());

  test.each<[string, string, readonly string[], Partial<AccessGrant>?]>([
    ['patient/Observation.s', 'Observation', ann],
    ['patient/Observation.s', 'Observation?patient=pat-1,pat-2', ann],
    ['patient/Observation.s', 'Observation?patient=pat-2', []],
    ['patient/Observation.s', 'Patient/pat-2/Observation', []],
    ['patient/Observation.s', 'Observation?_id=obs-6,obs-1', ['Observation/obs-1']],
    ['patient/Observation.s', 'Observation/_history', ann],
    ['patient/Observation.s', '_history', ann],
    ['patient/Observation.s', '', ann],
    ['patient/Patient.s', 'Patient', ['Patient/pat-1']],
    ['user/Patient.s', 'Patient', ['Patient/pat-1', 'Patient/pat-2', 'Patient/pat-3', 'Patient/pat-4']],
    ['user/Patient.s', 'Patient', ['Patient/pat-1', 'Patient/pat-2'], { fhirUser: 'Practitioner/dr-eve' }],
    ['user/Patient.s', 'Patient', ['Patient/pat-3'], { fhirUser: 'Patient/pat-3' }],
    [
      'user/Observation.s',
      'Observation?category=laboratory',
      ['Observation/obs-5', 'Observation/obs-7'],
      { fhirUser: 'Practitioner/dr-eve', userMayNotSee: ['Observation/obs-2'] },
    ],
    [`patient/Observation.s${laboratory}`, 'Observation', ['Observation/obs-2', 'Observation/obs-5']],
    [`patient/Observation.s${laboratory}`, 'Observation?category=vital-signs', ['Observation/obs-5']],
    [`patient/Observation.s${laboratory}`, 'Observation?category=survey', []],
    [
      `patient/Observation.s${laboratory} patient/Observation.s${vitalSigns}`,
      'Observation',
      ['Observation/obs-1', 'Observation/obs-11', 'Observation/obs-2', 'Observation/obs-5'],
    ],
    [`patient/Observation.s${laboratory.replace('|', '%7C')}`, 'Observation?_id=obs-1,obs-2', ['Observation/obs-2']],
    [
      'patient/Observation.s?category=laboratory,sdoh',
      'Observation?_id=obs-1,obs-2,obs-10',
      ['Observation/obs-10', 'Observation/obs-2'],
    ],
    // Reading is not searching: a granular scope to read does not widen the search.
    [`patient/Observation.r patient/Observation.s${laboratory}`, 'Observation?_id=obs-1,obs-2', ['Observation/obs-2']],
    // What is included must be readable by itself.
    [
      'patient/Observation.s patient/Patient.r',
      'Observation?_id=obs-1&_include=Observation:subject',
      ['Observation/obs-1', 'Patient/pat-1'],
    ],
    [
      'patient/Observation.s patient/Patient.s',
      'Observation?_id=obs-1&_include=Observation:subject',
      ['Observation/obs-1'],
    ],
    ['patient/Observation.s', 'Observation?_id=obs-1&_include=Observation:subject', ['Observation/obs-1']],
    ['patient/Observation.s', 'Observation?_id=obs-1&_include=Observation:performer', ['Observation/obs-1']],
    [
      'patient/Observation.s patient/Provenance.s',
      'Observation?_id=obs-1&_revinclude=Provenance:target',
      ['Observation/obs-1', 'Provenance/prov-1'],
    ],
    ['patient/Observation.s', 'Observation?_id=obs-1&_revinclude=Provenance:target', ['Observation/obs-1']],
    [
      `patient/DiagnosticReport.s patient/Observation.r${vitalSigns}`,
      'DiagnosticReport?_include=DiagnosticReport:result',
      ['DiagnosticReport/report-1'],
    ],
    [
      'user/DiagnosticReport.s patient/Observation.r',
      'DiagnosticReport?_include=DiagnosticReport:result',
      [
        'DiagnosticReport/report-1',
        'DiagnosticReport/report-2',
        'DiagnosticReport/report-3',
        'DiagnosticReport/report-4',
        'Observation/obs-2',
      ],
    ],
  ])('%s: %s', async (scopes, path, found, grant) => {
    const reply = await quiet.as(scopes, grant)('GET', path);
    expect(reply.status).toBe(200);
    expect(idsIn(reply)).toEqual(found);
    const matches = reply.json.entry?.filter(
      (entry: { search?: { mode: string } }) => entry.search?.mode !== 'include',
    );
    expect(reply.json.total).toBe(matches?.length ?? 0);
  });

  test.each(['Condition', '?_type=Observation,Condition', '_history?_type=Condition', 'Patient/pat-1/Condition'])(
    'patient/Observation.rs is refused %s',
    async (path) => {
      expect((await quiet.as('patient/Observation.rs')('GET', path)).status).toBe(403);
    },
  );
});

describe('the entries of a Bundle are requests of their own', () => {
  const bundle = (type: string, ...entries: readonly (readonly [string, string, unknown?])[]) => ({
    resourceType: 'Bundle',
    type,
    entry: entries.map(([method, url, resource]) => ({
      request: { method, url },
      ...(resource !== undefined && { resource }),
    })),
  });
  const statuses = (json: { entry: { response: { status: string } }[] }) =>
    json.entry.map(({ response }) => response.status);

  test('in a batch each has its own answer', async () => {
    const { status, json } = await fhir.as('patient/Observation.rs')(
      'POST',
      '',
      bundle(
        'batch',
        ['GET', 'Observation/obs-1'],
        ['GET', 'Condition/cond-1'],
        ['GET', 'Observation/obs-6'],
        ['GET', 'Observation?_id=obs-1,obs-6'],
        ['GET', 'Condition?patient=pat-1'],
        ['POST', 'Observation', observation('Patient/pat-1')],
        ['PUT', 'Observation/obs-1', { ...observation('Patient/pat-1'), id: 'obs-1' }],
        ['DELETE', 'Observation/obs-1'],
      ),
    );
    expect(status).toBe(200);
    expect(json.type).toBe('batch-response');
    expect(statuses(json)).toEqual(['200 OK', '403', '404', '200 OK', '403', '403', '403', '403']);
    expect(json.entry[3].resource.total).toBe(1);
    expect(json.entry[1].response.outcome.resourceType).toBe('OperationOutcome');
    expect(json.entry[1].resource).toBeUndefined();
  });

  test('in a transaction one refusal undoes all', async () => {
    const entries = [
      ['POST', 'Observation', observation('Patient/pat-1', 'survey')],
      ['POST', 'Condition', { resourceType: 'Condition', subject: { reference: 'Patient/pat-1' } }],
    ] as const;
    const count = async () => (await fhir.as('system/*.s')('GET', 'Observation?_count=0')).json.total;
    const before = await count();
    const narrow = await fhir.as('patient/Observation.cruds')('POST', '', bundle('transaction', ...entries));
    expect(narrow.status).toBe(403);
    expect(narrow.headers['www-authenticate']).toContain('scope="patient/Condition.c"');
    expect(await count()).toBe(before);

    const wide = await fhir.as('patient/*.cruds')('POST', '', bundle('transaction', ...entries));
    expect(wide.status).toBe(200);
    expect(statuses(wide.json)).toEqual(['201 Created', '201 Created']);
    expect(await count()).toBe(before + 1);
  });

  test('a reference to an entry of another patient is judged by what it becomes', async () => {
    const urn = 'urn:uuid:5b2e3a3c-0000-4000-8000-000000000001';
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { request: { method: 'POST', url: 'Observation' }, resource: observation(urn) },
        { fullUrl: urn, request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient' } },
      ],
    };
    expect((await fhir.as('patient/*.cruds')('POST', '', body)).status).toBe(403);
    const { status, json } = await fhir.as('system/*.cruds')('POST', '', body);
    expect(status).toBe(200);
    expect(json.entry[0].resource.subject.reference).toBe(`Patient/${json.entry[1].resource.id}`);
  });
});
