import { afterEach, expect, test } from 'vitest';
import type { HttpRequest } from '../kit/index.ts';
import { guardWrites } from './guard-writes.ts';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp } from './testing/servers.ts';

afterEach(closeAll);

const form = new URLSearchParams({ token: 'x' });
const fhir = { 'content-type': 'application/fhir+json' };

const requests: readonly (readonly [HttpRequest['method'], string, Partial<HttpRequest>, 'reads' | 'writes'])[] = [
  ['GET', '/fhir/Patient/1', {}, 'reads'],
  ['HEAD', '/fhir/Patient/1', {}, 'reads'],
  ['OPTIONS', '/fhir/Patient', {}, 'reads'],
  ['POST', '/oauth/token', { body: form }, 'reads'],
  ['POST', '/fhir/oauth/token', { body: form }, 'reads'],
  ['POST', '/oauth/token', { body: '{}', headers: { 'content-type': 'application/json' } }, 'reads'],
  ['POST', '/fhir/Observation', { body: '{}', headers: fhir }, 'writes'],
  ['POST', '/fhir/Observation', { body: '{}', headers: { 'Content-Type': 'application/json' } }, 'writes'],
  ['POST', '/fhir/Observation', {}, 'writes'],
  ['POST', '/fhir', { body: '{}', headers: fhir }, 'writes'],
  ['POST', '/fhir/', { body: '{}', headers: { 'content-type': 'application/json' } }, 'writes'],
  ['POST', '/fhir/Observation/_search', { body: form }, 'writes'],
  ['POST', '/state/Basic', { body: '{}', headers: fhir }, 'writes'],
  ['PUT', '/fhir/Observation/1', { body: '{}', headers: fhir }, 'writes'],
  ['PATCH', '/elsewhere', { body: '[]' }, 'writes'],
  ['DELETE', '/fhir/Observation/1', {}, 'writes'],
];

test.each(requests)('%s %s: %j', async (method = 'GET', path, more, kind) => {
  const server = await serveHttp((_, response) => response.end());
  const client = makeClient();
  const fhirBaseUrl = `${server.origin}/fhir`;
  const request = { method, url: `${server.origin}${path}`, ...more };

  const guarded = guardWrites(client, { allowWrites: false, fhirBaseUrl });
  const refused = await guarded.send(request).then(
    () => null,
    (thrown) => thrown,
  );
  expect(refused?.why).toBe(kind === 'writes' ? 'not-allowed' : undefined);
  expect(server.arrived).toHaveLength(kind === 'writes' ? 0 : 1);

  await guardWrites(client, { allowWrites: true, fhirBaseUrl }).send(request);
  expect(server.arrived).toHaveLength(kind === 'writes' ? 1 : 2);
});
