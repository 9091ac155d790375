/** `doctor -c`: whether a server knows what a configuration says of its clients, before anything is run. */
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';
import { serveCanned, smartConfigurationOf } from './fixtures/canned-server.ts';
import { smartCheck, temporaryFolder } from './fixtures/command-line.ts';
import { startOidcProviderEhr } from './fixtures/oidc-provider-ehr.ts';

const folder = temporaryFolder();
const noProxy = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' };
let server: RunningServer;
let provider: Awaited<ReturnType<typeof startOidcProviderEhr>>;
beforeAll(async () => {
  server = await startServer();
  await writeConfiguration(server, join(folder, 'right.json'));
  provider = await startOidcProviderEhr();
});
afterAll(async () => {
  await server.close();
  await provider.close();
});

const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' }), kid: 'k' };

/** The lines about what is in the configuration; each is a subject and what stands beside and below it. */
async function examined(configuration: object, name: string) {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(configuration));
  const { code, stdout, stderr } = await smartCheck(['doctor', '-c', file], noProxy);
  expect(stderr).toBe('');
  const wrong = [...stdout.matchAll(/^wrong\? +(\S+) +(.*\n +.*)$/gm)].map(
    ([, entry, said = '']) => `${entry}: ${said}`,
  );
  return { code, stdout, wrong: wrong.map((line) => line.replace(/\s+/g, ' ')) };
}

const rightOne = async () => JSON.parse(await readFile(join(folder, 'right.json'), 'utf8'));

test('what is registered is known, client by client', async () => {
  const { code, stdout, wrong } = await examined(await rightOne(), 'as-it-is');
  expect(wrong).toEqual([]);
  expect(stdout).toMatch(/^ok +clients\.symmetric +a request to redeem a code that nobody issued is answered 400 inv/m);
  expect(stdout).toMatch(/^ok +clients\.backend +a request for a token is answered 200 and an access token$/m);
  expect(stdout).not.toMatch(/^open/m);
  expect(code).toBe(0);
});

test.each([
  ['public', { clientId: 'mistyped' }, 2, 'clients.public.clientId ("mistyped")'],
  ['public', { redirectUri: 'https://app.smart-check.test/' }, 1, 'clients.public.redirectUri ("https://app.smart-ch'],
  ['symmetric', { clientSecret: 'not the one' }, 1, 'clients.symmetric.clientSecret in the configuration'],
  ['backend', { clientId: 'mistyped' }, 1, 'clients.backend.clientId ("mistyped")'],
  ['backend', { keys: { keys: [key] } }, 1, 'clients.backend.keys (kid "k")'],
  ['backend', { scope: 'system/Slot.rs' }, 1, 'clients.backend.scope ("system/Slot.rs")'],
])('of clients.%s, %j is said to be what may be wrong', async (role, change, times, hint) => {
  const right = await rightOne();
  const client = { ...right.clients[role], ...change };
  const { code, wrong, stdout } = await examined({ ...right, clients: { [role]: client } }, `wrong-${role}`);
  expect(wrong).toEqual(
    Array.from({ length: times }, () => expect.stringContaining(`look first at ${hint.split('.')[0]}`)),
  );
  expect(wrong.join(' ')).toContain(hint);
  expect(stdout).not.toContain('not the one');
  expect(code).toBe(3);
});

test('a base URL that is none, and a server that is not there, are told apart from clients', async () => {
  const right = await rightOne();
  for (const fhirBaseUrl of [server.origin, 'http://127.0.0.1:1/fhir']) {
    const { code, stdout } = await examined({ ...right, fhirBaseUrl }, 'nowhere');
    expect(stdout).toMatch(/^missing +server +.*\n +fhirBaseUrl is the address below which \/metadata answers/m);
    expect(stdout).not.toContain('clients.');
    expect(code).toBe(3);
  }
});

test('what a server says steers no terminal', async () => {
  const canned = await serveCanned((request, response) => {
    const isToken = request.url === '/token';
    const said = isToken ? { error: '\u001b[2J' } : smartConfigurationOf(canned.origin);
    response.writeHead(isToken ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  });
  const { fhirBaseUrl } = canned;
  const backend = { clientId: 'x', keys: { keys: [key] }, scope: 's' };
  const { stdout } = await examined({ fhirBaseUrl, clients: { backend } }, 'escapes');
  await canned.close();
  expect(stdout).toContain('is answered 400 \\u001b[2J');
  expect(stdout).not.toContain('\u001b');
});

test('another implementation of OAuth is read as well', async () => {
  const { fhirBaseUrl, clients } = provider.configuration;
  const right = await examined({ fhirBaseUrl, clients }, 'provider');
  expect(right.wrong).toEqual([]);
  expect(right.code).toBe(0);
  const mistaken = {
    public: { ...clients.public, redirectUri: 'https://app.example.org/callback/' },
    symmetric: { ...clients.symmetric, clientSecret: 'not the one' },
  };
  const { wrong } = await examined({ fhirBaseUrl, clients: mistaken }, 'provider-mistaken');
  expect(wrong).toEqual([
    expect.stringMatching(/^clients\.public: an authorization request is answered 400.*clients\.public\.redirectUri/),
    expect.stringMatching(/^clients\.symmetric: .*invalid_client.*clients\.symmetric\.clientSecret/),
  ]);
});
