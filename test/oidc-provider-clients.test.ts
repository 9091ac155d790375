import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../src/kit/index.ts';
import { accusedIn, checkSuites } from './fixtures/oidc-provider.ts';
import { startOidcProviderEhr } from './fixtures/oidc-provider-ehr.ts';

/** Client authentication at code exchange and refresh, as somebody else reads the RFCs. Slow: some thirty launches. */
let server: Awaited<ReturnType<typeof startOidcProviderEhr>>;
let report: Report;

beforeAll(async () => {
  const [rsa, ...ec] = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ].map(({ privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), use: 'sig' }));
  const keys = [{ ...rsa, alg: 'RS384' }, ...ec.map((key) => ({ ...key, alg: 'ES384' }))];
  server = await startOidcProviderEhr({
    keys: keys.map((key, index) => ({ ...key, kid: `key-${index + 1}` })),
    registration: true,
  });
  const { configuration } = server;
  const suites = ['client-symmetric', 'client-asymmetric'];
  report = await checkSuites(configuration, suites);
}, 300_000);
afterAll(() => server.close());

/** Each read against the guide, the RFCs and the source of oidc-provider. */
const expected = [
  // Without kid it takes the only key that fits alg; the guide's algorithm has none match.
  ['fail', 'client-asymmetric/ambiguous-key-refused'],
  // It does not read jku; the guide wants one that is not the registered URL to fail.
  ['fail', 'client-asymmetric/jku-other-refused'],
];

it('oidc-provider is accused of what its source shows, and of nothing else', () => {
  expect(accusedIn(report)).toEqual(expected.map((pair) => pair.join(' ')).sort());
});

it.each([
  'client-symmetric/basic-accepted',
  'client-symmetric/basic-form-encoded',
  'client-symmetric/wrong-secret-refused',
  'client-asymmetric/algorithms',
  'client-asymmetric/assertion-validated',
  'client-asymmetric/aud-is-token-endpoint',
  'client-asymmetric/unsigned-refused',
  'client-asymmetric/malformed-refused',
  'client-asymmetric/errors-invalid-client',
  'client-asymmetric/jti-replay-refused',
  'client-asymmetric/code-exchange-and-refresh',
  'client-asymmetric/registration-answers-201',
  'client-asymmetric/registration-repeats-metadata',
  'client-asymmetric/registration-error-form',
])('holds up: %s', (id) => {
  expect(report.tests.find((test) => test.id === id)?.outcome).toBe('passed');
});

it('the whole table went by refresh token, and a few of every kind by code', () => {
  const messages = (id: string) =>
    report.tests
      .find((test) => test.id === id)
      ?.findings.map(({ message }) => message)
      .join();
  expect(messages('client-asymmetric/unsigned-refused')).toContain('(refresh_token)');
  expect(messages('client-asymmetric/code-exchange-and-refresh')).toContain('(authorization_code)');
});
