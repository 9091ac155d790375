import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestBrowser, driveOnce, journeyTo } from '../src/browser/testing/driving.ts';

/** Somebody else's sign-in and consent pages, which nobody made for us: those that oidc-provider brings for trying out. */
const { browser } = createTestBrowser();
let http: Server;
let origin: string;

beforeAll(async () => {
  http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'app',
        client_secret: 'a secret of this test',
        redirect_uris: ['https://app.example.org/callback'],
      },
    ],
    scopes: ['openid', 'offline_access', 'patient/*.rs'],
  });
  http.on('request', provider.callback());
});
afterAll(async () => {
  await browser.close();
  http.closeAllConnections();
  http.close();
});

const verifier = 'v'.repeat(43);

function journey(consent: 'approve' | 'deny') {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'app',
    redirect_uri: 'https://app.example.org/callback',
    scope: 'openid patient/*.rs',
    state: 'a+b %2B&=',
    nonce: 'n-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const user = { username: 'ann', password: 'whatever' };
  return journeyTo(`${origin}/auth?${query}`, { drive: 'auto', user, consent });
}

it('are got through unaided, and the code is good', async () => {
  const outcome = await driveOnce(browser, journey('approve'));
  if (outcome.kind === 'stopped') expect(`${outcome.cause}: ${outcome.message}`).toBe('');
  const parameters = outcome.kind === 'returned' ? outcome.parameters : new URLSearchParams();
  expect(parameters.get('state')).toBe('a+b %2B&=');
  const answer = await fetch(`${origin}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('app:a+secret+of+this+test')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: parameters.get('code') ?? '',
      redirect_uri: 'https://app.example.org/callback',
      code_verifier: verifier,
    }),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ token_type: 'Bearer', id_token: expect.any(String) });
});

it('are denied by the link that says so', async () => {
  const outcome = await driveOnce(browser, journey('deny'));
  expect(outcome.kind === 'returned' && outcome.parameters.get('error')).toBe('access_denied');
});
