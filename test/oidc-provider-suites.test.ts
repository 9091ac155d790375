import { afterAll, beforeAll, expect, it } from 'vitest';
import { noWayToWithhold } from '../src/browser/journey.ts';
import type { Report } from '../src/kit/index.ts';
import { accusedIn, checkSuites } from './fixtures/oidc-provider.ts';
import { startOidcProviderEhr } from './fixtures/oidc-provider-ehr.ts';

/** Whole suites, unattended, against somebody else's server. Slow: some ninety launches through its own pages. */
let server: Awaited<ReturnType<typeof startOidcProviderEhr>>;
let report: Report;

beforeAll(async () => {
  server = await startOidcProviderEhr();
  const { configuration } = server;
  const suites = ['discovery', 'app-launch', 'openid-connect'];
  report = await checkSuites(configuration, suites);
}, 300_000);
afterAll(() => server.close());

/** Each read against the guide, the RFCs and the source of oidc-provider; the fixture's own gaps are the first three. */
const expected = [
  ['warn', 'discovery/management-endpoint'],
  ['warn', 'discovery/brand-bundle'],
  ['warn', 'discovery/brand-identifier'],
  // Its authorization endpoint takes GET alone unless enableHttpPostMethods is set.
  ['fail', 'app-launch/authorize-post-completes'],
  // RFC 6749 section 3.3: default scopes, or an error that says invalid scope. It answers access_denied.
  ['fail', 'app-launch/scope-omitted-handled'],
  // allowOmittingSingleRegisteredRedirectUri, on by default, as OAuth 2.1 will have it; RFC 6749 section 4.1.3 demands it.
  ['fail', 'app-launch/code-bound-to-redirect-uri'],
  // It demands PKCE of public clients alone (RFC 9700); the guide demands it of all.
  ['fail', 'app-launch/pkce-challenge-required'],
  // It sends Cache-Control: no-store, and not the Pragma that the guide asks for.
  ['fail', 'app-launch/token-no-cache'],
  // OpenID Connect Core section 12.2: no nonce in the id_token of a refresh, or the same; it sends the same.
  ['warn', 'openid-connect/refreshed-id-token-consistent'],
];

it('oidc-provider is accused of what its source shows, and of nothing else', () => {
  expect(accusedIn(report)).toEqual(expected.map((pair) => pair.join(' ')).sort());
});

it('nothing gets stuck on its pages', () => {
  expect(report.summary).toMatchObject({ blocked: 0, errored: 0 });
  // Its pages ask for all or nothing.
  const others = report.journeys.filter(({ message }) => !message?.startsWith(noWayToWithhold));
  const ended = new Set(others.flatMap(({ cause }) => cause ?? []));
  expect([...ended]).toEqual(['error-page']);
  const undecided = report.tests.filter(({ why }) => why === 'undecided').map(({ id }) => id);
  expect(undecided).toEqual([]);
});

it.each([
  'app-launch/standalone-launch-completes',
  'app-launch/code-single-use',
  'app-launch/code-bound-to-client',
  'app-launch/pkce-weak-challenge',
  'app-launch/pkce-verifier-matches',
  'app-launch/redirect-uri-registered',
  'app-launch/state-returned-exactly',
  'app-launch/denial-answered',
  'app-launch/refresh-scope-cannot-grow',
  'app-launch/refresh-bound-to-client',
  'openid-connect/signature-verifies',
])('holds up: %s', (id) => {
  expect(report.tests.find((test) => test.id === id)?.outcome).toBe('passed');
});
