import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../testing/ask.ts';
import { type FhirServer, startFhirServer } from '../testing/fhir-access.ts';

let fhir: FhirServer;
let token: string;

beforeAll(async () => {
  fhir = await startFhirServer();
  const grant = {
    clientId: 'smart-check-service',
    scopes: ['system/Patient.rs'],
    patient: null,
    encounter: null,
    fhirUser: null,
    userMayNotSee: [],
    expiresAt: Date.now() + 60_000,
  };
  token = fhir.token({ kind: 'granted', grant });
});
afterAll(() => fhir.server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  ask(`${fhir.server.fhirBaseUrl}/${path}`, { headers });

test.each(['Bearer', 'bearer', 'BEARER'])('the scheme %s is taken', async (scheme) => {
  expect((await get('Patient/pat-1', { authorization: `${scheme} ${token}` })).status).toBe(200);
});

test.each<[string, () => Record<string, string>, string]>([
  ['no token', () => ({}), 'Patient/pat-1'],
  ['another scheme', () => ({ authorization: `Basic ${token}` }), 'Patient/pat-1'],
  ['a token in the query', () => ({}), 'Patient/pat-1?access_token='],
])('%s is answered 401 without an error code', async (_, headers, path) => {
  const answer = await get(path.endsWith('=') ? path + token : path, headers());
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="fhir"' } });
  expect(JSON.parse(answer.body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] });
});

test('a token in a form is none', async () => {
  const body = new URLSearchParams({ access_token: token });
  const answer = await ask(`${fhir.server.fhirBaseUrl}/Patient/_search`, { method: 'POST', body });
  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="fhir"' } });
});

test.each([
  ['unknown', () => `${token}x`, 'not one of this server'],
  ['expired', () => fhir.token({ kind: 'expired' }), 'has expired'],
  ['malformed', () => 'a b', 'not one of this server'],
])('an %s token is answered 401 invalid_token', async (_, make, text) => {
  const { status, headers } = await get('Patient/pat-1', { authorization: `Bearer ${make()}` });
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toMatch(
    /^Bearer realm="fhir", error="invalid_token", error_description="[^"]+"$/,
  );
  expect(headers['www-authenticate']).toContain(text);
});

test('insufficient scope is answered 403 with the scope that is missing', async () => {
  const { status, headers, body } = await get('Observation?patient=pat-1', { authorization: `Bearer ${token}` });
  expect(status).toBe(403);
  expect(headers['www-authenticate']).toMatch(/error="insufficient_scope".*, scope="system\/Observation\.s"$/);
  expect(JSON.parse(body).issue[0].code).toBe('forbidden');
});

test('a repeated Authorization header is answered 400 invalid_request', async () => {
  const { hostname, port } = new URL(fhir.server.origin);
  const answer = await new Promise<{ status?: number; challenge?: string }>((resolve, reject) => {
    const headers = ['host', hostname, 'authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`];
    request({ hostname, port, path: '/fhir/Patient/pat-1', headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] });
    })
      .on('error', reject)
      .end();
  });
  expect(answer.status).toBe(400);
  expect(answer.challenge).toContain('error="invalid_request"');
});
