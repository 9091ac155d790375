import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CannedServer } from './fixtures/canned-server.ts';
import { checkUrl } from './fixtures/check-url.ts';
import { published, startOidcProvider } from './fixtures/oidc-provider.ts';

/** A SMART server whose OAuth and OpenID side is the oidc-provider package: somebody else's reading of the RFCs. */
let server: CannedServer;

beforeAll(async () => {
  const configuration = {
    clients: [
      { client_id: 'app', client_secret: 'a secret of this test', redirect_uris: ['https://app.example.org/callback'] },
    ],
    features: { introspection: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: false } },
    scopes: ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs'],
  };
  const smartConfiguration = {
    scopes_supported: ['openid', 'fhirUser', 'offline_access', 'launch/patient', 'patient/*.rs'],
    capabilities: [
      'launch-standalone',
      'client-confidential-symmetric',
      'sso-openid-connect',
      'context-standalone-patient',
      'permission-patient',
      'permission-offline',
      'permission-v2',
    ],
  };
  server = await startOidcProvider(
    () => configuration,
    (provider, { origin }) => {
      const oauth = provider.callback();
      return (request, response) => {
        const respond = (status: number, body: unknown) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        if (request.url === '/fhir/.well-known/smart-configuration') {
          respond(200, { ...published(origin), ...smartConfiguration });
        } else if (request.url === '/fhir/metadata') {
          respond(200, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
        } else if (request.url?.startsWith('/fhir/')) respond(401, { resourceType: 'OperationOutcome' });
        else oauth(request, response);
      };
    },
  );
});
afterAll(() => server.close());

it('oidc-provider, dressed as a SMART server, is found to do what it does, and accused of nothing else', async () => {
  const { report, accusations, test } = await checkUrl(server.fhirBaseUrl);
  // It publishes neither a brand bundle nor a page where users review access, and knows no v1 scopes: recommended, and
  // truly absent.
  expect(accusations.map(({ level, requirement }) => `${level} ${requirement}`).sort()).toEqual([
    'warn discovery/brand-bundle',
    'warn discovery/brand-identifier',
    'warn discovery/management-endpoint',
    'warn scopes/v1-advertised',
  ]);
  expect(report.summary).toMatchObject({ failed: 0, blocked: 0, errored: 0 });
  for (const id of ['openid-configuration', 'openid-issuer-equal', 'openid-metadata', 'jwks-keys-well-formed']) {
    expect(test(`discovery/${id}`).outcome).toBe('passed');
  }
  expect(test('discovery/token-endpoint').findings[0]?.actual).toContain('answered 400 application/json');
});
