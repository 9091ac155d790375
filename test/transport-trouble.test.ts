import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import { type ReferenceBehindProxy, serveBehindProxy } from './fixtures/reference-behind-proxy.ts';

/** A server that conforms, behind a proxy that ends the connection of every preflight. */
let server: ReferenceBehindProxy;

beforeAll(async () => {
  server = await serveBehindProxy(({ method, socket }) => {
    if (method !== 'OPTIONS') return false;
    socket.destroy();
    return true;
  });
});
afterAll(() => server.close());

it('a preflight that was never answered accuses nobody', async () => {
  const configuration = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
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
