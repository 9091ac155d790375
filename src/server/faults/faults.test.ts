import { createPublicKey } from 'node:crypto';
import { Agent } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Fault, faults, type RunningServer, startServer } from '../index.ts';
import { type Answer, ask, preflight, type Question } from '../testing/ask.ts';
import { pointless } from './consequences.ts';

const registered = 'https://app.smart-check.test';
const stranger = 'https://stranger.example';
const smartConfiguration = '/fhir/.well-known/smart-configuration';
const form = { method: 'POST', body: new URLSearchParams() };

/** What is asked of the conformant server and of each faulty one. */
const questions: Readonly<Record<string, readonly [path: string, question?: Question]>> = {
  'smart-configuration': [smartConfiguration, { headers: { accept: 'application/json' } }],
  'smart-configuration without Accept': [smartConfiguration],
  'smart-configuration as text/html': [smartConfiguration, { headers: { accept: 'text/html' } }],
  'smart-configuration as XML': [smartConfiguration, { headers: { accept: 'application/fhir+xml' } }],
  'smart-configuration as FHIR': [smartConfiguration, { headers: { accept: 'application/fhir+json' } }],
  'smart-configuration as image': [smartConfiguration, { headers: { accept: 'image/png' } }],
  'smart-configuration as nothing': [smartConfiguration, { headers: { accept: '*/*;q=0' } }],
  'smart-configuration with token': [
    smartConfiguration,
    { headers: { accept: 'application/json', authorization: 'Bearer x' } },
  ],
  'smart-configuration for a page': [smartConfiguration, { headers: { accept: 'application/json', origin: stranger } }],
  'smart-configuration preflight': [smartConfiguration, preflight(stranger, 'GET')],
  metadata: ['/fhir/metadata'],
  'metadata of versions': ['/fhir/$versions'],
  'metadata for a page': ['/fhir/metadata', { headers: { origin: stranger } }],
  'metadata preflight': ['/fhir/metadata', preflight(stranger, 'GET')],
  'openid-configuration': ['/oauth/.well-known/openid-configuration'],
  jwks: ['/oauth/jwks'],
  authorize: ['/oauth/authorize'],
  token: ['/oauth/token', form],
  'token for a page': ['/oauth/token', { ...form, headers: { origin: registered } }],
  'token preflight': ['/oauth/token', preflight(registered, 'POST', 'authorization')],
  introspect: ['/oauth/introspect', form],
  revoke: ['/oauth/revoke', form],
  manage: ['/manage'],
  brands: ['/brands.json'],
  'fhir for a page': ['/fhir/Patient', { headers: { origin: registered } }],
  'fhir preflight': ['/fhir/Patient', preflight(registered, 'PUT', 'authorization')],
  'smart-configuration at host root': ['/.well-known/smart-configuration'],
  'openid-configuration after well-known': ['/.well-known/openid-configuration/oauth'],
  'login page': ['/login'],
  'other keys': ['/oauth/jwks/v2'],
  'registration endpoint': ['/oauth/register', { method: 'POST', body: '{}' }],
};

type Answers = Readonly<Record<string, Answer>>;

async function answersOf(server: RunningServer): Promise<Answers> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const answers = await Promise.all(
    Object.entries(questions).map(async ([name, [path, question]]) => {
      const { status, headers, body } = await ask(server.origin + path, { agent, ...question });
      const { date: _, 'content-length': __, ...compared } = headers;
      // What differs from one start to the next.
      const steady = body
        .replaceAll(new URL(server.origin).port, 'PORT')
        .replace(/"(date|timestamp)":"[^"]*"/g, '"$1":"…"');
      return [name, { status, headers: compared, body: steady }] as const;
    }),
  );
  agent.destroy();
  return Object.fromEntries(answers);
}

let conformant: Answers;

beforeAll(async () => {
  const server = await startServer();
  conformant = await answersOf(server);
  await server.close();
});

async function faultyAnswers(id: string): Promise<Answers> {
  const server = await startServer({ faults: faults.filter((fault) => fault.id === id) });
  try {
    return await answersOf(server);
  } finally {
    await server.close();
  }
}

function membersChanged(before: string, after: string): readonly string[] {
  const [one, other] = [JSON.parse(before), JSON.parse(after)];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name])).sort();
}

test('every fault has an id of its own, made of its requirement and a variant', () => {
  const ids = faults.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, requirement, also, summary } of faults) {
    expect(id).toMatch(/^[a-z-]+\/[a-z0-9-]+~[a-z0-9-]+$/);
    expect(id.startsWith(`${requirement}~`)).toBe(true);
    expect(also).not.toContain(requirement);
    expect(new Set(also).size).toBe(also.length);
    expect(summary).not.toBe('');
  }
});

/** The members of the SMART configuration in which a fault of each requirement may differ. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  'absolute-urls': [
    'associated_endpoints',
    'authorization_endpoint',
    'introspection_endpoint',
    'issuer',
    'jwks_uri',
    'management_endpoint',
    'revocation_endpoint',
    'token_endpoint',
    'user_access_brand_bundle',
  ],
  'app-state-endpoint-deprecated': ['associated_endpoints', 'capabilities', 'smart_app_state_endpoint'],
  'associated-endpoints': ['associated_endpoints'],
  'asymmetric-algorithms': [
    'token_endpoint_auth_methods_supported',
    'token_endpoint_auth_signing_alg_values_supported',
  ],
  'asymmetric-auth-method': ['token_endpoint_auth_methods_supported'],
  'asymmetric-client-is-an-addition': ['capabilities'],
  'asymmetric-no-alg-none': ['token_endpoint_auth_signing_alg_values_supported'],
  'asymmetric-scopes-supported': ['scopes_supported'],
  'authorization-endpoint': ['authorization_endpoint', 'capabilities'],
  'brand-bundle': ['user_access_brand_bundle'],
  'brand-identifier': ['user_access_brand_identifier'],
  capabilities: ['capabilities'],
  'capability-names': ['capabilities'],
  'capability-set': ['capabilities'],
  'clinician-access-ehr': ['capabilities'],
  'clinician-access-standalone': ['capabilities'],
  'conveys-endpoints-and-capabilities': ['authorization_endpoint', 'token_endpoint'],
  'extension-scopes': ['scopes_supported'],
  'grant-type-authorization-code': ['grant_types_supported'],
  'grant-type-client-credentials': ['grant_types_supported'],
  'grant-types': ['grant_types_supported'],
  https: ['introspection_endpoint'],
  'introspection-endpoint': ['introspection_endpoint'],
  issuer: ['issuer'],
  'issuer-omitted': ['capabilities', 'scopes_supported'],
  'jwks-uri': ['jwks_uri'],
  'patient-access-ehr': ['capabilities'],
  'patient-access-standalone': ['capabilities'],
  'pkce-methods': ['code_challenge_methods_supported'],
  'pkce-no-plain': ['code_challenge_methods_supported'],
  'pkce-s256': ['code_challenge_methods_supported'],
  'response-types': ['response_types_supported'],
  'revocation-endpoint': ['revocation_endpoint'],
  'scopes-supported': ['capabilities', 'scopes_supported'],
  'token-auth-methods': ['token_endpoint_auth_methods_supported'],
};

const overHttp = faults.filter(({ https }) => !https);
const nameOf = (requirement: string) => requirement.slice('discovery/'.length);

describe('a fault in the SMART configuration changes its member, and nothing else', () => {
  const documentFaults = overHttp.filter(
    ({ requirement }) => requirement.startsWith('discovery/') && membersOf[nameOf(requirement)],
  );

  test.each(documentFaults)('$id', async ({ id, requirement }) => {
    const faulty = await faultyAnswers(id);
    const before = conformant['smart-configuration']?.body ?? '';
    const changed = membersChanged(before, faulty['smart-configuration']?.body ?? '');
    expect(changed).not.toEqual([]);
    expect(membersOf[nameOf(requirement)]).toEqual(expect.arrayContaining([...changed]));
    const rest = (answers: Answers) =>
      Object.entries(answers).filter(([name]) => !/^smart-configuration(?! preflight| at)/.test(name));
    expect(rest(faulty)).toEqual(rest(conformant));
  });
});

/** Which questions a fault of each requirement answers differently. */
const questionsOf: Readonly<Record<string, RegExp>> = {
  location: /^smart-configuration(?! preflight)|^login page$/,
  'json-whatever-accept': /^smart-configuration (without|as)/,
  'media-type': /^smart-configuration(?! preflight)/,
  anonymous: /^smart-configuration(?! preflight)/,
  'json-unambiguous': /^smart-configuration(?! preflight)/,
  'endpoints-answer': /^(smart-configuration(?! preflight)|introspect|revoke|authorize|manage|brands)/,
  'management-endpoint': /^(smart-configuration(?! preflight)|manage)/,
  'token-endpoint': /^(smart-configuration(?! preflight)|token(?! preflight)|login page)/,
  'registration-endpoint': /^(smart-configuration(?! preflight)|registration endpoint)/,
  'openid-configuration': /^openid-configuration/,
  'openid-documents-agree': /^(openid-configuration|other keys)/,
  'openid-issuer-equal': /^(openid-configuration|smart-configuration(?! preflight))/,
  'openid-issuer-url': /^(openid-configuration|smart-configuration(?! preflight))/,
  'openid-metadata': /^openid-configuration/,
  'openid-no-empty-arrays': /^openid-configuration/,
  'jwks-document': /^jwks$/,
  'jwks-keys-well-formed': /^jwks$/,
  'jwks-no-private-keys': /^(jwks|openid-configuration|other keys)$/,
  'jwks-distinct-kids': /^jwks$/,
  'jwks-media-type': /^jwks$/,
  'cors-smart-configuration': /^smart-configuration(?! at)/,
  'cors-metadata': /^metadata/,
  'cors-public-preflight': /^(smart-configuration|metadata) preflight$/,
  'cors-token-endpoint-errors': /^token/,
  'cors-token-endpoint-preflight': /^token preflight$/,
  'cors-fhir-preflight': /^fhir (for a page|preflight)$/,
  'cors-fhir-write-preflight': /^fhir preflight$/,
  'cors-no-wildcard-with-credentials': /^(fhir|smart-configuration) (for a page|preflight)$/,
  'cors-vary-origin': /^(fhir|token|smart-configuration) ?(for a page|preflight)?$/,
  'oauth-uris-published': /^metadata/,
  'oauth-uris-agree': /^metadata/,
  'oauth-uris-do-not-contradict': /^metadata/,
  'fhir-version-stated': /^metadata/,
  'fhir-versions-agree': /^metadata/,
  'fhir-media-type': /^metadata/,
};

describe('a fault in an answer changes that answer, and no other', () => {
  // What shows only in a launch, or with a token, is shown by self-test.
  const answerFaults = overHttp.filter(
    ({ requirement, fhirVersion }) =>
      requirement.startsWith('discovery/') && !membersOf[nameOf(requirement)] && fhirVersion === undefined,
  );

  test.each(answerFaults)('$id', async ({ id, requirement }) => {
    const faulty = await faultyAnswers(id);
    const changed = Object.keys(questions).filter((name) => {
      return JSON.stringify(faulty[name]) !== JSON.stringify(conformant[name]);
    });
    expect(changed).not.toEqual([]);
    for (const name of changed) expect(name).toMatch(questionsOf[nameOf(requirement)] ?? /^nowhere$/);
  });
});

function named(id: string): readonly Fault[] {
  return faults.filter((fault) => fault.id === id);
}

/** Starts a server with one fault, for as long as it takes to ask it something. */
async function withFault<Result>(id: string, use: (server: RunningServer) => Promise<Result>): Promise<Result> {
  const server = await startServer({ faults: named(id), https: named(id).some(({ https }) => https === true) });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

const documentOf = (id: string, headers: Record<string, string> = {}) =>
  withFault(id, ({ origin }) => ask(origin + smartConfiguration, { headers }));

describe('the SMART configuration of a faulty server', () => {
  test.each([
    ['absent', undefined],
    ['json-patch', 'application/json-patch+json'],
    ['echoes-accept', 'image/png'],
  ])('media-type~%s has Content-Type %s', async (variant, type) => {
    const answer = await documentOf(`discovery/media-type~${variant}`, { accept: 'image/png' });
    expect(answer.headers['content-type']).toBe(type);
    expect(JSON.parse(answer.body)).toHaveProperty('token_endpoint');
  });

  test.each([
    ['array', /^\[\{.*\}\]$/],
    ['string', /^"\{.*\}"$/],
    ['null', /^null$/],
    ['truncated', /^\{.*[^}]$/],
    ['trailing-comma', /^\{.*,\}$/],
    ['empty', /^$/],
    ['utf-16', /^\{\0"\0i\0/],
    ['html-as-json', /^<!doctype html>/],
  ])('location~%s is no JSON object, though sent as one', async (variant, form) => {
    const { status, headers, body } = await documentOf(`discovery/location~${variant}`);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    expect(body).toMatch(form);
  });

  test.each([
    ['duplicate-member', (body: string) => body.split('"token_endpoint":').length === 3],
    ['duplicate-member-escaped', (body: string) => body.includes('"\\u0063apabilities":')],
    ['duplicate-member-inside', (body: string) => body.split('"system":').length === 3],
    ['byte-order-mark', (body: string) => body.startsWith('\ufeff{')],
    ['deep', (body: string) => body.includes('['.repeat(200))],
  ])('json-unambiguous~%s still holds everything', async (variant, isOdd) => {
    const { body } = await documentOf(`discovery/json-unambiguous~${variant}`);
    expect(isOdd(body)).toBe(true);
    expect(JSON.parse(body.replace(/^\ufeff/, ''))).toMatchObject({
      ...JSON.parse(conformant['smart-configuration']?.body ?? ''),
      ...JSON.parse(body.replace(/^\ufeff/, '')),
      capabilities: expect.arrayContaining(['smart-app-state']),
    });
  });

  test('anonymous~needs-token is there for those who have one', async () => {
    const id = 'discovery/anonymous~needs-token';
    expect((await documentOf(id)).status).toBe(401);
    expect((await documentOf(id, { authorization: 'Bearer x' })).status).toBe(200);
  });
});

describe('keys of a faulty server', () => {
  const keysOf = (id: string) =>
    withFault(id, async ({ origin }) => JSON.parse((await ask(`${origin}/oauth/jwks`)).body).keys);

  test('jwks-keys-well-formed~rsa-1024 has a modulus of 1024 bits', async () => {
    const [rsa] = await keysOf('discovery/jwks-keys-well-formed~rsa-1024');
    expect(Buffer.from(rsa.n, 'base64url').length).toBe(128);
  });

  test('jwks-keys-well-formed~off-curve is refused by a library', async () => {
    const [, ec] = await keysOf('discovery/jwks-keys-well-formed~off-curve');
    expect(() => createPublicKey({ key: ec, format: 'jwk' })).toThrow();
  });

  test('jwks-no-private-keys~rsa-d is the private key indeed', async () => {
    const [rsa] = await keysOf('discovery/jwks-no-private-keys~rsa-d');
    expect(Buffer.from(rsa.d, 'base64url').length).toBeGreaterThan(200);
  });

  test('jwks-distinct-kids has two keys of one name that differ', async () => {
    const [one, , other] = await keysOf('discovery/jwks-distinct-kids~two-rsa-keys');
    expect([one.kid, one.kty]).toEqual([other.kid, other.kty]);
    expect(one.n).not.toBe(other.n);
  });
});

describe('pages and a faulty server', () => {
  const preflightOf = (id: string, path: string) =>
    withFault(id, ({ origin }) => ask(origin + path, preflight(registered, 'PUT', 'authorization,content-type')));

  test.each([
    ['cors-fhir-preflight~authorization-by-wildcard', 'access-control-allow-headers', '*'],
    ['cors-fhir-preflight~null', 'access-control-allow-origin', 'null'],
    ['cors-fhir-write-preflight~without-put', 'access-control-allow-methods', 'GET, HEAD, POST, PATCH, DELETE'],
    ['cors-vary-origin~fhir', 'vary', undefined],
    ['cors-no-wildcard-with-credentials~fhir', 'access-control-allow-credentials', 'true'],
  ])('%s: %s is %s', async (id, header, value) => {
    const { status, headers } = await preflightOf(`discovery/${id}`, '/fhir/Observation/1');
    expect(status).toBe(204);
    expect(headers[header]).toBe(value);
  });

  test.each([401, 404, 405])('cors-fhir-preflight~%s refuses, and allows nothing', async (status) => {
    const answer = await preflightOf(`discovery/cors-fhir-preflight~${status}`, '/fhir/Observation/1');
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

describe('https of a faulty server', () => {
  const metadataOf = (id: string, tls: Question = {}) =>
    withFault(`discovery/${id}`, ({ fhirBaseUrl, caCertificate }) =>
      ask(`${fhirBaseUrl}/metadata`, { ca: caCertificate ?? '', ...tls }),
    );
  const oldTls = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

  test.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['not-yet-valid', 'CERT_NOT_YET_VALID'],
    ['other-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('tls-certificate~%s: %s', async (variant, code) => {
    await expect(metadataOf(`tls-certificate~${variant}`)).rejects.toMatchObject({ code });
    expect((await metadataOf(`tls-certificate~${variant}`, { rejectUnauthorized: false })).status).toBe(200);
  });

  test.each(['tls-1-2~only-1-1', 'tls-old-versions-refused~1-0', 'tls-old-versions-refused~1-1'])(
    '%s answers over TLS 1.1',
    async (id) => {
      expect((await metadataOf(id, { ...oldTls, minVersion: 'TLSv1.1' })).status).toBe(200);
    },
  );

  test('TLS 1.0 is spoken where the fault says so, and TLS 1.2 not where it says so', async () => {
    const only10 = { ...oldTls, maxVersion: 'TLSv1' } as const;
    expect((await metadataOf('tls-old-versions-refused~1-0', only10)).status).toBe(200);
    await expect(metadataOf('tls-old-versions-refused~1-1', only10)).rejects.toThrow('protocol version');
    expect((await metadataOf('tls-old-versions-refused~1-1')).status).toBe(200);
    await expect(metadataOf('tls-1-2~only-1-1')).rejects.toThrow('protocol version');
  });

  test('plain-http-refused~same-port answers both', async () => {
    await withFault('discovery/plain-http-refused~same-port', async ({ origin, caCertificate }) => {
      const secure = await ask(`${origin}/fhir/metadata`, { ca: caCertificate ?? '' });
      const plain = await ask(`${origin.replace('https:', 'http:')}/fhir/metadata`);
      expect([secure.status, plain.status]).toEqual([200, 200]);
      expect(plain.body).toBe(secure.body);
      const token = await ask(`${origin.replace('https:', 'http:')}/oauth/token`, form);
      expect(JSON.parse(token.body).error).toBe('invalid_request');
    });
  });
});

test.each([
  ['absent', undefined],
  ['without-token', ['authorize', 'introspect', 'revoke', 'manage']],
])('oauth-uris-published~%s leaves the rest of the CapabilityStatement as it was', async (variant, uris) => {
  const { body } = await withFault(`discovery/oauth-uris-published~${variant}`, ({ fhirBaseUrl }) =>
    ask(`${fhirBaseUrl}/metadata`),
  );
  const [faulty, usual] = [body, conformant.metadata?.body ?? ''].map((text) => JSON.parse(text).rest[0]);
  expect(faulty.security.extension?.[0].extension.map(({ url }: { url: string }) => url)).toEqual(uris);
  expect(faulty.resource).toEqual(usual.resource);
});

test('what follows from faults follows from faults that there are', () => {
  expect(pointless(faults)).toEqual([]);
});
