import { assertionAlgorithms, authenticationMethods } from '../advertised-methods.ts';
import { reasonRole } from '../authorization/launch-context.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import type { JsonObject } from '../json.ts';
import { systemIn } from '../record/in-version.ts';
import { json } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { primaryBrand } from './brands.ts';

/** Every capability guide 2.2 defines. */
const capabilities = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
  'smart-app-state',
];

const scopes = (baseUrl: string, observationCategory: string) => [
  'openid',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'launch/condition',
  `launch/condition?role=${reasonRole(baseUrl)}`,
  'offline_access',
  'online_access',
  'patient/*.read',
  'patient/*.rs',
  'patient/*.cruds',
  `patient/Observation.rs?category=${observationCategory}|vital-signs`,
  `patient/Observation.rs?category=${observationCategory}|laboratory`,
  'user/*.read',
  'user/*.rs',
  'user/*.cruds',
  'system/*.rs',
  'system/*.cruds',
];

/** What the server publishes at its FHIR base URL (conformance, "Metadata"). */
export function smartConfiguration({ site, fhirVersion }: Setup): JsonObject {
  return {
    issuer: site.issuer,
    jwks_uri: site.jwks,
    authorization_endpoint: site.authorize,
    token_endpoint: site.token,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    scopes_supported: scopes(site.baseUrl, systemIn(fhirVersion, 'observationCategory')),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    management_endpoint: site.manage,
    introspection_endpoint: site.introspect,
    revocation_endpoint: site.revoke,
    user_access_brand_bundle: site.brands,
    user_access_brand_identifier: primaryBrand,
    capabilities,
    ...(site.appState !== site.fhir && {
      associated_endpoints: [{ url: site.appState, capabilities: ['smart-app-state'] }],
    }),
  };
}

/** JSON for everyone, whatever Accept says (conformance, "using well-known"). */
export function smartConfigurationEndpoint(behaviour: Behaviour): Endpoint {
  return {
    name: 'smart-configuration',
    paths: ['/fhir/.well-known/smart-configuration'],
    methods: { GET: () => json(behaviour.smartConfiguration()) },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}
