import { afterEach, expect, test } from 'vitest';
import { type RunningServer, startServer, variants } from '../index.ts';
import { ask } from '../testing/ask.ts';

let server: RunningServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function start(id: string): Promise<string> {
  const variant = variants.find((candidate) => candidate.id === id);
  if (!variant) throw new Error(`there is no variant ${id}`);
  server = await startServer({ variant });
  return server.fhirBaseUrl;
}

const metadata = async (base: string, accept: string) => {
  const { status, headers, body } = await ask(`${base}/metadata`, { headers: { accept } });
  return { status, type: headers['content-type'], version: JSON.parse(body).fhirVersion };
};

test('a variant of a FHIR version speaks it, and says so in its configuration', async () => {
  expect(await metadata(await start('fhir-1.0.2'), '*/*')).toMatchObject({ version: '1.0.2' });
  expect(server?.configuration().fhirVersion).toBe('1.0.2');
});

test.each([
  ['1.0.2', 'application/json+fhir', 'application/fhir+json'],
  ['4.0.1', 'application/fhir+json', 'application/json+fhir'],
])('media-type-of-%s-only takes %s and not %s', async (version, own, other) => {
  const base = await start(`media-type-of-${version}-only`);
  expect(await metadata(base, own)).toMatchObject({ status: 200, version });
  expect(await metadata(base, `${other}, ${own};q=0.5`)).toMatchObject({ status: 200, version });
  expect(await metadata(base, other)).toMatchObject({ status: 406 });
});

test('media-type-names-version says its version', async () => {
  const { type } = await metadata(await start('media-type-names-version'), 'application/fhir+json');
  expect(type).toBe('application/fhir+json; fhirVersion=4.0; charset=utf-8');
});

test('base-for-each-version has two of everything', async () => {
  const base = await start('base-for-each-version');
  const other = base.replace(/\/fhir$/, '/r3/fhir');
  expect(await metadata(base, '*/*')).toMatchObject({ version: '4.0.1' });
  expect(await metadata(other, '*/*')).toMatchObject({ version: '3.0.2' });
  const endpointOf = async (of: string) =>
    JSON.parse((await ask(`${of}/.well-known/smart-configuration`)).body).token_endpoint;
  expect(await endpointOf(base)).toBe(base.replace(/fhir$/, 'oauth/token'));
  expect(await endpointOf(other)).toBe(other.replace(/fhir$/, 'oauth/token'));
  expect((await ask(await endpointOf(other), { method: 'POST', body: new URLSearchParams() })).status).toBe(400);
});

test('versions-at-one-base answers in the version that is asked for', async () => {
  const base = await start('versions-at-one-base');
  expect(await metadata(base, 'application/fhir+json')).toMatchObject({ version: '3.0.2' });
  expect(await metadata(base, 'application/fhir+json; fhirVersion=4.0')).toMatchObject({ version: '4.0.1' });
  const { body } = await ask(`${base}/$versions`, { headers: { accept: 'application/json' } });
  expect(JSON.parse(body)).toEqual({ versions: ['3.0', '4.0'], default: '3.0' });
});
