import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type RunningServer, startServer, writeConfiguration } from './index.ts';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-check-server-'));
  server = await startServer({ https: true, fhirVersion: '4.3.0' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const modeOf = async (file: string) => (await stat(join(folder, file))).mode & 0o777;

test.each([
  ['yaml', 'server.yaml', (text: string) => parse(text)],
  ['json', 'server.json', (text: string) => JSON.parse(text)],
])('is written as %s, its keys and certificate beside it, for the owner alone', async (_, name, read) => {
  await writeConfiguration(server, join(folder, name));
  const { tls, clients, ...rest } = read(await readFile(join(folder, name), 'utf8'));

  expect(rest).toMatchObject({
    fhirBaseUrl: server.fhirBaseUrl,
    specVersion: '2.2',
    fhirVersion: '4.3.0',
    capabilitySets: [
      'patient-access-standalone',
      'patient-access-ehr',
      'clinician-access-standalone',
      'clinician-access-ehr',
    ],
    users: {
      patient: { username: 'ann', password: expect.any(String), patient: 'pat-1', patientName: 'Ann Example' },
      restricted: { username: 'dr-eve', mayNotSee: ['Observation/obs-9', 'Observation/obs-4'] },
    },
    ehrLaunch: { startUrl: `${server.origin}/ehr`, user: 'practitioner', taskStartUrl: `${server.origin}/ehr?task=t1` },
    data: { patient: 'pat-1', otherPatient: 'pat-2', encounter: 'enc-1' },
    allowWrites: true,
  });
  expect(tls).toEqual({ ca: './server.ca.pem' });
  expect(clients).toMatchObject({
    public: {
      clientId: 'smart-check-browser-app',
      redirectUri: 'https://app.smart-check.test/callback',
      launchUrl: 'https://app.smart-check.test/launch',
      origin: 'https://app.smart-check.test',
    },
    symmetric: expect.objectContaining({ clientSecret: expect.stringMatching(/^[\w-]{32}%2B/) }),
    asymmetric: expect.objectContaining({ keys: './server.asymmetric.private.json' }),
    backend: expect.objectContaining({ keys: './server.backend.private.json', scope: expect.any(String) }),
    shortLived: expect.objectContaining({ clientSecret: expect.any(String) }),
    others: [
      expect.objectContaining({ clientSecret: expect.any(String) }),
      expect.anything(),
      expect.objectContaining({ keys: './server.others-3.private.json', jwksUrl: expect.stringMatching(/^http:/) }),
      expect.anything(),
      expect.objectContaining({ stateCodes: ['https://state-app.smart-check.test|preferences'] }),
    ],
    appState: expect.objectContaining({ stateCodes: expect.any(Array), globalState: true }),
  });

  const beside = ['server.asymmetric.private.json', 'server.backend.private.json', 'server.ca.pem'];
  expect(await readdir(folder)).toEqual(expect.arrayContaining(beside));
  for (const file of [name, ...beside]) expect(await modeOf(file)).toBe(0o600);
  expect(new X509Certificate(await readFile(join(folder, 'server.ca.pem'))).ca).toBe(true);
  for (const file of beside.slice(0, 2)) {
    const { keys } = JSON.parse(await readFile(join(folder, file), 'utf8'));
    expect(keys.map(({ alg }: { alg: string }) => alg)).toEqual(['RS384', 'ES384', 'ES384']);
    for (const key of keys) {
      expect(createPrivateKey({ key, format: 'jwk' }).type).toBe('private');
    }
  }
});

test('a file that others could read is closed to them', async () => {
  const file = join(folder, 'open.yaml');
  await writeFile(file, 'old');
  await chmod(file, 0o644);
  await writeConfiguration(server, file);
  expect(await modeOf('open.yaml')).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain('old');
});

test('a server without https has no authority to trust', async () => {
  const plain = await startServer();
  await writeConfiguration(plain, join(folder, 'plain.yaml'));
  await plain.close();
  expect(parse(await readFile(join(folder, 'plain.yaml'), 'utf8'))).not.toHaveProperty('tls');
  expect(await readdir(folder)).not.toContain('plain.ca.pem');
});
