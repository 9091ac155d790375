import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from './index.ts';
import { ask } from './testing/ask.ts';
import { createUserAgent, type Visited } from './testing/user-agent.ts';

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const authorizeUrl = (parameters: Readonly<Record<string, string>> = {}) => {
  const { public: client } = server.configuration().clients;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri ?? '',
    scope: 'launch/patient patient/*.rs openid fhirUser offline_access',
    state: 'st',
    aud: server.fhirBaseUrl,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  });
  return `${server.origin}/oauth/authorize?${query}`;
};

const signIn = async (agent: ReturnType<typeof createUserAgent>, page: Visited, role: string) => {
  const { username = '', password = '' } = server.configuration().users[role] ?? {};
  return agent.submit(page, { username, password });
};

const redeem = async (code: string, parameters: Readonly<Record<string, string>> = {}) => {
  const { public: client } = server.configuration().clients;
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri ?? '',
    client_id: client.clientId,
    code_verifier: verifier,
    ...parameters,
  });
  const answer = await ask(`${server.origin}/oauth/token`, { method: 'POST', body });
  return { status: answer.status, json: JSON.parse(answer.body) };
};

const launch = async (role: string, parameters: Readonly<Record<string, string>> = {}, patient?: string) => {
  const agent = createUserAgent(server.origin);
  let page = await signIn(agent, await agent.visit(authorizeUrl(parameters)), role);
  if (patient !== undefined) page = await agent.submit(page, { patient });
  return agent.submit(page, { decision: 'allow' });
};

describe('a standalone launch', () => {
  test('of a patient asks for consent alone and ends with tokens that open the record', async () => {
    const { returned } = await launch('patient');
    expect(returned?.get('state')).toBe('st');
    const { status, json } = await redeem(returned?.get('code') ?? '');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'launch/patient patient/*.rs openid fhirUser offline_access',
      patient: 'pat-1',
      need_patient_banner: true,
      id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.any(String),
    });
    const headers = { authorization: `Bearer ${json.access_token}` };
    expect((await ask(`${server.fhirBaseUrl}/Patient/pat-1`, { headers })).status).toBe(200);
    expect((await ask(`${server.fhirBaseUrl}/Patient/pat-2`, { headers })).status).toBe(404);
  });

  test('of a clinician asks whose record', async () => {
    const { returned } = await launch('practitioner', {}, 'pat-2');
    expect((await redeem(returned?.get('code') ?? '')).json.patient).toBe('pat-2');
  });

  test('leaves out what the user unchecks, and is denied when they deny', async () => {
    const agent = createUserAgent(server.origin);
    const consent = await signIn(agent, await agent.visit(authorizeUrl()), 'patient');
    const { returned } = await agent.submit(consent, { decision: 'allow' }, ['offline_access', 'openid']);
    const { json } = await redeem(returned?.get('code') ?? '');
    expect(json.scope).toBe('launch/patient patient/*.rs fhirUser');
    expect(json).not.toHaveProperty('refresh_token');
    expect(json).not.toHaveProperty('id_token');
    const again = await agent.submit(await agent.visit(authorizeUrl()), { decision: 'deny' });
    expect(Object.fromEntries(again.returned ?? [])).toMatchObject({ error: 'access_denied', state: 'st' });
  });

  test.each([
    ['aud of another server', { aud: 'https://other.example/fhir' }, 'invalid_request'],
    ['no code_challenge', { code_challenge: '' }, 'invalid_request'],
    ['plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['no scope', { scope: '' }, 'invalid_scope'],
    ['launch without a launch value', { scope: 'launch patient/*.rs' }, 'invalid_request'],
    ['an unknown launch value', { launch: 'nonsense' }, 'invalid_request'],
  ])('is refused for %s', async (_, parameters, error) => {
    const { returned } = await createUserAgent(server.origin).visit(authorizeUrl(parameters));
    expect(Object.fromEntries(returned ?? [])).toMatchObject({ error, state: 'st' });
  });
});

describe('a code', () => {
  test('is good once, and its tokens end when it comes again', async () => {
    const code = (await launch('patient')).returned?.get('code') ?? '';
    const first = await redeem(code);
    expect(await redeem(code)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    const headers = { authorization: `Bearer ${first.json.access_token}` };
    expect((await ask(`${server.fhirBaseUrl}/Patient/pat-1`, { headers })).status).toBe(401);
  });

  test.each([
    ['another verifier', { code_verifier: 'w'.repeat(43) }],
    ['the challenge as verifier', { code_verifier: challenge }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect URI', { redirect_uri: 'https://app.smart-check.test/other' }],
    ['another public client', { client_id: 'smart-check-other-browser-app' }],
  ])('is refused with %s', async (_, parameters) => {
    const code = (await launch('patient')).returned?.get('code') ?? '';
    expect(await redeem(code, parameters)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await redeem(code)).status).toBe(200);
  });
});

describe('sign-in', () => {
  test('locks an account after five wrong passwords', async () => {
    const agent = createUserAgent(server.origin);
    let page = await agent.visit(authorizeUrl());
    for (let tries = 0; tries < 5; tries += 1) {
      page = await agent.submit(page, { username: 'dr-eve', password: 'wrong' });
    }
    expect(page.html).toContain('This account is locked.');
    expect((await signIn(agent, page, 'restricted')).html).toContain('This account is locked.');
  });

  test('asks some for a one-time password', async () => {
    const agent = createUserAgent(server.origin);
    const page = await signIn(agent, await agent.visit(authorizeUrl()), 'careful');
    expect(page.html).toContain('one-time-code');
    expect((await agent.submit(page, { code: '000000' })).html).toContain('The code is wrong.');
  });

  test('is bound to the browser that began', async () => {
    const agent = createUserAgent(server.origin);
    const page = await agent.visit(authorizeUrl());
    expect((await createUserAgent(server.origin).visit(page.url)).status).toBe(400);
  });
});

test('the EHR opens an app, and the launch brings what is open in it', async () => {
  const agent = createUserAgent(server.origin);
  const portal = await signIn(agent, await agent.visit(`${server.origin}/ehr`), 'practitioner');
  expect(portal.html).toContain('My patients');
  const start = `${server.origin}/ehr?patient=pat-1&encounter=enc-1&start=smart-check-browser-app`;
  const opened = await agent.visit(start);
  expect(opened.returned?.get('iss')).toBe(server.fhirBaseUrl);
  const parameters = { launch: opened.returned?.get('launch') ?? '', scope: 'launch user/*.rs' };
  const { returned } = await agent.submit(await agent.visit(authorizeUrl(parameters)), { decision: 'allow' });
  expect((await redeem(returned?.get('code') ?? '')).json).toMatchObject({
    patient: 'pat-1',
    encounter: 'enc-1',
    need_patient_banner: false,
    intent: expect.any(String),
    fhirContext: expect.any(Array),
    tenant: expect.any(String),
  });
  const reused = await agent.visit(authorizeUrl(parameters));
  expect(reused.returned?.get('error')).toBe('invalid_request');
});
