import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import { type BackendOnlyServer, serveBackendOnly } from './fixtures/backend-only-server.ts';

/** A server that launches no apps: it conforms, and is not to be told that it lacks what it never offered. */
let server: BackendOnlyServer;

beforeAll(async () => {
  server = await serveBackendOnly();
});
afterAll(() => server.close());

it('a server for backend services alone is accused of nothing, and its suite is fully tested', async () => {
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const { backend, shortLived } = server.clients;
  const clients = { backend: { ...backend, unauthorizedScope: 'system/Encounter.rs' }, shortLived };
  const configuration = { ...usual, clients, data: { patient: 'p1' } };
  const { report, dispose } = await check({ configuration, require: ['backend-services'], timeoutSeconds: 5 });
  await dispose();
  const findings = report.tests.flatMap((test) => test.findings);
  const accusations = findings.filter(({ level }) => level === 'fail' || level === 'warn');
  // What the guide recommends to every server, and this one truly lacks; nothing about launches.
  expect(accusations.map(({ level, requirement }) => `${level} ${requirement}`).sort()).toEqual([
    'warn discovery/brand-bundle',
    'warn discovery/brand-identifier',
    'warn discovery/introspection-endpoint',
    'warn discovery/management-endpoint',
    'warn discovery/revocation-endpoint',
  ]);
  expect(report.summary).toMatchObject({ failed: 0, blocked: 0, errored: 0 });
  expect(report.exitCode).toBe(0);
  const verdicts = report.requirements.filter(({ id }) => id.startsWith('backend-services/'));
  for (const id of ['token-obtained', 'unauthorized-scope-refused', 'requested-scopes-restrict', 'token-validated']) {
    expect(verdicts.find((verdict) => verdict.id === `backend-services/${id}`)).toMatchObject({ verdict: 'holds' });
  }
});
