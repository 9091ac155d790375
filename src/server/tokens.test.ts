import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from './index.ts';
import { ask } from './testing/ask.ts';
import { createUserAgent } from './testing/user-agent.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

const post = async (path: string, parameters: Readonly<Record<string, string>>, headers = {}) => {
  const body = new URLSearchParams(parameters);
  const answer = await ask(`${server.origin}/oauth/${path}`, { method: 'POST', body, headers });
  return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
};

type Launching = 'public' | 'symmetric';

/** Credentials of a client as parameters. */
const credentials = (role: Launching) => {
  const { clientId, clientSecret } = server.configuration().clients[role];
  return { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) };
};

async function launch(role: Launching) {
  const { clients, users } = server.configuration();
  const { clientId, redirectUri = '' } = clients[role];
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'launch/patient patient/*.rs openid fhirUser offline_access',
    state: 'st',
    aud: server.fhirBaseUrl,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const agent = createUserAgent(server.origin);
  const { username = '', password = '' } = users.patient ?? {};
  const page = await agent.submit(await agent.visit(`${server.origin}/oauth/authorize?${query}`), {
    username,
    password,
  });
  const { returned } = await agent.submit(page, { decision: 'allow' });
  const parameters = { redirect_uri: redirectUri, code_verifier: verifier, ...credentials(role) };
  const { json } = await post('token', {
    grant_type: 'authorization_code',
    code: returned?.get('code') ?? '',
    ...parameters,
  });
  return json;
}

const reads = async (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await ask(`${server.fhirBaseUrl}/Patient/pat-1`, { headers })).status === 200;
};
const refresh = (role: Launching, token: string) =>
  post('token', { grant_type: 'refresh_token', refresh_token: token, ...credentials(role) });

describe('revocation', () => {
  test('of a refresh token ends the grant and its access tokens, and may be repeated', async () => {
    const tokens = await launch('public');
    expect(await reads(tokens.access_token)).toBe(true);
    for (const _ of ['once', 'again']) {
      const answer = await post('revoke', { token: tokens.refresh_token, ...credentials('public') });
      expect(answer).toMatchObject({ status: 200, body: '' });
    }
    expect((await refresh('public', tokens.refresh_token)).json.error).toBe('invalid_grant');
    expect(await reads(tokens.access_token)).toBe(false);
  });

  test('of an access token leaves its grant alone', async () => {
    const tokens = await launch('public');
    await post('revoke', { token: tokens.access_token, ...credentials('public') });
    expect(await reads(tokens.access_token)).toBe(false);
    expect((await refresh('public', tokens.refresh_token)).status).toBe(200);
  });

  test.each(['access_token', 'nonsense'])('is not misled by token_type_hint=%s', async (hint) => {
    const tokens = await launch('public');
    await post('revoke', { token: tokens.refresh_token, token_type_hint: hint, ...credentials('public') });
    expect((await refresh('public', tokens.refresh_token)).json.error).toBe('invalid_grant');
  });

  test('is refused to other clients and to whoever proves nothing', async () => {
    const tokens = await launch('symmetric');
    const { client_id } = credentials('symmetric');
    const attempts = [
      [credentials('public'), 400, 'invalid_grant'],
      [{ client_id }, 401, 'invalid_client'],
      [{ client_id, client_secret: 'wrong' }, 401, 'invalid_client'],
      [{}, 401, 'invalid_client'],
    ] as const;
    for (const [proof, status, error] of attempts) {
      const answer = await post('revoke', { token: tokens.refresh_token, ...proof });
      expect([answer.status, answer.json.error]).toEqual([status, error]);
    }
    expect((await refresh('symmetric', tokens.refresh_token)).status).toBe(200);
  });

  test('wants a token', async () => {
    expect(await post('revoke', credentials('public'))).toMatchObject({
      status: 400,
      json: { error: 'invalid_request' },
    });
  });
});

test('introspection is not for apps, be it with their secret or with their token', async () => {
  const { access_token: token } = await launch('symmetric');
  expect(await post('introspect', { token, ...credentials('symmetric') })).toMatchObject({ status: 401 });
  const asBearer = await post('introspect', { token }, { authorization: `Bearer ${token}` });
  expect(asBearer).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': expect.stringMatching(/^Bearer .*error="invalid_token"/) },
    json: { error: 'invalid_token' },
  });
});
