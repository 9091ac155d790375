import { assertionAlgorithms, authenticationMethods } from '../advertised-methods.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import type { JsonObject } from '../json.ts';
import { json } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The provider metadata of OpenID Connect Discovery 1.0 section 3. */
export function openidConfiguration({ site }: Setup): JsonObject {
  return {
    issuer: site.issuer,
    authorization_endpoint: site.authorize,
    token_endpoint: site.token,
    userinfo_endpoint: site.userinfo,
    end_session_endpoint: site.endSession,
    jwks_uri: site.jwks,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'client_credentials'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    scopes_supported: ['openid', 'fhirUser'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'fhirUser'],
    code_challenge_methods_supported: ['S256'],
  };
}

export function openidConfigurationEndpoint(behaviour: Behaviour): Endpoint {
  return {
    name: 'openid-configuration',
    paths: ['/oauth/.well-known/openid-configuration'],
    methods: { GET: () => json(behaviour.openidConfiguration()) },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}
