import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CannedServer, serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { checkUrl } from './fixtures/check-url.ts';

/** A server that does not have App State: nobody who runs it needs to configure an app for that. */
let server: CannedServer;

beforeAll(async () => {
  server = await serveCanned(smallServer((origin) => JSON.stringify(smartConfigurationOf(origin))));
});
afterAll(() => server.close());

it('asks for no app that keeps state where App State is not advertised', async () => {
  const { report } = await checkUrl(server.fhirBaseUrl, { suites: ['app-state'] });
  const others = report.tests.filter(({ why }) => why !== 'not-advertised');
  expect(report.tests.length).toBeGreaterThan(30);
  expect(others.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
});
