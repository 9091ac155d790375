import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check, readConfiguration } from '../src/index.ts';
import type { Configuration } from '../src/kit/index.ts';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';

/** A server that conforms, behind a proxy that knows no HTTP Basic. */
let proxy: Server;
let reference: RunningServer;
let folder: string;
let configuration: Configuration;

beforeAll(async () => {
  proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    if (url?.endsWith('/token') && /^basic /i.test(headers.authorization ?? '')) {
      incoming.resume();
      const challenge = { 'content-type': 'application/json', 'www-authenticate': 'Basic' };
      return void outgoing.writeHead(401, challenge).end('{"error":"invalid_client"}');
    }
    const upstream = request(`${reference.origin}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(upstream);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  reference = await startServer({ baseUrl: `http://127.0.0.1:${port}` });
  folder = await mkdtemp(join(tmpdir(), 'smart-check-'));
  const file = join(folder, 'server.json');
  await writeConfiguration(reference, file);
  configuration = await readConfiguration({ file, env: {}, overrides: {} });
});

afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await reference.close();
  await rm(folder, { recursive: true });
});

async function verdictsOn(tokenEndpointAuthMethod?: 'client_secret_post') {
  const { symmetric } = configuration.clients;
  if (!symmetric) throw new Error('the server describes a client with a secret');
  const client = { ...symmetric, ...(tokenEndpointAuthMethod && { tokenEndpointAuthMethod }) };
  const { report, dispose } = await check({
    configuration: { ...configuration, clients: { symmetric: client } },
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
