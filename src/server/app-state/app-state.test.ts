import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessGrant } from '../access.ts';
import { type RunningServer, startServer } from '../index.ts';
import { ask } from '../testing/ask.ts';
import type { Variant } from '../variants/variant.ts';

const system = 'https://state-app.smart-check.test';
const grants: Readonly<Record<string, Partial<AccessGrant>>> = {
  patient: { scopes: ['patient/Basic.cuds'] },
  user: { scopes: ['user/Basic.cuds'] },
  other: { scopes: ['patient/Basic.cuds', 'user/Basic.cuds'], clientId: 'smart-check-web-app' },
  reader: { scopes: [`patient/Basic.s?code=${system}|preferences`] },
  narrow: { scopes: [`patient/Basic.cuds?code=${system}|preferences`] },
  ordinary: { scopes: ['user/Basic.cuds'], clientId: 'smart-check-companion-app' },
};

let server: RunningServer;

async function serverWith(variant?: Variant): Promise<RunningServer> {
  return startServer({
    ...(variant && { variant }),
    faults: [
      {
        id: 'testing/tokens~known',
        requirement: 'testing/tokens',
        level: 'fail',
        summary: 'Knows the tokens of this test',
        also: [],
        override: () => ({
          resolveAccessToken: (token) => {
            const grant = grants[token];
            return grant ? { kind: 'granted', grant: { ...usual, ...grant } } : { kind: 'unknown' };
          },
        }),
      },
    ],
  });
}

const usual: AccessGrant = {
  clientId: 'smart-check-state-app',
  scopes: [],
  patient: 'pat-1',
  encounter: null,
  fhirUser: 'Practitioner/dr-bob',
  userMayNotSee: [],
  expiresAt: Date.now() + 3_600_000,
};

beforeAll(async () => {
  server = await serverWith();
});
afterAll(() => server.close());

async function send(token: string, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await ask(`${server.origin}/appstate/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
}

function state(subject: string | null = 'Patient/pat-1', code = 'preferences', more: object = {}) {
  return {
    resourceType: 'Basic',
    ...(subject !== null && { subject: { reference: `${server.fhirBaseUrl}/${subject}` } }),
    code: { coding: [{ system, code }] },
    extension: [{ url: 'https://a.example', valueString: '<b> \u{1f600} ' }],
    ...more,
  };
}

/** Created for one test, and deleted at its end. */
async function withState(run: (id: string, etag: string) => Promise<void>, body: object = state()) {
  const created = await send('user', 'POST', 'Basic', body);
  expect(created.status).toBe(201);
  try {
    await run(created.json.id, String(created.headers.etag));
  } finally {
    const path = `Basic?code=${encodeURIComponent(`${system}|preferences`)}`;
    for (const { resource } of (await send('user', 'GET', path)).json.entry ?? []) {
      const headers = { 'if-match': `W/"${resource.meta.versionId}"` };
      expect((await send('user', 'DELETE', `Basic/${resource.id}`, undefined, headers)).status).toBe(204);
    }
  }
}

const search = (subject: string | null, code = 'preferences') => {
  const about: Record<string, string> =
    subject === null ? { 'subject:missing': 'true' } : { subject: `${server.fhirBaseUrl}/${subject}` };
  return `Basic?${new URLSearchParams({ code: `${system}|${code}`, ...about })}`;
};

describe('state', () => {
  test('comes back as it was sent, under a new id and version, and is found by code and subject', async () => {
    const sent = state('Patient/pat-1', 'preferences', { id: 'mine', meta: { versionId: '9', tag: [] } });
    await withState(async (id, etag) => {
      const found = await send('patient', 'GET', search('Patient/pat-1'));
      expect(found.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1 });
      expect(found.json.entry[0].resource).toMatchObject({ ...state(), id, meta: { tag: [] } });
      expect(etag).toBe(`W/"${found.json.entry[0].resource.meta.versionId}"`);
      expect(id).not.toBe('mine');
    }, sent);
  });

  test('is one for each code and subject', async () => {
    await withState(async () => {
      expect((await send('user', 'POST', 'Basic', state())).status).toBe(409);
    });
  });

  test.each<[string, Record<string, string>, object, number]>([
    ['without If-Match', {}, {}, 400],
    ['of an old version', { 'if-match': 'W/"old"' }, {}, 412],
    ['with any version', { 'if-match': '*' }, {}, 412],
    ['with another id in the body', { 'if-match': 'current' }, { id: 'other' }, 400],
    ['without id in the body', { 'if-match': 'current' }, { id: undefined }, 400],
    ['to another code', { 'if-match': 'current' }, { code: { coding: [{ system, code: 'keys' }] } }, 412],
    ['to another subject', { 'if-match': 'current' }, { subject: { reference: 'x' } }, 412],
    ['to no subject', { 'if-match': 'current' }, { subject: undefined }, 412],
    ['of the current version', { 'if-match': 'current' }, {}, 200],
  ])('an update %s: %j', async (_, headers, change, status) => {
    await withState(async (id, etag) => {
      const sent = headers['if-match'] === 'current' ? { 'if-match': etag } : headers;
      const answer = await send('patient', 'PUT', `Basic/${id}`, { ...state(), id, ...change }, sent);
      expect(answer.status).toBe(status);
      if (status === 200) expect(answer.headers.etag).not.toBe(etag);
    });
  });

  test.each<[string, Record<string, string>, number]>([
    ['without If-Match', {}, 400],
    ['of an old version', { 'if-match': 'W/"old"' }, 412],
  ])('a delete %s is refused', async (_, headers, status) => {
    await withState(async (id) => {
      expect((await send('patient', 'DELETE', `Basic/${id}`, undefined, headers)).status).toBe(status);
    });
  });

  test('once deleted fails as a precondition, for good', async () => {
    await withState(async (id, etag) => {
      const headers = { 'if-match': etag };
      expect((await send('patient', 'DELETE', `Basic/${id}`, undefined, headers)).status).toBe(204);
      expect((await send('patient', 'DELETE', `Basic/${id}`, undefined, headers)).status).toBe(412);
      expect((await send('patient', 'PUT', `Basic/${id}`, { ...state(), id }, headers)).status).toBe(412);
      expect((await send('patient', 'GET', search('Patient/pat-1'))).json.entry).toBeUndefined();
    });
  });

  test.each<[string, object, number]>([
    ['no code', { code: undefined }, 400],
    [
      'two codings',
      {
        code: {
          coding: [
            { system, code: 'preferences' },
            { system, code: 'b' },
          ],
        },
      },
      422,
    ],
    ['an integer', { extension: [{ url: 'https://a.example', valueInteger: 1 }] }, 422],
    ['an extension of an extension', { extension: [{ url: 'https://a.example', extension: [] }] }, 422],
    ['more than 256 KB', { extension: [{ url: 'https://a.example', valueString: 'x'.repeat(262_144) }] }, 413],
  ])('with %s is refused', async (_, change, status) => {
    expect((await send('user', 'POST', 'Basic', { ...state(), ...change })).status).toBe(status);
  });
});

describe('access', () => {
  test.each<[string, string, string, object | null, number]>([
    ['a patient\u2019s token about the patient', 'patient', 'POST', { subject: 'Patient/pat-1' }, 409],
    ['a patient\u2019s token about another', 'patient', 'POST', { subject: 'Patient/pat-2' }, 403],
    ['a patient\u2019s token about nobody', 'patient', 'POST', { subject: null }, 403],
    ['an app without codes', 'other', 'POST', { subject: 'Patient/pat-1' }, 403],
    ['an ordinary app about nobody', 'ordinary', 'POST', { subject: null }, 403],
    ['a reader', 'reader', 'POST', { subject: 'Patient/pat-1' }, 403],
    ['a token for one code under another', 'narrow', 'POST', { subject: 'Patient/pat-1', code: 'keys' }, 403],
    ['an unknown token', 'nobody', 'POST', { subject: 'Patient/pat-1' }, 401],
  ])('%s creates: %s', async (_, token, method, about, status) => {
    await withState(async () => {
      const { subject = null, code = 'preferences' } = about as { subject?: string; code?: string };
      expect((await send(token, method, 'Basic', state(subject, code))).status).toBe(status);
    });
  });

  test.each([
    ['patient', 'Patient/pat-1', 200],
    ['patient', 'Patient/pat-2', 403],
    ['patient', null, 403],
    ['reader', 'Patient/pat-1', 200],
    ['user', null, 200],
    ['user', 'Practitioner/dr-bob', 200],
    ['other', 'Patient/pat-1', 403],
    ['ordinary', null, 200],
  ] as const)('%s searches state of %s: %d', async (token, subject, status) => {
    expect((await send(token, 'GET', search(subject))).status).toBe(status);
  });
});

test('at the FHIR base URL it is served among everything else', async () => {
  const other = await serverWith({
    id: 'at-the-fhir-base',
    summary: 'Serves App State at the FHIR base URL',
    site: (usual) => ({ ...usual, appState: usual.fhir }),
  });
  const { json } = await ask(`${other.fhirBaseUrl}/.well-known/smart-configuration`).then(({ body }) => ({
    json: JSON.parse(body),
  }));
  expect(json.associated_endpoints).toBeUndefined();
  expect(json.capabilities).toContain('smart-app-state');
  const answer = await ask(`${other.fhirBaseUrl}/Basic`, {
    method: 'POST',
    headers: { authorization: 'Bearer user', 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...state(), subject: { reference: `${other.fhirBaseUrl}/Patient/pat-1` } }),
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.location).toMatch(new RegExp(`^${other.fhirBaseUrl}/Basic/[^/]+$`));
  await other.close();
});
