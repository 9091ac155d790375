import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import { type CannedServer, running } from './fixtures/canned-server.ts';
import { answerFhir } from './fixtures/small-fhir.ts';

/** A server for backend services whose tokens are the oidc-provider package's: somebody else's reading of RFC 7523. */
let server: CannedServer;
const keys = new Map<string, { keys: Record<string, unknown>[] }>();

const scope = 'system/Patient.rs system/Observation.rs';

beforeAll(async () => {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server = running(http, 'http');
  const { origin } = server;
  const clients = await Promise.all(
    ['service', 'another-service'].map(async (clientId) => {
      const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
      const named = { kid: `key-of-${clientId}`, alg: 'ES384', use: 'sig' };
      keys.set(clientId, { keys: [{ ...(await exportJWK(privateKey)), ...named }] });
      return {
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt' as const,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        jwks: { keys: [{ ...(await exportJWK(publicKey)), ...named }] },
        scope,
      };
    }),
  );
  const provider = new Provider(origin, {
    clients,
    scopes: [...scope.split(' '), 'system/Encounter.rs', 'offline_access'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    ttl: { ClientCredentials: 300 },
  });
  const oauth = provider.callback();
  const smartConfiguration = {
    token_endpoint: `${origin}/token`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    scopes_supported: scope.split(' '),
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
    code_challenge_methods_supported: ['S256'],
  };
  http.on('request', async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname === '/fhir/.well-known/smart-configuration') {
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(smartConfiguration));
    }
    if (!url.pathname.startsWith('/fhir/')) return oauth(request, response);
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const issued = token === undefined ? undefined : await provider.ClientCredentials.find(token);
    return answerFhir(response, url, issued ? (issued.scope?.split(' ') ?? []) : null);
  });
});
afterAll(() => server.close());

it('oidc-provider, serving backend services, is found to do what it does, and accused of nothing else', async () => {
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const configuration = {
    ...usual,
    clients: {
      backend: {
        clientId: 'service',
        keys: keys.get('service') ?? { keys: [] },
        scope,
        unauthorizedScope: 'system/Encounter.rs system/Patient.cud',
      },
      others: [{ clientId: 'another-service', keys: keys.get('another-service') ?? { keys: [] }, scope }],
    },
  };
  const suites = ['backend-services'];
  const { report, dispose } = await check({ configuration, suites, timeoutSeconds: 5 });
  await dispose();
  const findings = report.tests.flatMap((test) => test.findings);
  const accusations = findings.filter(({ level }) => level === 'fail' || level === 'warn');
  const accused = accusations.map(({ level, requirement }) => `${level} ${requirement}`);
  expect([...new Set(accused)].sort()).toEqual([
    // An assertion without kid is tried with every key; the guide wants kid, and no key without it.
    'fail backend-services/assertion-validated',
    // A request without scope brings a token for nothing, and the answer does not say so.
    'fail backend-services/scope-present',
  ]);
  expect(report.summary).toMatchObject({ blocked: 0, errored: 0 });
  const outcomeOf = (id: string) => report.tests.find((test) => test.id === `backend-services/${id}`)?.outcome;
  for (const id of ['token-obtained', 'unauthorized-scope-refused', 'requested-scopes-restrict', 'errors-oauth']) {
    expect(outcomeOf(id)).toBe('passed');
  }
  // Refusals are judged one by one: all but the one by kid were as they should be.
  const validated = findings.filter(({ requirement }) => requirement === 'backend-services/assertion-validated');
  expect(validated.filter(({ level }) => level === 'pass').length).toBeGreaterThan(4);
});
