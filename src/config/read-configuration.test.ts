// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what a configuration has
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Configuration } from '../kit/index.ts';
import { readConfiguration } from './read-configuration.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwkSet = { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1' }] };

let folder: string;
let pem: string;
let otherPem: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-check-config-'));
  await mkdir(join(folder, 'secret'));
  pem = (await generate([{ name: 'commonName', value: 'one authority' }])).cert;
  otherPem = (await generate([{ name: 'commonName', value: 'another authority' }])).cert;
  await writeFile(join(folder, 'ca.pem'), `# both are ours, also in the caf\u00e9\n${pem}\n${otherPem}`, 'latin1');
  await writeFile(join(folder, 'other-ca.pem'), otherPem);
  await writeFile(join(folder, 'secret', 'jwt-app.json'), JSON.stringify(jwkSet));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Everything a file may say. */
const everything = {
  $schema: 'https://smart-check.dev/schemas/config.schema.json',
  fhirBaseUrl: 'https://ehr.example.org/fhir',
  specVersion: '2.1',
  fhirVersion: '6.0.0-ballot2',
  tls: { ca: './ca.pem', insecure: false },
  headers: { 'X-Tenant': 'acme' },
  introspectionUrl: 'https://ehr.example.org/introspect?tenant=acme',
  clients: {
    public: {
      clientId: 'my-app',
      redirectUri: 'https://my-app.example.org/callback',
      launchUrl: 'org.example.my-app:/launch',
      origin: 'https://my-app.example.org',
      scope: 'launch/patient patient/*.rs',
    },
    symmetric: {
      clientId: 'my-web-app',
      clientSecret: '${WEB_APP_SECRET}',
      params: { tenant: 'acme', '${TENANT}': 'a key is left as it is' },
      headers: { 'X-Api-Key': 'key-${TENANT}-$${plain}' },
    },
    asymmetric: {
      clientId: 'my-jwt-app',
      keys: 'secret/jwt-app.json',
      jwksUrl: 'https://my-app.example.org/jwks',
      redirectUri: 'https://my-app.example.org/jwt',
    },
    backend: { clientId: 'my-service', keys: jwkSet, scope: 'system/Patient.rs' },
    introspection: { bearer: 'backend' },
    appState: { clientId: 'my-state', stateCodes: ['https://my-app.example.org|state'], globalState: true },
    shortLived: { clientId: 'my-brief', clientSecret: 'brief secret' },
    others: [
      { clientId: 'second', clientSecret: 'second secret' },
      { clientId: 'third', keys: '${THIRD_KEYS}' },
    ],
  },
  jwksListen: '127.0.0.1:8099',
  users: {
    patient: {
      username: 'ann',
      password: '${ANN_PASSWORD}',
      totpSecret: 'JBSWY3DP',
      patient: 'p1',
      patientName: 'Ann',
    },
    practitioner: { username: 'dr-bob', password: '${BOB_PASSWORD}' },
    'dr. eve': { username: 'dr-eve', password: 'eve', mayNotSee: ['Observation/obs-9'] },
  },
  authorize: {
    drive: 'steps',
    steps: [
      { goto: 'https://ehr.example.org/signin?patient={{data.patient}}' },
      { frame: { css: 'iframe#signin' } },
      { fill: { label: 'Username', with: '{{user.username}}' } },
      { fill: { placeholder: 'Password', with: '{{user.password}}' } },
      { select: { testId: 'tenant', option: 'acme' } },
      { check: { text: 'Stay signed in' } },
      { uncheck: { role: 'checkbox', name: 'Newsletter' } },
      { press: { label: 'Password', key: 'Enter' } },
      { waitFor: { role: 'heading' } },
      { click: { role: 'button', name: 'Allow' } },
    ],
  },
  ehrLaunch: {
    startUrl: 'https://ehr.example.org/portal#apps',
    user: 'dr. eve',
    steps: [{ click: { text: 'My app' } }],
  },
  data: {
    patient: 'pat-1',
    otherPatient: 'pat-2',
    encounter: 'enc-1',
    resourceType: 'Observation',
    category: 'vital-signs',
    otherCategory: 'laboratory',
    task: 'Task/t1',
  },
  capabilitySets: ['patient-access-standalone', 'clinician-access-ehr'],
  allowWrites: true,
};

const env = {
  WEB_APP_SECRET: 'web: {secret} # ${ANN_PASSWORD}',
  TENANT: 'acme',
  ANN_PASSWORD: '!!int 5',
  BOB_PASSWORD: '007',
  THIRD_KEYS: JSON.stringify(jwkSet),
};

const { $schema: _, tls, clients, users, ...rest } = everything;
const { asymmetric, symmetric, others, ...otherClients } = clients;

test.each([
  ['YAML', 'everything.yaml', stringify(everything)],
  ['JSON', 'everything.json', JSON.stringify(everything, null, '\t')],
  ['YAML with a byte order mark and CRLF', 'windows.yml', `\u{feff}${stringify(everything).replaceAll('\n', '\r\n')}`],
])('reads everything there is to say in %s', async (_format, name, content) => {
  const found = await readConfiguration({ file: await file(name, content), env, overrides: {} });

  expect(found.tls.ca).toContain(pem.trim());
  expect(found.tls.ca).toContain(otherPem.trim());
  expect(found).toStrictEqual({
    ...rest,
    tls: { ...tls, ca: found.tls.ca },
    clients: {
      ...otherClients,
      // What was filled in is neither YAML again nor filled in again.
      symmetric: {
        ...symmetric,
        clientSecret: 'web: {secret} # ${ANN_PASSWORD}',
        headers: { 'X-Api-Key': 'key-acme-${plain}' },
      },
      asymmetric: { ...asymmetric, keys: jwkSet },
      others: [others[0], { clientId: 'third', keys: jwkSet }],
    },
    users: {
      ...users,
      patient: { ...users.patient, password: '!!int 5' },
      practitioner: { username: 'dr-bob', password: '007' },
    },
  });
});

const defaults: Configuration = {
  fhirBaseUrl: null,
  specVersion: '2.2',
  tls: { insecure: false },
  headers: {},
  clients: {},
  users: {},
  authorize: { drive: 'auto', steps: [] },
  data: {},
  capabilitySets: [],
  allowWrites: false,
};

test('needs no file', async () => {
  expect(await readConfiguration({ env: {}, overrides: {} })).toStrictEqual(defaults);
  const fhirBaseUrl = 'HTTP://127.0.0.1:8080/fhir/r4';
  expect(await readConfiguration({ env: {}, overrides: { fhirBaseUrl } })).toStrictEqual({ ...defaults, fhirBaseUrl });
});

test('fills what a file does not say', async () => {
  const path = await file(
    'little.yaml',
    'fhirBaseUrl: https://a.example\nehrLaunch: { startUrl: "https://b.example" }\n',
  );
  expect(await readConfiguration({ file: path, env: {}, overrides: {} })).toStrictEqual({
    ...defaults,
    fhirBaseUrl: 'https://a.example',
    ehrLaunch: { startUrl: 'https://b.example', user: 'practitioner', steps: [] },
  });
});

test('what the command line says wins over the file', async () => {
  const path = await file(
    'overridden.yaml',
    'fhirBaseUrl: https://a.example\nspecVersion: "1.0"\nfhirVersion: 4.0.1\ntls: { ca: gone.pem, insecure: false }\nallowWrites: false\n',
  );
  const overrides = {
    fhirBaseUrl: 'https://b.example/fhir',
    specVersion: '2.0',
    fhirVersion: '5.0.0',
    tlsCa: join(folder, 'other-ca.pem'),
    tlsInsecure: true,
    allowWrites: true,
  };
  expect(await readConfiguration({ file: path, env: {}, overrides })).toStrictEqual({
    ...defaults,
    fhirBaseUrl: 'https://b.example/fhir',
    specVersion: '2.0',
    fhirVersion: '5.0.0',
    tls: { ca: otherPem, insecure: true },
    allowWrites: true,
  });
});

test.each([
  ['specVersion: 2.0', '2.0'],
  ['specVersion: 1.0', '1.0'],
  ['specVersion: 2.2', '2.2'],
  ['specVersion: "2.1"', '2.1'],
  ['{"specVersion": 2.0}', '2.0'],
  ['specVersion: ${GUIDE}', '2.1'],
  ['headers: { X-Guide: &guide "2.1" }\nspecVersion: *guide', '2.1'],
])('reads %j as version %s of the guide', async (content, version) => {
  const path = await file('version.yaml', content);
  const { specVersion } = await readConfiguration({ file: path, env: { GUIDE: '2.1' }, overrides: {} });
  expect(specVersion).toBe(version);
});

test('reads from a pipe', async () => {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const fifo = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [fifo]);
  const [found] = await Promise.all([
    readConfiguration({ file: fifo, env: {}, overrides: {} }),
    writeFile(fifo, 'allowWrites: true\n'),
  ]);
  expect(found.allowWrites).toBe(true);
});

test.each([
  ['authorize: { steps: [{ goto: "https://a.example" }] }', 'steps'],
  ['ehrLaunch: { startUrl: "https://a.example", steps: [{ goto: "https://a.example" }] }', 'steps'],
  ['authorize: { drive: auto, steps: [{ goto: "https://a.example" }] }', 'auto'],
  ['authorize: { steps: [] }', 'auto'],
])('steps that are given are done unless something else is said: %s', async (content, drive) => {
  const file = join(folder, 'steps.yaml');
  await writeFile(file, content);
  expect((await readConfiguration({ file, env: {}, overrides: {} })).authorize.drive).toBe(drive);
});
