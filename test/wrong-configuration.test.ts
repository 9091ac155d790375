/** What a mistake in the configuration looks like in a run: the verdict is as ever, and a hint names the entry. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check, readConfiguration } from '../src/index.ts';
import type { Client, Clients, Configuration, Report } from '../src/kit/index.ts';
import { faults, type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';

let folder: string;
let server: RunningServer;
let right: Configuration;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-check-wrong-'));
  server = await startServer();
  const file = join(folder, 'right.json');
  await writeConfiguration(server, file);
  right = await readConfiguration({ file, env: {}, overrides: {} });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function run(configuration: Configuration, tests: readonly string[]): Promise<Report> {
  const { report, dispose } = await check({ configuration, tests, browseBy: createPlainBrowser });
  await dispose();
  return report;
}

/** The hints on what failed or was blocked, each once. */
function hintsIn({ tests }: Report): string[] {
  const hints = tests.flatMap(({ hint, findings }) => [hint, ...findings.map((finding) => finding.hint)]);
  return [...new Set(hints.filter((hint) => hint !== undefined))];
}

type Role = 'public' | 'symmetric' | 'asymmetric' | 'backend';
const changed = (role: Role, change: (client: Client) => Partial<Client>): Configuration => {
  const client = right.clients[role];
  if (!client) throw new Error(`the reference server has a client ${role}`);
  return { ...right, clients: { ...right.clients, [role]: { ...client, ...change(client) } } };
};
const swapped = ({ asymmetric, backend, ...others }: Clients): Clients => ({
  ...others,
  ...(backend && { asymmetric: backend }),
  ...(asymmetric && { backend: asymmetric }),
});
const strangeKey = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' }),
  kid: 'k',
};
const standalone = ['app-launch/standalone-launch-completes'];
const token = ['backend-services/token-*'];

test.each<[string, () => Configuration, readonly string[], RegExp]>([
  [
    'a client id',
    () => changed('public', () => ({ clientId: 'mistyped' })),
    standalone,
    /^look first at clients\.public\.clientId \("mistyped"\) and clients\.public\.redirectUri \("https:/,
  ],
  [
    'a redirect URI',
    () => changed('public', ({ redirectUri }) => ({ redirectUri: `${redirectUri}/` })),
    standalone,
    /^look first at clients\.public\.redirectUri \("https:.*\/"\) and clients\.public\.clientId \("/,
  ],
  [
    'a secret',
    () => changed('symmetric', () => ({ clientSecret: 'not the one' })),
    ['client-symmetric/basic-accepted'],
    /^look first at clients\.symmetric\.clientId \("smart-check-web-app"\) and clients\.symmetric\.clientSecret in/,
  ],
  [
    'the id of a client with a key',
    () => changed('backend', () => ({ clientId: 'mistyped' })),
    token,
    /^look first at clients\.backend\.clientId \("mistyped"\) and clients\.backend\.keys \(kid "/,
  ],
  [
    'a key',
    () => changed('backend', () => ({ keys: { keys: [strangeKey] } })),
    token,
    /clients\.backend\.keys \(kid "k"\) in the configuration: does the server have the public half/,
  ],
  [
    'a client that is registered for something else',
    () => ({ ...right, clients: swapped(right.clients) }),
    token,
    /clients\.backend\.clientId \("smart-check-jwt-app"\).* registered for grant_type=client_credentials/,
  ],
  [
    'scopes',
    () => changed('backend', () => ({ scope: 'system/Slot.rs' })),
    token,
    /clients\.backend\.scope \("system\/Slot\.rs"\)/,
  ],
  [
    'a password',
    () => ({ ...right, users: { patient: { username: 'ann', password: 'not the one' } } }),
    standalone,
    /^look first at users\.patient\.username \("ann"\) and users\.patient\.password in the configuration/,
  ],
  [
    'a launch URL',
    () => changed('public', ({ launchUrl }) => ({ launchUrl: `${launchUrl}-pad` })),
    ['app-launch/ehr-launch-completes'],
    /^look first at clients\.public\.launchUrl \("https:.*-pad"\).*: the EHR opened https:.*\/launch, which is no/,
  ],
  [
    'the address of the EHR',
    () => ({
      ...right,
      clients: { public: { ...right.clients.public, ehrStartUrl: `${server.origin}/portal` } as Client },
    }),
    ['app-launch/ehr-launch-completes'],
    /^look first at clients\.public\.ehrStartUrl \("http:.*\/portal"\) in the configuration: is that where/,
  ],
  [
    'the FHIR base URL',
    () => ({ ...right, fhirBaseUrl: server.origin }),
    ['discovery/location'],
    /^look first at the FHIR base URL \("http:/,
  ],
])('%s that is wrong is hinted at, once, wherever it shows', async (_what, configuration, tests, hint) => {
  const report = await run(configuration(), tests);
  expect(report.exitCode).not.toBe(0);
  expect(hintsIn(report)).toEqual([expect.stringMatching(hint)]);
  expect(hintsIn(report).join()).not.toContain('not the one');
});

test('where the configuration is right, nothing is hinted at, though wrong secrets and assertions are refused', async () => {
  const report = await run(right, ['client-symmetric/*', 'client-asymmetric/*-refused', ...standalone, ...token]);
  expect(report.exitCode).toBe(0);
  expect(hintsIn(report)).toEqual([]);
});

test('nor where the server is at fault', async () => {
  const faulty = await startServer({
    faults: faults.filter(({ id }) => id === 'client-symmetric/wrong-secret-refused~any'),
  });
  try {
    const file = join(folder, 'faulty.json');
    await writeConfiguration(faulty, file);
    const configuration = await readConfiguration({ file, env: {}, overrides: {} });
    const report = await run(configuration, ['client-symmetric/*']);
    expect(report.exitCode).toBe(1);
    expect(hintsIn(report)).toEqual([]);
  } finally {
    await faulty.close();
  }
});

test('a patient whom the pages do not offer is nobody’s whom they give instead', async () => {
  const clinician = { username: 'dr-bob', password: right.users.practitioner?.password ?? '', patient: 'nobody' };
  const users = { patient: clinician, practitioner: clinician };
  const tests = [
    'app-launch/standalone-context',
    'app-launch/ehr-context',
    'app-launch/interleaved-*',
    'scopes/user-scopes',
  ];
  const report = await run({ ...right, users, data: { patient: 'nobody', otherPatient: 'pat-2' } }, tests);
  const findings = report.tests.flatMap((one) => one.findings);
  expect(findings.filter(({ level }) => level === 'fail' || level === 'warn')).toEqual([]);
  const undecided = findings.filter(({ level }) => level === 'undecided').map(({ message }) => message);
  expect(undecided).toEqual(
    expect.arrayContaining([expect.stringMatching(/for want of "nobody".*look at data\.patient/)]),
  );
  expect(undecided.join()).toContain('nothing shows that there is a patient nobody');
});

test('users of other names are named where users.patient is needed', async () => {
  const { tests } = await run({ ...right, users: { ann: { username: 'ann', password: 'x' } } }, standalone);
  expect(tests[0]?.reason).toContain(
    'needs users.patient, who signs in at the server’s pages; the configuration has users.ann',
  );
});

test('http where https is spoken, and another authority than the issuer, are hinted at', async () => {
  const secure = await startServer({ https: true });
  try {
    const plain = secure.fhirBaseUrl.replace('https:', 'http:');
    const tests = ['discovery/location'];
    const spoken = await run({ ...right, fhirBaseUrl: plain }, tests);
    expect(hintsIn(spoken)).toEqual([expect.stringMatching(/is it https that is spoken there\?$/)]);
    const { cert: ca } = await generate([{ name: 'commonName', value: 'another authority' }]);
    const trusted = await run({ ...right, fhirBaseUrl: secure.fhirBaseUrl, tls: { ca, insecure: false } }, tests);
    expect(hintsIn(trusted)).toEqual([expect.stringMatching(/^look first at tls\.ca .* another authority/)]);
  } finally {
    await secure.close();
  }
});
