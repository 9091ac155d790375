import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check } from '../src/index.ts';
import { type ReferenceBehindProxy, serveBehindProxy } from './fixtures/reference-behind-proxy.ts';

/** A server that knows no HTTP Basic. */
let server: ReferenceBehindProxy;

beforeAll(async () => {
  server = await serveBehindProxy(({ url, headers }, outgoing) => {
    if (!url?.endsWith('/token') || !/^basic /i.test(headers.authorization ?? '')) return false;
    const challenge = { 'content-type': 'application/json', 'www-authenticate': 'Basic' };
    outgoing.writeHead(401, challenge).end('{"error":"invalid_client"}');
    return true;
  });
});
afterAll(() => server.close());

async function verdictsOn(tokenEndpointAuthMethod?: 'client_secret_post') {
  const { symmetric } = server.configuration.clients;
  if (!symmetric) throw new Error('the server describes a client with a secret');
  const client = { ...symmetric, ...(tokenEndpointAuthMethod && { tokenEndpointAuthMethod }) };
  const { report, dispose } = await check({
    configuration: { ...server.configuration, clients: { symmetric: client } },
    suites: ['client-symmetric'],
    browseBy: createPlainBrowser,
  });
  await dispose();
  return Object.fromEntries(
    report.requirements.map(({ id, verdict }) => [id.replace('client-symmetric/', ''), verdict]),
  );
}

it('a server that takes the secret in the body alone is found out either way, and more so when that is said', async () => {
  expect(await verdictsOn()).toMatchObject({
    'launch-completes': 'violated',
    'basic-accepted': 'violated',
    'wrong-secret-refused': 'untested',
  });
  expect(await verdictsOn('client_secret_post')).toMatchObject({
    'launch-completes': 'holds',
    'basic-accepted': 'violated',
    'wrong-secret-refused': 'holds',
  });
});
