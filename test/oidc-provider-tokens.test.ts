import type { Configuration as ProviderConfiguration } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChromium } from '../src/browser/chromium.ts';
import { noProxy } from '../src/cli/with-reference-server.ts';
import { check, readConfiguration } from '../src/index.ts';
import type { Configuration, Finding, TestResult } from '../src/kit/index.ts';
import type { CannedServer } from './fixtures/canned-server.ts';
import { published, startOidcProvider } from './fixtures/oidc-provider.ts';

/** Somebody else's introspection and revocation: that of oidc-provider, with launches through its own pages. */
let server: CannedServer;
/** A browser that reaches this machine alone: the pages ask for a font of the web. */
const chromium = createChromium({ headed: false, loopbackOnly: true, env: noProxy });

const [patient, redirectUri] = ['pat-1', 'https://app.example.org/callback'];

const nothingOfItsOwn = { redirect_uris: [], grant_types: [], response_types: [] };

const provided: ProviderConfiguration = {
  clients: [
    {
      client_id: 'web-app',
      client_secret: 'a secret of this test',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    {
      client_id: 'browser-app',
      token_endpoint_auth_method: 'none',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    { client_id: 'resource-server', client_secret: 'another secret of this test', ...nothingOfItsOwn },
  ],
  features: { introspection: { enabled: true }, revocation: { enabled: true } },
  scopes: ['openid', 'offline_access', 'launch/patient', 'patient/*.rs'],
  // What SMART adds to a token, and what a launch asks for without prompt=consent.
  extraTokenClaims: async () => ({ patient }),
  issueRefreshToken: async () => true,
};

beforeAll(async () => {
  const capabilities = ['launch-standalone', 'sso-openid-connect', 'context-standalone-patient', 'permission-patient'];
  server = await startOidcProvider(
    () => provided,
    (provider, { origin }) => {
      provider.use(async (context, next) => {
        await next();
        const { body } = context;
        if (context.path === '/token' && typeof body === 'object' && 'access_token' in body) body.patient = patient;
      });
      const oauth = provider.callback();
      return async (request, response) => {
        const respond = (status: number, body: unknown) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        if (request.url === '/fhir/.well-known/smart-configuration') {
          return respond(200, { ...published(origin), capabilities });
        }
        if (request.url !== `/fhir/Patient/${patient}`) return oauth(request, response);
        const [, token = ''] = /^Bearer (.*)/.exec(request.headers.authorization ?? '') ?? [];
        const known = await provider.AccessToken.find(token);
        return known ? respond(200, { resourceType: 'Patient', id: patient }) : respond(401, {});
      };
    },
  );
});
afterAll(async () => {
  await chromium.close();
  await server.close();
});

async function checked(clients: Configuration['clients'], tests: readonly string[] = ['introspection/*']) {
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const configuration: Configuration = {
    ...usual,
    clients: {
      symmetric: { clientId: 'web-app', clientSecret: 'a secret of this test', redirectUri },
      public: { clientId: 'browser-app', redirectUri },
      ...clients,
    },
    users: { patient: { username: 'ann', password: 'whatever' } },
  };
  const { report, dispose } = await check({
    configuration,
    env: noProxy,
    tests,
    timeoutSeconds: 15,
    chromium,
  });
  await dispose();
  return report.tests;
}

const accusationsIn = (tests: readonly TestResult[]): readonly Finding[] =>
  tests.flatMap(({ findings }) => findings).filter(({ level }) => level === 'fail' || level === 'warn');
const outcomes = (tests: readonly TestResult[], outcome: string) =>
  tests.filter((test) => test.outcome === outcome).map(({ id, reason }) => `${id}: ${reason}`);

describe('oidc-provider, whose introspection knows client authentication alone', () => {
  let tests: readonly TestResult[];
  beforeAll(async () => {
    tests = await checked({ introspection: { bearer: 'symmetric' } });
  }, 120_000);

  it('is found to take no bearer token, and to answer strangers 200 whose tokens it keeps', () => {
    expect(accusationsIn(tests).map(({ level, requirement, actual }) => `${level} ${requirement}: ${actual}`)).toEqual([
      // The guide wants bearer tokens to do; RFC 7662 does not.
      'fail introspection/bearer-authorization-accepted: 400 invalid_request; web-app with client_secret_basic is told that a token is active',
      // RFC 7009 section 2.1 has the request refused; to public clients it says nothing, and nothing is revoked.
      'warn introspection/revocation-bound-to-client: 200 text/plain; charset=utf-8',
    ]);
  });

  it('is tested to the end', () => {
    expect(outcomes(tests, 'blocked')).toEqual([]);
    expect(outcomes(tests, 'errored')).toEqual([]);
    expect(outcomes(tests, 'skipped').map((line) => line.split(':')[0])).toEqual([
      'introspection/over-tls',
      'introspection/encounter-repeated',
      'introspection/other-context-repeated',
      'introspection/fhir-user-repeated',
      'introspection/expired-inactive',
      'introspection/bad-secret-refused',
      'introspection/revoked-bearer-refused',
      'introspection/any-clients-tokens',
    ]);
  });
});

it('oidc-provider, asked by a client of its own for that, is accused of nothing', async () => {
  const introspection = { clientId: 'resource-server', clientSecret: 'another secret of this test' };
  const tests = await checked({ introspection }, [
    'introspection/active-boolean',
    'introspection/client-id-as-requested',
    'introspection/never-issued-inactive',
    'introspection/caller-authorized',
    'introspection/bad-*',
  ]);
  expect(accusationsIn(tests)).toEqual([]);
  expect(tests.map(({ id, outcome }) => `${outcome} ${id}`)).toEqual([
    'passed introspection/active-boolean',
    'passed introspection/client-id-as-requested',
    'passed introspection/never-issued-inactive',
    'passed introspection/caller-authorized',
    'passed introspection/bad-bearer-refused',
    'passed introspection/bad-secret-refused',
  ]);
}, 120_000);
