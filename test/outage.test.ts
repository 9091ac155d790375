import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import { type BackendOnlyServer, serveBackendOnly } from './fixtures/backend-only-server.ts';

/** A server whose process dies of the first assertion without an audience. */
let server: BackendOnlyServer;

beforeAll(async () => {
  server = await serveBackendOnly((form) => {
    try {
      return decodeJwt(form.get('client_assertion') ?? '').aud === undefined;
    } catch {
      return false;
    }
  });
});
afterAll(() => server.close());

it('a server that dies of a request is not accused of what it could not answer, and the request is named', async () => {
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const configuration = { ...usual, clients: server.clients };
  const { report, dispose } = await check({ configuration, suites: ['client-asymmetric'], timeoutSeconds: 5 });
  const exchanges = [...report.exchanges];
  await dispose();

  const findings = report.tests.flatMap((test) => test.findings);
  expect(findings.filter(({ level }) => level === 'fail' || level === 'warn')).toEqual([]);
  const killer = exchanges.find(({ jwts }) => jwts.some(({ claims }) => !Object.hasOwn(Object(claims), 'aud')));
  expect(report.exitCode).toBe(3);
  const blocked = report.tests.filter(({ outcome }) => outcome === 'blocked');
  expect(blocked.length).toBeGreaterThan(5);
  for (const test of blocked) {
    expect(test).toMatchObject({
      reason: expect.stringMatching(
        new RegExp(`^the server went down: .+ refused .+broken off POST /token \\(${killer?.id}\\)`),
      ),
      exchanges: [killer?.id],
    });
  }
});
