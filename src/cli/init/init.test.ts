import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schema } from '../../../schemas/index.ts';
import { finished, smartCheck, start, temporaryFolder } from '../../../test/fixtures/command-line.ts';
import { readConfiguration } from '../../index.ts';
import { type RunningServer, startServer } from '../../server/index.ts';

const oddName = `my-"service": #1 \${HOME}`;
const folder = temporaryFolder();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({});
});
afterAll(() => server.close());

const isConfiguration = (value: unknown) => {
  const ajv = new Ajv2020({ strictTypes: false });
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  return ajv.validate(schema('config'), value) || ajv.errorsText();
};

it('asks what the server’s capabilities call for, and writes what "run -c" takes; no secret stands in it', async () => {
  const file = join(folder, 'asked.yaml');
  const child = start(['init', server.fhirBaseUrl, '-o', file]);
  const { clients, users, data } = server.configuration();
  const answers = [
    clients.public?.clientId,
    clients.public?.redirectUri,
    clients.public?.launchUrl,
    clients.symmetric?.clientId,
    clients.symmetric?.redirectUri,
    '',
    '',
    oddName,
    '',
    'system/Patient.rs',
    users.patient?.username,
    '',
    '',
    data.patient,
    'pat-2',
  ];
  child.stdin?.end(`${answers.join('\n')}\n`);
  const { code, stdout, stderr } = await finished(child);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('client_id of a public client');
  expect(stdout).toContain(`then:      smart-check run -c ${file}`);
  const text = readFileSync(file, 'utf8');
  expect(isConfiguration(parse(text))).toBe(true);
  const env = { EHR_CLIENT_SECRET: 'the secret', EHR_PATIENT_PASSWORD: 'the password' };
  expect(await readConfiguration({ file, env, overrides: {} })).toMatchObject({
    fhirBaseUrl: server.fhirBaseUrl,
    clients: {
      public: { clientId: clients.public?.clientId, launchUrl: clients.public?.launchUrl },
      symmetric: { clientSecret: 'the secret', redirectUri: clients.symmetric?.redirectUri },
      backend: { clientId: oddName, keys: { keys: [{ kty: 'EC', crv: 'P-384' }] } },
    },
    users: { patient: { username: users.patient?.username, password: 'the password', patient: data.patient } },
    data: { patient: data.patient, otherPatient: 'pat-2' },
  });
  expect(readFileSync(join(folder, 'asked.backend.public.json'), 'utf8')).not.toContain('"d"');
  for (const name of ['asked.yaml', 'asked.backend.private.json']) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

it('every commented line, uncommented, is what the schema knows', async () => {
  const file = join(folder, 'full.yaml');
  const given = ['publicClient=a', 'practitioner=bob', 'username=ann', 'patient=pat-1'].flatMap((answer) => [
    '--answer',
    answer,
  ]);
  expect((await smartCheck(['init', server.fhirBaseUrl, '-o', file, '--yes', ...given])).code).toBe(0);
  const lines = readFileSync(file, 'utf8').split('\n');
  const wanted = /^(\s*)# ?(\s*(?:[a-zA-Z]+:(?: |$)|drive|patient:).*)$/;
  const uncommented = lines
    .map((line) => wanted.exec(line)?.slice(1).join('') ?? line)
    .join('\n')
    .replaceAll('https://…', 'https://app.example.org')
    .replaceAll(/\$\{EHR_\w+\}/g, 'FILLEDIN');
  const value: unknown = parse(uncommented);
  expect(isConfiguration(value)).toBe(true);
  expect(Object.keys(value as object)).toEqual(
    expect.arrayContaining(['tls', 'headers', 'clients', 'users', 'authorize', 'ehrLaunch', 'data', 'capabilitySets']),
  );
});

it('asks nothing with --yes, and overwrites only when told', async () => {
  const file = join(folder, 'silent.yaml');
  const args = ['init', server.fhirBaseUrl, '-o', file, '--yes'];
  const first = await smartCheck([...args, '--answer', 'publicClient=my-app']);
  expect(first.code).toBe(0);
  const before = readFileSync(file, 'utf8');
  const second = await smartCheck(args);
  expect(second.code).toBe(2);
  expect(second.stderr).toContain('--force overwrites it');
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect((await smartCheck([...args, '--force'])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).not.toBe(before);
});

it('writes a file to fill in when the server cannot be asked, and says so', async () => {
  const file = join(folder, 'unreachable.yaml');
  const { code, stdout } = await smartCheck(['init', 'http://127.0.0.1:1/fhir', '-o', file, '--yes']);
  expect(code).toBe(3);
  expect(stdout).toContain('could not be asked');
  expect(isConfiguration(parse(readFileSync(file, 'utf8')))).toBe(true);
});

it.each([
  ['no-url', ['init'], 'which server?'],
  ['bad-url', ['init', 'ehr.example.org/fhir'], 'FHIR base URL: expected'],
  ['bad-answer', ['init', 'http://127.0.0.1:1/fhir', '--answer', 'publicClien=x'], 'one of publicClient'],
])('%s is a usage error, and nothing is written', async (name, args, message) => {
  const file = join(folder, `${name}.yaml`);
  const { code, stderr } = await smartCheck([...args, '-o', file, '--yes']);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(existsSync(file)).toBe(false);
});

it('says at once which answer does not fit, how to give the others again, and writes nothing', async () => {
  const file = join(folder, 'unfit.yaml');
  writeFileSync(file, 'as it was');
  const given = ['publicClient=a', 'publicRedirect=nowhere', 'backendClient=it is mine'];
  const args = [
    'init',
    server.fhirBaseUrl,
    '-o',
    file,
    '--yes',
    '--force',
    '--insecure',
    ...given.flatMap((one) => ['--answer', one]),
  ];
  const { code, stderr } = await smartCheck(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(/clients\.public\.redirectUri: expected an absolute URL.*, got "nowhere"/s);
  expect(stderr).toContain(`-o ${file} --force --insecure --answer publicClient=a`);
  expect(stderr).toContain("--answer 'backendClient=it is mine'");
  expect(readFileSync(file, 'utf8')).toBe('as it was');
  expect(readdirSync(folder).filter((name) => name.startsWith('unfit'))).toEqual(['unfit.yaml']);
});

it('keeps a key that is there already, and says how to go on with it', async () => {
  const file = join(folder, 'again.yaml');
  const args = ['init', server.fhirBaseUrl, '-o', file, '--yes', '--answer', 'backendClient=a'];
  await smartCheck(args);
  rmSync(file);
  const key = join(folder, 'again.backend.private.json');
  const before = readFileSync(key, 'utf8');
  const { code, stderr } = await smartCheck(args);
  expect(code).toBe(2);
  expect(stderr).toContain('--answer backendKeys=./again.backend.private.json takes it');
  expect(existsSync(file)).toBe(false);
  expect((await smartCheck([...args, '--answer', 'backendKeys=./again.backend.private.json'])).code).toBe(0);
  expect(readFileSync(key, 'utf8')).toBe(before);
});

it.each([
  ['away/x.yaml', 'there is no folder'],
  ['.', 'it is a folder'],
])('says before it asks anything that %s cannot be written', async (name, why) => {
  const { code, stdout, stderr } = await smartCheck(['init', 'http://127.0.0.1:1/fhir', '-o', join(folder, name)]);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  expect(stdout).toBe('');
});
