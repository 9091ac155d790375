import { afterEach, expect, it } from 'vitest';
import { type CannedServer, serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { checkUrl } from './fixtures/check-url.ts';

let server: CannedServer | undefined;
afterEach(() => server?.close());

it.each([
  ['system/ scopes alone', ['permission-v1', 'permission-v2'], ['system/*.rs'], 'permission-v1'],
  ['part of its scopes', ['permission-patient', 'permission-v2'], ['openid', 'launch/patient'], 'permission-patient'],
])('a server that lists %s is told so, and not warned', async (_, capabilities, scopes, unlisted) => {
  server = await serveCanned(
    smallServer((origin) =>
      JSON.stringify({ ...smartConfigurationOf(origin), capabilities, scopes_supported: scopes }),
    ),
  );
  const { test } = await checkUrl(server.fhirBaseUrl, { tests: ['discovery/scopes-fit-capabilities'] });
  const { findings } = test('discovery/scopes-fit-capabilities');
  expect(findings).toMatchObject([{ level: 'info', message: expect.stringContaining(unlisted) }]);
});
