import { generateKeyPairSync } from 'node:crypto';
import type { Override } from '../behaviour.ts';
import { askedBySecret } from '../faults/introspection.ts';
import {
  changesAnswers,
  changesAppState,
  changesAuthorization,
  changesKeys,
  changesOpenidConfiguration,
  changesSmartConfiguration,
  having,
  lacking,
  lacksStateCheck,
  listing,
  without,
} from '../faults/overrides.ts';
import type { SelfDescription } from '../self-description.ts';
import { together } from '../together.ts';
import { offlineForConfidential } from './launches.ts';
import { withoutScopes } from './tokens.ts';
import type { Variant } from './variant.ts';

const fromEhrAlone = together(
  changesSmartConfiguration(listing('capabilities', lacking('launch-standalone', /^context-standalone-/))),
  changesSmartConfiguration(listing('scopes_supported', lacking(/^launch\//))),
  changesAuthorization(({ checks }) => ({
    checks: {
      ...checks,
      launch: (parameters, client) =>
        parameters.has('launch')
          ? checks.launch(parameters, client)
          : { error: 'invalid_request', description: 'apps are launched from the EHR' },
    },
  })),
);

/** What a server offers, and under which addresses. */
export const serverVariants: readonly Variant[] = [
  {
    id: 'german-pages',
    summary: 'Speaks German to its users',
    pageStyle: 'german',
  },
  {
    id: 'issuer-elsewhere',
    summary: 'Has its authorization server on another origin than its FHIR API',
    site: (usual) => ({ ...usual, ...onLocalhost(usual) }),
  },
  {
    id: 'token-endpoint-with-query',
    summary: 'Has a query in the addresses of its endpoints',
    site: (usual) => ({
      ...usual,
      token: `${usual.token}?tenant=a%20b&v=2`,
      authorize: `${usual.authorize}?tenant=a%20b`,
      introspect: `${usual.introspect}?tenant=a%20b`,
      revoke: `${usual.revoke}?tenant=a%20b`,
    }),
  },
  {
    id: 'base-with-final-slash',
    summary: 'Names its FHIR base URL with a final slash, and knows it as aud with and without',
    override: changesAuthorization(({ checks }, { site }) => ({
      checks: {
        ...checks,
        aud: (parameters, client) => {
          const trimmed = new URLSearchParams(parameters);
          if (trimmed.get('aud') === `${site.fhir}/`) trimmed.set('aud', site.fhir);
          return checks.aud(trimmed, client);
        },
      },
    })),
    description: (usual) => ({ ...usual, fhirBaseUrl: `${usual.fhirBaseUrl}/` }),
  },
  {
    id: 'no-single-sign-on',
    summary: 'Does without OpenID Connect',
    override: together(
      changesSmartConfiguration(without('issuer', 'jwks_uri')),
      changesSmartConfiguration(listing('capabilities', lacking('sso-openid-connect'))),
      changesSmartConfiguration(listing('scopes_supported', lacking('openid', 'fhirUser'))),
      withoutScopes((scope) => ['openid', 'fhirUser', 'profile'].includes(scope)),
      absent('openid-configuration'),
      absent('jwks'),
      absent('userinfo'),
    ),
    description: (usual) => ({ ...usual, capabilitySets: [] }),
  },
  {
    id: 'standalone-only',
    summary: 'Does not launch apps from within',
    override: together(
      changesSmartConfiguration(
        listing('capabilities', lacking('launch-ehr', /^context-(ehr|banner|style)/, 'permission-online')),
      ),
      changesSmartConfiguration(listing('scopes_supported', lacking('launch', 'online_access'))),
      withoutScopes((scope) => scope === 'launch' || scope === 'online_access'),
    ),
    description: ({ ehrLaunch: _, ...usual }) => ({ ...usual, capabilitySets: ['patient-access-standalone'] }),
  },
  {
    id: 'ehr-launch-only',
    summary: 'Launches apps from within alone',
    override: fromEhrAlone,
    description: (usual) => ({ ...usual, capabilitySets: ['patient-access-ehr', 'clinician-access-ehr'] }),
  },
  {
    id: 'ehr-launch-only-offline-for-confidential-apps',
    summary: 'Launches apps from within alone, refuses offline_access to public clients, and knows no online_access',
    override: together(
      fromEhrAlone,
      offlineForConfidential,
      changesSmartConfiguration(listing('capabilities', lacking('permission-online'))),
      changesSmartConfiguration(listing('scopes_supported', lacking('online_access'))),
      withoutScopes((scope) => scope === 'online_access'),
    ),
    description: (usual) => ({ ...usual, capabilitySets: ['patient-access-ehr', 'clinician-access-ehr'] }),
  },
  {
    id: 'backend-only',
    summary: 'Serves backend services and launches no apps',
    override: together(
      changesSmartConfiguration(
        without('authorization_endpoint', 'issuer', 'jwks_uri', 'response_types_supported', 'associated_endpoints'),
      ),
      changesSmartConfiguration(
        having({
          capabilities: ['client-confidential-asymmetric', 'permission-v2'],
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['private_key_jwt'],
          scopes_supported: ['system/*.rs'],
        }),
      ),
      absent('authorize'),
      absent('openid-configuration'),
      absent('jwks'),
    ),
    description: ({ clients, users: _, ehrLaunch: __, capabilitySets: ___, ...usual }) => ({
      ...usual,
      clients: { backend: clients.backend, others: clients.others.filter(({ keys }) => keys !== undefined) },
    }),
  },
  {
    id: 'public-clients-only',
    summary: 'Knows public clients alone',
    override: together(
      changesSmartConfiguration(
        listing('capabilities', lacking('client-confidential-symmetric', 'client-confidential-asymmetric')),
      ),
      changesSmartConfiguration(
        without('token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'),
      ),
      changesOpenidConfiguration(having({ token_endpoint_auth_methods_supported: ['none'] })),
      changesOpenidConfiguration(without('token_endpoint_auth_signing_alg_values_supported')),
      changesSmartConfiguration(having({ grant_types_supported: ['authorization_code'] })),
      changesSmartConfiguration(listing('scopes_supported', lacking(/^system\//))),
    ),
    description: ({ clients, ...usual }) => ({
      ...usual,
      clients: { public: clients.public, others: clients.others.filter((client) => isPublic(client)) },
    }),
  },
  {
    id: 'no-secrets',
    summary: 'Knows public clients and clients with keys, and none with a secret',
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('client-confidential-symmetric'))),
      changesSmartConfiguration(listing('token_endpoint_auth_methods_supported', lacking(/^client_secret/))),
      changesOpenidConfiguration(listing('token_endpoint_auth_methods_supported', lacking(/^client_secret/))),
    ),
    description: ({ clients: { symmetric: _, shortLived: __, ...clients }, ...usual }) => ({
      ...usual,
      clients: { ...clients, others: clients.others.filter(({ clientSecret }) => clientSecret === undefined) },
    }),
  },
  {
    id: 'introspection-by-secret',
    summary: 'Lets a client introspect that authenticates with its secret, and takes no bearer token for it',
    ...askedBySecret,
  },
  {
    id: 'further-keys',
    summary: 'Publishes keys of other kinds and for other uses beside its own',
    override: changesKeys((keys) => [...furtherKeys(), ...keys]),
  },
  {
    id: 'app-state-at-the-fhir-base',
    summary: 'Keeps App State at its FHIR base URL, among everything else',
    site: (usual) => ({ ...usual, appState: usual.fhir }),
  },
  {
    id: 'app-state-generous',
    summary: 'Keeps whatever apps send of state, several of a kind, and numbers its versions',
    override: together(
      lacksStateCheck('size', 'oneCoding', 'strings', 'flat', 'absoluteSubject', 'subjectType'),
      changesAppState(() => ({
        roomFor: () => true,
        newVersion: (before) => String(Number(before ?? 0) + 1),
        answersAnyway: () => true,
        answer: (usual) => ({
          ...usual,
          status: usual.status === 204 ? 200 : usual.status,
          headers: versionedLocation(usual.headers),
        }),
      })),
    ),
  },
  {
    id: 'app-state-without-scopes',
    summary: 'Ties App State to apps and their users, and knows no scopes for it',
    override: together(
      withoutScopes((scope) => /\/(Basic|\*)\.[crud]*[cud]/.test(scope) || scope.includes('/Basic.')),
      changesAppState(({ permits }) => ({
        permits: (grant, action, identity) =>
          permits(
            { ...grant, scopes: [grant.fhirUser?.startsWith('Patient/') ? 'patient/Basic.cuds' : 'user/Basic.cuds'] },
            action,
            identity,
          ),
      })),
    ),
    description: ({ clients, ...usual }) => ({
      ...usual,
      clients: {
        ...clients,
        ...(clients.appState && {
          appState: { ...clients.appState, scope: 'openid fhirUser launch/patient patient/Patient.rs' },
        }),
      },
    }),
  },
];

function isPublic({ clientSecret, keys }: SelfDescription['clients']['others'][number]): boolean {
  return clientSecret === undefined && keys === undefined;
}

/** There is nothing at the address. */
function absent(endpoint: Parameters<typeof changesAnswers>[0]): Override {
  return changesAnswers(endpoint, () => new Response(null, { status: 404 }));
}

/** The same machine by another name, and so another origin. */
function onLocalhost({
  issuer,
  jwks,
  authorize,
  token,
  userinfo,
  endSession,
  introspect,
  revoke,
}: Readonly<
  Record<'issuer' | 'jwks' | 'authorize' | 'token' | 'userinfo' | 'endSession' | 'introspect' | 'revoke', string>
>) {
  const addresses = { issuer, jwks, authorize, token, userinfo, endSession, introspect, revoke };
  return Object.fromEntries(
    Object.entries(addresses).map(([name, url]) => [name, url.replace('//127.0.0.1', '//localhost')]),
  ) as typeof addresses;
}

function furtherKeys() {
  const made = [
    { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'ed25519', alg: 'EdDSA', use: 'sig' },
    { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), kid: 'x25519', use: 'enc' },
    { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid: 'p-256' },
    {
      ...generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey.export({ format: 'jwk' }),
      kid: 'rsa-encryption',
      use: 'enc',
      alg: 'RSA-OAEP-256',
    },
  ];
  return made;
}

/** As some FHIR servers have it: with the version, below an address without scheme and host. */
function versionedLocation(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { location, etag } = headers;
  if (location === undefined) return headers;
  return { ...headers, location: `${new URL(location).pathname}/_history/${etag?.replace(/[W/"]/g, '')}` };
}
