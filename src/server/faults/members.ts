import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesSmartConfiguration, having, lacking, listing, plus, without } from './overrides.ts';

/** What a server that advertises nothing breaks besides: whatever its other members and its vendor claim. */
const nothingAdvertised = [
  'discovery/issuer-omitted',
  'discovery/capability-set',
  'discovery/patient-access-standalone',
  'discovery/patient-access-ehr',
  'discovery/clinician-access-standalone',
  'discovery/clinician-access-ehr',
  'app-launch/proven-features-advertised',
  'app-state/capability-advertised',
  'client-asymmetric/capability-advertised',
  'scopes/v1-advertised',
];

const signOn: readonly FaultRow[] = [
  {
    id: 'discovery/issuer~absent',
    level: 'fail',
    summary: 'issuer is missing although single sign-on is advertised',
    override: changesSmartConfiguration(without('issuer')),
  },
  {
    id: 'discovery/issuer~null',
    level: 'fail',
    summary: 'issuer is null although single sign-on is advertised',
    also: ['discovery/absolute-urls'],
    override: changesSmartConfiguration(having({ issuer: null })),
  },
  {
    id: 'discovery/issuer~empty',
    level: 'fail',
    summary: 'issuer is an empty string although single sign-on is advertised',
    also: ['discovery/absolute-urls'],
    override: changesSmartConfiguration(having({ issuer: '' })),
  },
  {
    id: 'discovery/issuer~object',
    level: 'fail',
    summary: 'issuer is an object',
    also: ['discovery/absolute-urls'],
    override: changesSmartConfiguration((document) => ({ ...document, issuer: { url: document.issuer } })),
  },
  {
    id: 'discovery/issuer-omitted~without-single-sign-on',
    level: 'warn',
    summary: 'issuer is there although single sign-on is not advertised',
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('sso-openid-connect'))),
      changesSmartConfiguration(listing('scopes_supported', lacking('openid', 'fhirUser'))),
    ),
  },
  {
    id: 'discovery/jwks-uri~absent',
    level: 'fail',
    summary: 'jwks_uri is missing although single sign-on is advertised; the OpenID configuration has it',
    also: ['discovery/openid-documents-agree'],
    override: changesSmartConfiguration(without('jwks_uri')),
  },
  {
    id: 'discovery/jwks-uri~null',
    level: 'fail',
    summary: 'jwks_uri is null although single sign-on is advertised',
    also: ['discovery/absolute-urls', 'discovery/openid-documents-agree'],
    override: changesSmartConfiguration(having({ jwks_uri: null })),
  },
  {
    id: 'discovery/jwks-uri~array',
    level: 'fail',
    summary: 'jwks_uri is an array with one URL',
    also: ['discovery/absolute-urls', 'discovery/openid-documents-agree'],
    override: changesSmartConfiguration((document) => ({ ...document, jwks_uri: [document.jwks_uri] })),
  },
];

const grants = ['discovery/grant-type-authorization-code', 'discovery/grant-type-client-credentials'];

const grantTypes: readonly FaultRow[] = [
  {
    id: 'discovery/grant-types~absent',
    level: 'fail',
    summary: 'grant_types_supported is missing',
    also: grants,
    override: changesSmartConfiguration(without('grant_types_supported')),
  },
  {
    id: 'discovery/grant-types~null',
    level: 'fail',
    summary: 'grant_types_supported is null',
    also: grants,
    override: changesSmartConfiguration(having({ grant_types_supported: null })),
  },
  {
    id: 'discovery/grant-types~string',
    level: 'fail',
    summary: 'grant_types_supported is a string with both grant types, not an array',
    also: grants,
    override: changesSmartConfiguration(having({ grant_types_supported: 'authorization_code client_credentials' })),
  },
  {
    id: 'discovery/grant-types~object',
    level: 'fail',
    summary: 'grant_types_supported is an object with the grant types as members',
    also: grants,
    override: changesSmartConfiguration(
      having({ grant_types_supported: { authorization_code: true, client_credentials: true } }),
    ),
  },
  {
    id: 'discovery/grant-types~empty',
    level: 'fail',
    summary: 'grant_types_supported is an empty array',
    also: grants,
    override: changesSmartConfiguration(having({ grant_types_supported: [] })),
  },
  {
    id: 'discovery/grant-types~no-strings',
    level: 'fail',
    summary: 'grant_types_supported holds something besides strings',
    override: changesSmartConfiguration(listing('grant_types_supported', (types) => [...types, null, 7])),
  },
  {
    id: 'discovery/grant-type-authorization-code~not-listed',
    level: 'fail',
    summary: 'grant_types_supported lacks authorization_code although apps can be launched',
    override: changesSmartConfiguration(listing('grant_types_supported', lacking('authorization_code'))),
  },
  {
    id: 'discovery/grant-type-authorization-code~misspelt',
    level: 'fail',
    summary: 'grant_types_supported lists authorization-code',
    override: changesSmartConfiguration(
      having({ grant_types_supported: ['authorization-code', 'client_credentials'] }),
    ),
  },
  {
    id: 'discovery/grant-type-client-credentials~not-listed',
    level: 'fail',
    summary: 'grant_types_supported lacks client_credentials although backend services are served',
    override: changesSmartConfiguration(listing('grant_types_supported', lacking('client_credentials'))),
  },
  {
    id: 'discovery/grant-type-client-credentials~odd-case',
    level: 'fail',
    summary: 'grant_types_supported lists Client_Credentials',
    override: changesSmartConfiguration(
      having({ grant_types_supported: ['authorization_code', 'Client_Credentials'] }),
    ),
  },
];

const authentication: readonly FaultRow[] = [
  {
    id: 'discovery/token-auth-methods~unknown',
    level: 'warn',
    summary: 'token_endpoint_auth_methods_supported lists a method nobody knows',
    override: changesSmartConfiguration(listing('token_endpoint_auth_methods_supported', plus('acme_signature'))),
  },
  {
    id: 'discovery/token-auth-methods~no-secrets',
    level: 'warn',
    summary: 'token_endpoint_auth_methods_supported has no method for secrets although such clients are advertised',
    override: changesSmartConfiguration(
      listing('token_endpoint_auth_methods_supported', lacking('client_secret_basic', 'client_secret_post')),
    ),
  },
  {
    id: 'discovery/asymmetric-auth-method~not-listed',
    level: 'fail',
    summary: 'token_endpoint_auth_methods_supported lacks private_key_jwt although such clients are advertised',
    override: changesSmartConfiguration(listing('token_endpoint_auth_methods_supported', lacking('private_key_jwt'))),
  },
  {
    id: 'discovery/token-auth-methods~string',
    level: 'fail',
    summary: 'token_endpoint_auth_methods_supported is the string private_key_jwt, not an array',
    override: changesSmartConfiguration(having({ token_endpoint_auth_methods_supported: 'private_key_jwt' })),
  },
  {
    id: 'discovery/asymmetric-auth-method~misspelt',
    level: 'fail',
    summary: 'token_endpoint_auth_methods_supported lists private-key-jwt',
    also: ['discovery/token-auth-methods'],
    override: changesSmartConfiguration(
      having({ token_endpoint_auth_methods_supported: ['client_secret_basic', 'private-key-jwt'] }),
    ),
  },
  {
    id: 'discovery/asymmetric-auth-method~absent',
    level: 'warn',
    summary: 'token_endpoint_auth_methods_supported is missing although asymmetric clients are advertised',
    override: changesSmartConfiguration(without('token_endpoint_auth_methods_supported')),
  },
  {
    id: 'discovery/asymmetric-algorithms~only-rs256',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported is only RS256',
    override: changesSmartConfiguration(having({ token_endpoint_auth_signing_alg_values_supported: ['RS256'] })),
  },
  {
    id: 'discovery/asymmetric-algorithms~odd-case',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported lists rs384 and es384',
    override: changesSmartConfiguration(
      having({ token_endpoint_auth_signing_alg_values_supported: ['rs384', 'es384'] }),
    ),
  },
  {
    id: 'discovery/asymmetric-algorithms~string',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported is the string RS384, not an array',
    also: ['discovery/asymmetric-no-alg-none'],
    override: changesSmartConfiguration(having({ token_endpoint_auth_signing_alg_values_supported: 'RS384' })),
  },
  {
    id: 'discovery/asymmetric-algorithms~null',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported is null',
    override: changesSmartConfiguration(having({ token_endpoint_auth_signing_alg_values_supported: null })),
  },
  {
    id: 'discovery/asymmetric-algorithms~empty',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported is an empty array',
    override: changesSmartConfiguration(having({ token_endpoint_auth_signing_alg_values_supported: [] })),
  },
  {
    id: 'discovery/asymmetric-algorithms~absent',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported is missing although private_key_jwt is listed',
    override: changesSmartConfiguration(without('token_endpoint_auth_signing_alg_values_supported')),
  },
  {
    id: 'discovery/asymmetric-algorithms~absent-with-methods',
    level: 'warn',
    summary: 'Asymmetric clients are advertised, but neither their method nor their algorithms',
    also: ['discovery/asymmetric-auth-method'],
    override: changesSmartConfiguration(
      without('token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'),
    ),
  },
  {
    id: 'discovery/asymmetric-no-alg-none~listed',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported lists none',
    override: changesSmartConfiguration(listing('token_endpoint_auth_signing_alg_values_supported', plus('none'))),
  },
  {
    id: 'discovery/asymmetric-no-alg-none~odd-case',
    level: 'fail',
    summary: 'token_endpoint_auth_signing_alg_values_supported lists None',
    override: changesSmartConfiguration(listing('token_endpoint_auth_signing_alg_values_supported', plus('None'))),
  },
];

const scopes: readonly FaultRow[] = [
  {
    id: 'discovery/asymmetric-scopes-supported~absent',
    level: 'fail',
    summary: 'scopes_supported is missing although asymmetric clients are advertised',
    also: ['discovery/scopes-supported'],
    override: changesSmartConfiguration(without('scopes_supported')),
  },
  {
    id: 'discovery/scopes-supported~absent',
    level: 'warn',
    summary: 'scopes_supported is missing; asymmetric clients are not advertised',
    also: ['client-asymmetric/capability-advertised'],
    override: together(
      changesSmartConfiguration(without('scopes_supported')),
      changesSmartConfiguration(listing('capabilities', lacking('client-confidential-asymmetric'))),
    ),
  },
  {
    id: 'discovery/scopes-supported~string',
    level: 'fail',
    summary: 'scopes_supported is a string of scopes, not an array',
    also: ['discovery/asymmetric-scopes-supported'],
    override: changesSmartConfiguration(listing('scopes_supported', (values) => values.join(' '))),
  },
  {
    id: 'discovery/scopes-supported~joined',
    level: 'fail',
    summary: 'An entry of scopes_supported holds several scopes',
    also: ['discovery/extension-scopes'],
    override: changesSmartConfiguration(listing('scopes_supported', plus('patient/Patient.rs patient/Device.rs'))),
  },
  {
    id: 'discovery/scopes-supported~no-strings',
    level: 'fail',
    summary: 'An entry of scopes_supported is an object',
    override: changesSmartConfiguration(
      listing('scopes_supported', (values) => [...values, { name: 'patient/Patient.rs' }]),
    ),
  },
  {
    id: 'discovery/extension-scopes~plain-name',
    level: 'warn',
    summary: 'scopes_supported lists acme-extra, a scope of the server\u2019s own without a URI or __',
    override: changesSmartConfiguration(listing('scopes_supported', plus('acme-extra'))),
  },
  {
    id: 'discovery/extension-scopes~one-underscore',
    level: 'warn',
    summary: 'scopes_supported lists _acme, with one underscore where two are asked for',
    override: changesSmartConfiguration(listing('scopes_supported', plus('_acme'))),
  },
  {
    id: 'discovery/extension-scopes~without-scheme',
    level: 'warn',
    summary: 'scopes_supported lists acme.example.org/extra, which lacks the scheme of a URI',
    override: changesSmartConfiguration(listing('scopes_supported', plus('acme.example.org/extra'))),
  },
];

const responseTypes: readonly FaultRow[] = [
  {
    id: 'discovery/response-types~absent',
    level: 'warn',
    summary: 'response_types_supported is missing',
    override: changesSmartConfiguration(without('response_types_supported')),
  },
  {
    id: 'discovery/response-types~without-code',
    level: 'fail',
    summary: 'response_types_supported lacks code',
    override: changesSmartConfiguration(having({ response_types_supported: ['token', 'code id_token'] })),
  },
  {
    id: 'discovery/response-types~string',
    level: 'fail',
    summary: 'response_types_supported is the string code, not an array',
    override: changesSmartConfiguration(having({ response_types_supported: 'code' })),
  },
];

const capabilities: readonly FaultRow[] = [
  {
    id: 'discovery/capabilities~absent',
    level: 'fail',
    summary: 'capabilities is missing',
    also: nothingAdvertised,
    override: changesSmartConfiguration(without('capabilities')),
  },
  {
    id: 'discovery/capabilities~null',
    level: 'fail',
    summary: 'capabilities is null',
    also: nothingAdvertised,
    override: changesSmartConfiguration(having({ capabilities: null })),
  },
  {
    id: 'discovery/capabilities~string',
    level: 'fail',
    summary: 'capabilities is a string with spaces between them',
    also: nothingAdvertised,
    override: changesSmartConfiguration(listing('capabilities', (values) => values.join(' '))),
  },
  {
    id: 'discovery/capabilities~object',
    level: 'fail',
    summary: 'capabilities is an object with the capabilities as members',
    also: nothingAdvertised,
    override: changesSmartConfiguration(
      listing('capabilities', (values) => Object.fromEntries(values.map((value) => [value, true]))),
    ),
  },
  {
    id: 'discovery/capabilities~no-strings',
    level: 'fail',
    summary: 'One of the capabilities is an object',
    override: changesSmartConfiguration(listing('capabilities', (values) => [...values, { name: 'acme' }])),
  },
  {
    id: 'discovery/capabilities~duplicates',
    level: 'warn',
    summary: 'A capability is listed twice',
    override: changesSmartConfiguration(listing('capabilities', plus('launch-ehr'))),
  },
  {
    id: 'discovery/capabilities~empty',
    level: 'warn',
    summary: 'capabilities is an empty array',
    also: nothingAdvertised,
    override: changesSmartConfiguration(having({ capabilities: [] })),
  },
  {
    id: 'discovery/capability-names~plain-name',
    level: 'warn',
    summary: 'acme-extra is advertised, which the guide does not define and which is no URI',
    override: changesSmartConfiguration(listing('capabilities', plus('acme-extra'))),
  },
  {
    id: 'discovery/capability-names~odd-case',
    level: 'warn',
    summary: 'Launch-EHR is advertised besides launch-ehr',
    override: changesSmartConfiguration(listing('capabilities', plus('Launch-EHR'))),
  },
  {
    id: 'discovery/capability-names~without-scheme',
    level: 'warn',
    summary: 'acme.example.org/extra is advertised, which lacks the scheme of a URI',
    override: changesSmartConfiguration(listing('capabilities', plus('acme.example.org/extra'))),
  },
];

const pkce: readonly FaultRow[] = [
  {
    id: 'discovery/pkce-methods~absent',
    level: 'fail',
    summary: 'code_challenge_methods_supported is missing',
    also: ['discovery/pkce-s256'],
    override: changesSmartConfiguration(without('code_challenge_methods_supported')),
  },
  {
    id: 'discovery/pkce-methods~null',
    level: 'fail',
    summary: 'code_challenge_methods_supported is null',
    also: ['discovery/pkce-s256'],
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: null })),
  },
  {
    id: 'discovery/pkce-methods~string',
    level: 'fail',
    summary: 'code_challenge_methods_supported is the string S256, not an array',
    also: ['discovery/pkce-s256'],
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: 'S256' })),
  },
  {
    id: 'discovery/pkce-methods~no-strings',
    level: 'fail',
    summary: 'code_challenge_methods_supported holds something besides strings',
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: ['S256', null] })),
  },
  {
    id: 'discovery/pkce-s256~odd-case',
    level: 'fail',
    summary: 'code_challenge_methods_supported lists s256',
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: ['s256'] })),
  },
  {
    id: 'discovery/pkce-s256~other-method',
    level: 'fail',
    summary: 'code_challenge_methods_supported lists S512 only',
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: ['S512'] })),
  },
  {
    id: 'discovery/pkce-s256~empty',
    level: 'fail',
    summary: 'code_challenge_methods_supported is an empty array',
    override: changesSmartConfiguration(having({ code_challenge_methods_supported: [] })),
  },
  {
    id: 'discovery/pkce-no-plain~listed',
    level: 'fail',
    summary: 'code_challenge_methods_supported lists plain besides S256',
    override: changesSmartConfiguration(listing('code_challenge_methods_supported', plus('plain'))),
  },
  {
    id: 'discovery/pkce-no-plain~odd-case',
    level: 'fail',
    summary: 'code_challenge_methods_supported lists Plain besides S256',
    override: changesSmartConfiguration(listing('code_challenge_methods_supported', plus('Plain'))),
  },
];

/** What the other members of the SMART configuration hold. */
export const memberFaults = faultsOf([
  ...signOn,
  ...grantTypes,
  ...authentication,
  ...scopes,
  ...responseTypes,
  ...capabilities,
  ...pkce,
]);
