import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import { type RunningServer, startServer } from '../src/server/index.ts';

/** A server that conforms, behind a proxy that ends the connection of every preflight. */
let proxy: Server;
let reference: RunningServer;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  proxy = createServer(({ method, url, headers, socket }, outgoing) => {
    if (method === 'OPTIONS') return void socket.destroy();
    const upstream = request(`${reference.origin}${url}`, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.end();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  reference = await startServer({ baseUrl: `http://127.0.0.1:${port}` });
});

afterAll(async () => {
  agent.destroy();
  proxy.closeAllConnections();
  proxy.close();
  await reference.close();
});

it('a preflight that was never answered accuses nobody', async () => {
  const configuration = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: reference.fhirBaseUrl } });
  const { report, dispose } = await check({ configuration, tests: ['discovery/cors-*'], timeoutSeconds: 5 });
  await dispose();
  const findings = report.tests.flatMap((test) => test.findings);
  expect(findings.filter(({ level }) => level === 'fail' || level === 'warn')).toEqual([]);
  const preflight = report.requirements.find(({ id }) => id === 'discovery/cors-public-preflight');
  expect(preflight).toMatchObject({
    verdict: 'untested',
    reason: expect.stringMatching(/OPTIONS of .+ was not answered/),
  });
});
