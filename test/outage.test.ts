import { decodeJwt } from 'jose';
import { expect, it } from 'vitest';
import { createPlainBrowser } from '../src/browser/plain/create-plain-browser.ts';
import { check, readConfiguration } from '../src/index.ts';
import { serveBackendOnly } from './fixtures/backend-only-server.ts';
import { serveBehindProxy } from './fixtures/reference-behind-proxy.ts';

it('a server that dies of a request is not accused of what it could not answer, and the request is named', async () => {
  const server = await serveBackendOnly((form) => {
    try {
      return decodeJwt(form.get('client_assertion') ?? '').aud === undefined;
    } catch {
      return false;
    }
  });
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const configuration = { ...usual, clients: server.clients };
  const { report, dispose } = await check({ configuration, suites: ['client-asymmetric'], timeoutSeconds: 5 });
  const exchanges = [...report.exchanges];
  await dispose();
  await server.close();

  const findings = report.tests.flatMap((test) => test.findings);
  expect(findings.filter(({ level }) => level === 'fail' || level === 'warn')).toEqual([]);
  const killer = exchanges.find(({ jwts }) => jwts.some(({ claims }) => hasIssuerAlone(claims)));
  expect(report.exitCode).toBe(3);
  const blocked = report.tests.filter(({ outcome }) => outcome === 'blocked');
  expect(blocked.length).toBeGreaterThan(5);
  for (const test of blocked) {
    expect(test).toMatchObject({
      reason: expect.stringMatching(
        new RegExp(`^the server went down: .+ refused .+broken off .*POST /token \\(${killer?.id}\\)`),
      ),
      exchanges: expect.arrayContaining([killer?.id]),
    });
  }
});

it.each([150, 800, 1600])('a server that dies after %i requests is accused of nothing', async (limit) => {
  let requests = 0;
  const { configuration, close } = await serveBehindProxy((_incoming, _outgoing, die) => {
    requests += 1;
    if (requests > limit) die();
    return requests > limit;
  });
  const { report, dispose } = await check({ configuration, browseBy: createPlainBrowser, timeoutSeconds: 5 });
  await dispose();
  await close();
  expect(report.tests.filter(({ outcome }) => ['failed', 'warned', 'errored'].includes(outcome))).toEqual([]);
  expect(report.exitCode).toBe(3);
});

function hasIssuerAlone(claims: unknown): boolean {
  return Object.hasOwn(Object(claims), 'iss') && !Object.hasOwn(Object(claims), 'aud');
}
