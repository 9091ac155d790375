import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fhirVersions, type RunningServer, startServer } from './index.ts';
import { ask, preflight } from './testing/ask.ts';

const registered = 'https://app.smart-check.test';
const stranger = 'https://stranger.example';

let server: RunningServer;
let fhir: string;
let oauth: string;

beforeAll(async () => {
  server = await startServer();
  fhir = server.fhirBaseUrl;
  oauth = `${server.origin}/oauth`;
});
afterAll(() => server.close());

const form = (parameters: Record<string, string> = {}) => ({ method: 'POST', body: new URLSearchParams(parameters) });

describe('the SMART configuration', () => {
  test.each([undefined, 'text/html', 'application/fhir+xml', 'application/fhir+json', 'image/png', '*/*;q=0'])(
    'is JSON when Accept is %s',
    async (accept) => {
      const answer = await ask(`${fhir}/.well-known/smart-configuration`, { headers: accept ? { accept } : {} });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(JSON.parse(answer.body)).toMatchObject({ token_endpoint: `${oauth}/token` });
    },
  );

  test('has every member that guide 2.2 requires or recommends', async () => {
    const { body } = await ask(`${fhir}/.well-known/smart-configuration`);
    const document = JSON.parse(body);
    expect(document).toEqual({
      issuer: oauth,
      jwks_uri: `${oauth}/jwks`,
      authorization_endpoint: `${oauth}/authorize`,
      token_endpoint: `${oauth}/token`,
      grant_types_supported: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      scopes_supported: expect.arrayContaining(['launch', 'openid', 'fhirUser', 'patient/*.rs', 'system/*.rs']),
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      management_endpoint: `${server.origin}/manage`,
      introspection_endpoint: `${oauth}/introspect`,
      revocation_endpoint: `${oauth}/revoke`,
      user_access_brand_bundle: `${server.origin}/brands.json`,
      user_access_brand_identifier: { system: expect.any(String), value: expect.any(String) },
      associated_endpoints: [{ url: `${server.origin}/appstate`, capabilities: ['smart-app-state'] }],
      capabilities: expect.any(Array),
    });
    expect(new Set(document.capabilities).size).toBe(20);
    expect(document.scopes_supported.every((scope: string) => /^\S+$/.test(scope))).toBe(true);
  });

  test('is served with a token that means nothing here', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    expect((await ask(`${fhir}/.well-known/smart-configuration`, { headers })).status).toBe(200);
  });

  test('answers HEAD without a body, OPTIONS with what is allowed, and nothing else', async () => {
    const url = `${fhir}/.well-known/smart-configuration`;
    expect(await ask(url, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(await ask(url, { method: 'OPTIONS' })).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    expect(await ask(url, form())).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });
  });

  test('is not at the root of the host', async () => {
    expect((await ask(`${server.origin}/.well-known/smart-configuration`)).status).toBe(404);
  });
});

describe('the CapabilityStatement', () => {
  test.each(fhirVersions)('of FHIR %s has the shape and media type of that version', async (fhirVersion) => {
    const other = await startServer({ fhirVersion });
    const { headers, body } = await ask(`${other.fhirBaseUrl}/metadata`);
    await other.close();
    const inDstu2 = fhirVersion === '1.0.2';
    expect(headers['content-type']).toBe(
      `${inDstu2 ? 'application/json+fhir' : 'application/fhir+json'}; charset=utf-8`,
    );
    const statement = JSON.parse(body);
    expect(statement).toMatchObject({ resourceType: inDstu2 ? 'Conformance' : 'CapabilityStatement', fhirVersion });
    expect('acceptUnknown' in statement).toBe(inDstu2 || fhirVersion === '3.0.2');
    expect(JSON.stringify(statement.rest).includes('"patch"')).toBe(!inDstu2);
  });

  test('names the same OAuth endpoints as the SMART configuration', async () => {
    const statement = JSON.parse((await ask(`${fhir}/metadata`)).body);
    const [oauthUris] = statement.rest[0].security.extension;
    expect(oauthUris.url).toBe('http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris');
    const named = oauthUris.extension.map(({ url, valueUri }: Record<string, string>) => [url, valueUri]);
    expect(Object.fromEntries(named)).toEqual({
      authorize: `${oauth}/authorize`,
      token: `${oauth}/token`,
      introspect: `${oauth}/introspect`,
      revoke: `${oauth}/revoke`,
      manage: `${server.origin}/manage`,
    });
  });
});

describe('OpenID Connect', () => {
  test('publishes its metadata below the issuer, naming the issuer itself', async () => {
    const { headers, body } = await ask(`${oauth}/.well-known/openid-configuration`);
    expect(headers['content-type']).toBe('application/json');
    const document = JSON.parse(body);
    expect(document).toMatchObject({
      issuer: oauth,
      authorization_endpoint: `${oauth}/authorize`,
      token_endpoint: `${oauth}/token`,
      jwks_uri: `${oauth}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    });
    expect(Object.values(document).filter((value) => Array.isArray(value) && value.length === 0)).toEqual([]);
  });

  test('publishes the public members of its keys and no others', async () => {
    const { keys } = JSON.parse((await ask(`${oauth}/jwks`)).body);
    expect(keys.map((key: object) => Object.keys(key).sort().join(' '))).toEqual([
      'alg e kid kty n use',
      'alg crv kid kty use x y',
    ]);
    expect(Buffer.from(keys[0].n, 'base64url').length).toBe(256);
  });
});

describe('the token endpoint', () => {
  /** Both halves form-encoded before they are joined (RFC 6749 section 2.3.1). */
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from([id, secret].map(encodeURIComponent).join(':')).toString('base64')}`,
  });
  const code = { grant_type: 'authorization_code', code: 'never-issued' };

  test.each([
    ['an empty form', {}, 400, 'invalid_request'],
    ['an unknown grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no client', code, 401, 'invalid_client'],
    ['an unknown client', { ...code, client_id: 'nobody' }, 401, 'invalid_client'],
    [
      'a public client and a code of no authorization',
      { ...code, client_id: 'smart-check-browser-app' },
      400,
      'invalid_grant',
    ],
    ['a confidential client without its secret', { ...code, client_id: 'smart-check-web-app' }, 401, 'invalid_client'],
    [
      'a public client with a secret',
      { ...code, client_id: 'smart-check-browser-app', client_secret: 'x' },
      401,
      'invalid_client',
    ],
  ])('refuses %s', async (_, parameters: Record<string, string>, status, error) => {
    const answer = await ask(`${oauth}/token`, form(parameters));
    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' },
    });
    expect(JSON.parse(answer.body).error).toBe(error);
    expect('www-authenticate' in answer.headers).toBe(status === 401);
  });

  test('knows a confidential client by its secret', async () => {
    const { clientId, clientSecret = '' } = server.configuration().clients.symmetric;
    const right = await ask(`${oauth}/token`, { ...form(code), headers: basic(clientId, clientSecret) });
    expect(JSON.parse(right.body).error).toBe('invalid_grant');
    const wrong = await ask(`${oauth}/token`, { ...form(code), headers: basic(clientId, `${clientSecret}x`) });
    expect(wrong).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="oauth"' } });
    const plain = { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
    expect(await ask(`${oauth}/token`, { ...form(code), headers: plain })).toMatchObject({ status: 401 });
  });

  test('refuses a repeated parameter, another media type and GET', async () => {
    const repeated = await ask(`${oauth}/token`, {
      method: 'POST',
      body: new URLSearchParams('grant_type=authorization_code&grant_type=refresh_token'),
    });
    expect(JSON.parse(repeated.body).error).toBe('invalid_request');
    const headers = { 'content-type': 'application/json' };
    const asJson = await ask(`${oauth}/token`, {
      method: 'POST',
      headers,
      body: '{"grant_type":"authorization_code"}',
    });
    expect(JSON.parse(asJson.body).error).toBe('invalid_request');
    expect(await ask(`${oauth}/token?grant_type=authorization_code`)).toMatchObject({
      status: 405,
      headers: { allow: 'POST, OPTIONS' },
    });
  });
});

test.each(['introspect', 'revoke'])('/oauth/%s asks its callers to authenticate', async (endpoint) => {
  const anonymous = await ask(`${oauth}/${endpoint}`, form({ token: 'x' }));
  expect(anonymous).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="oauth"' } });
  expect(JSON.parse(anonymous.body).error).toBe('invalid_client');
});

test('/oauth/revoke takes an unknown token for one that has ended', async () => {
  const { clientId, clientSecret = '' } = server.configuration().clients.symmetric;
  const credentials = { client_id: clientId, client_secret: clientSecret };
  expect(await ask(`${oauth}/revoke`, form({ token: 'x', ...credentials }))).toMatchObject({ status: 200, body: '' });
});

describe('the authorization endpoint', () => {
  const redirectUri = `${registered}/callback`;
  const requests = [
    ['GET', (parameters: URLSearchParams) => ask(`${oauth}/authorize?${parameters}`)],
    ['POST', (parameters: URLSearchParams) => ask(`${oauth}/authorize`, { method: 'POST', body: parameters })],
  ] as const;

  test.each(requests)('by %s redirects nobody to where no known client is', async (_, request) => {
    const wrong: Record<string, string>[] = [
      {},
      { client_id: 'nobody', redirect_uri: redirectUri },
      { client_id: 'smart-check-browser-app' },
      { client_id: 'smart-check-browser-app', redirect_uri: `${redirectUri}/../evil` },
      { client_id: 'smart-check-browser-app', redirect_uri: 'https://web-app.smart-check.test/callback' },
    ];
    for (const parameters of wrong) {
      const { status, headers } = await request(new URLSearchParams(parameters));
      expect(status).toBe(400);
      expect(headers['content-type']).toMatch(/^text\/html/);
      expect(headers.location).toBeUndefined();
    }
  });

  test.each(requests)('by %s returns state as it came', async (_, request) => {
    const state = 'a+b %2B&=\u00e9';
    const { status, headers } = await request(
      new URLSearchParams({ client_id: 'smart-check-browser-app', redirect_uri: redirectUri, state }),
    );
    expect(status).toBe(303);
    const target = new URL(headers.location ?? '');
    expect(target.origin + target.pathname).toBe(redirectUri);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      error: 'invalid_request',
      error_description: 'response_type is missing',
      state,
    });
  });
});

describe('the FHIR API', () => {
  test.each([
    ['GET', 'Patient'],
    ['GET', 'Patient/1'],
    ['HEAD', 'Patient/1'],
    ['POST', 'Observation'],
    ['PUT', 'Observation/1'],
    ['DELETE', 'Observation/1'],
    ['POST', ''],
    ['POST', 'Patient/_search'],
    ['GET', '_history'],
    ['GET', '$export'],
  ])('refuses %s /%s without a token', async (method, path) => {
    const { status, headers, body } = await ask(`${fhir}/${path}`, { method });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="fhir"');
    if (method !== 'HEAD') expect(JSON.parse(body).resourceType).toBe('OperationOutcome');
  });

  test('says so when a token is not its own', async () => {
    const { status, headers } = await ask(`${fhir}/Patient`, { headers: { authorization: 'bearer nonsense' } });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
  });

  test.each(['.well-known/nothing', 'patient', 'x/y'])('knows nothing of /%s', async (path) => {
    const { status, body } = await ask(`${fhir}/${path}`);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'not-found' }] });
  });
});

describe('pages of other origins', () => {
  test.each([
    '/fhir/.well-known/smart-configuration',
    '/fhir/metadata',
    '/oauth/jwks',
    '/oauth/.well-known/openid-configuration',
    '/brands.json',
  ])('may read %s, whatever their origin', async (path) => {
    const { headers } = await ask(server.origin + path, { headers: { origin: stranger } });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const answer = await ask(server.origin + path, preflight(stranger, 'GET'));
    expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } });
  });

  test.each([
    ['/oauth/token', 'POST'],
    ['/oauth/introspect', 'POST'],
    ['/oauth/revoke', 'POST'],
    ['/fhir/Patient', 'GET'],
  ])('may use %s when a client has registered them, and not otherwise', async (path, method) => {
    const url = server.origin + path;
    const ours = await ask(url, { method, headers: { origin: registered } });
    expect(ours.headers['access-control-allow-origin']).toBe(registered);
    expect(ours.headers['access-control-expose-headers']).toContain('www-authenticate');
    expect(ours.headers.vary).toBe('Origin');

    const theirs = await ask(url, { method, headers: { origin: stranger } });
    expect(theirs.headers['access-control-allow-origin']).toBeUndefined();
    expect(theirs.headers.vary).toBe('Origin');

    const refused = await ask(url, preflight(stranger, method, 'authorization'));
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    expect(refused.headers['access-control-allow-methods']).toBeUndefined();
  });

  test('learn by preflight how they may use the FHIR API', async () => {
    const { status, headers } = await ask(
      `${fhir}/Observation/1`,
      preflight(registered, 'PUT', 'authorization,if-match'),
    );
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(registered);
    expect(headers['access-control-allow-methods']?.split(', ')).toEqual(
      expect.arrayContaining(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    );
    expect(headers['access-control-allow-headers']).toBe(
      'authorization, content-type, if-match, if-none-match, prefer, accept',
    );
  });

  test('may not use the pages for people', async () => {
    const { headers } = await ask(`${server.origin}/manage`, { headers: { origin: registered } });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('behind a proxy', () => {
  test('everything published is below the public URL, and is served with and without its path', async () => {
    const proxied = await startServer({ baseUrl: 'https://ehr.smart-check.test/tenant/' });
    const bare = await ask(`${proxied.origin}/fhir/.well-known/smart-configuration`);
    const passedOn = await ask(`${proxied.origin}/tenant/fhir/.well-known/smart-configuration`);
    const challenged = await ask(`${proxied.origin}/tenant/fhir/Patient/1`);
    const openid = await ask(`${proxied.origin}/tenant/oauth/.well-known/openid-configuration`);
    await proxied.close();

    expect(proxied.fhirBaseUrl).toBe('https://ehr.smart-check.test/tenant/fhir');
    expect(proxied.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(proxied.configuration().fhirBaseUrl).toBe(proxied.fhirBaseUrl);
    expect(passedOn.body).toBe(bare.body);
    expect(bare.body + openid.body).not.toContain(proxied.origin);
    expect(JSON.parse(openid.body).issuer).toBe('https://ehr.smart-check.test/tenant/oauth');
    expect(challenged.status).toBe(401);
  });
});

describe('starting and stopping', () => {
  test('an open connection does not hold up the stop', async () => {
    const other = await startServer();
    const idle = connect(Number(new URL(other.origin).port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    idle.on('error', () => {});
    const ended = new Promise((resolve) => idle.once('close', resolve));
    await other.close();
    await ended;
    await expect(ask(other.origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a port that is taken is said to be', async () => {
    const port = Number(new URL(server.origin).port);
    await expect(startServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('faults are laid one over the other', async () => {
    const { faults } = await import('./index.ts');
    const named = (id: string) => faults.filter((fault) => fault.id === id);
    const other = await startServer({
      faults: [
        ...named('discovery/issuer~absent'),
        ...named('discovery/token-endpoint~null'),
        ...named('discovery/media-type~text-plain'),
      ],
    });
    const { headers, body } = await ask(`${other.fhirBaseUrl}/.well-known/smart-configuration`);
    await other.close();
    expect(headers['content-type']).toBe('text/plain');
    const document = JSON.parse(body);
    expect(document).not.toHaveProperty('issuer');
    expect(document.token_endpoint).toBeNull();
  });
});
