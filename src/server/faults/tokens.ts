/** Token requests and responses (RFC 6749 sections 4.1.3, 5.1 and 5.2). */
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json, oauthError } from '../responses.ts';
import { together } from '../together.ts';
import { unguessable } from '../vault.ts';
import { launchesComplete } from './consequences.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  answersTokenRequests,
  changesAnswers,
  changesAuthorization,
  changesClientRules,
  changesCors,
  changesSmartConfiguration,
  changesTokenResponse,
  changesTokens,
  having,
  lacking,
  listing,
  without,
} from './overrides.ts';

const noToken = [
  ...launchesComplete,
  'app-launch/token-request-form-post',
  'app-launch/pkce-s256',
  'app-launch/pkce-verifier-lengths',
  'client-symmetric/basic-accepted',
  'client-asymmetric/token-obtained',
  'backend-services/token-obtained',
];
const noTokenAtAll = [
  ...noToken,
  'app-launch/access-token-present',
  'app-launch/token-answer-json',
  'app-launch/token-response-status-200',
];
const refusals = [
  'app-launch/token-unsupported-grant-type',
  'app-launch/token-invalid-grant',
  'app-launch/token-error-form',
  'app-launch/token-answer-json',
  'app-launch/code-single-use',
  'app-launch/pkce-mismatch-error',
  'client-asymmetric/errors-invalid-client',
  'backend-services/errors-oauth',
];

const requests: readonly FaultRow[] = [
  {
    id: 'app-launch/token-request-form-post~broken',
    level: 'fail',
    summary: 'The token endpoint fails on every code',
    also: noToken,
    override: changesTokens(({ codeChecks }) => ({
      codeChecks: { ...codeChecks, client: () => ['invalid_request', 'not now'] },
    })),
  },
  {
    id: 'app-launch/public-client-served~refused',
    level: 'fail',
    summary: 'Public clients are refused',
    also: [...noToken, 'app-launch/token-public-client-identifies'],
    override: changesClientRules(() => ({ needsProof: () => true })),
  },
  {
    id: 'app-launch/listed-auth-methods-accepted~basic',
    level: 'fail',
    summary: 'client_secret_basic is listed, and refused',
    also: [
      ...noToken,
      'app-launch/token-client-id-optional',
      'app-launch/refresh-confidential-authenticates',
      'client-symmetric/basic-accepted',
      'client-symmetric/basic-form-encoded',
    ],
    override: changesClientRules(() => ({ isSecret: () => false })),
  },
  {
    id: 'app-launch/proven-features-advertised~symmetric',
    level: 'fail',
    summary: 'Clients with a secret are served, and client-confidential-symmetric is not advertised',
    override: changesSmartConfiguration(listing('capabilities', lacking('client-confidential-symmetric'))),
  },
  {
    id: 'app-launch/proven-features-advertised~launch-modes',
    level: 'fail',
    summary: 'Apps are launched, and no launch mode is advertised',
    also: [
      'discovery/patient-access-standalone',
      'discovery/patient-access-ehr',
      'discovery/clinician-access-standalone',
      'discovery/clinician-access-ehr',
    ],
    override: changesSmartConfiguration(listing('capabilities', lacking('launch-standalone', 'launch-ehr'))),
  },
  {
    id: 'app-launch/proven-features-advertised~context',
    level: 'warn',
    summary: 'A patient comes with standalone launches, and context-standalone-patient is not advertised',
    also: ['discovery/capability-set'],
    override: changesSmartConfiguration(listing('capabilities', lacking('context-standalone-patient'))),
  },
  {
    id: 'app-launch/token-confidential-authenticates~optional',
    level: 'fail',
    summary: 'client_id alone will do for a confidential client',
    also: ['app-launch/refresh-confidential-authenticates', 'app-launch/code-bound-to-client'],
    override: changesClientRules(() => ({ needsProof: () => false })),
  },
  {
    id: 'app-launch/token-public-client-identifies~nameless',
    level: 'fail',
    summary: 'The code of a public client is redeemed without client_id',
    override: changesClientRules((_rules, { vault }) => ({
      unnamed: (parameters) => {
        const client = vault.codes.get(parameters.get('code') ?? '')?.grant.client;
        return client && !client.clientSecret && !client.keys ? client : undefined;
      },
    })),
  },
  {
    id: 'app-launch/token-client-id-optional~required',
    level: 'fail',
    summary: 'A client that authenticates is refused unless it sends client_id as well',
    also: [...noToken, 'app-launch/refresh-confidential-authenticates'],
    override: answersTokenRequests((form, { request }) => {
      const authenticates = request.headers.has('authorization') || form.has('client_assertion');
      return authenticates && !form.has('client_id') ? oauthError('invalid_request', 'client_id is missing') : null;
    }),
  },
  {
    id: 'app-launch/token-unknown-parameters-ignored~refused',
    level: 'fail',
    summary: 'A token request with an unknown parameter is refused',
    override: answersTokenRequests((form) =>
      form.has('smart_check') ? oauthError('invalid_request', 'unknown parameter') : null,
    ),
  },
  {
    id: 'app-launch/token-unsupported-grant-type~invalid-request',
    level: 'fail',
    summary: 'An unknown grant type is answered invalid_request',
    also: ['discovery/token-endpoint'],
    override: refusing((error) =>
      error.error === 'unsupported_grant_type' ? { ...error, error: 'invalid_request' } : error,
    ),
  },
  {
    id: 'app-launch/token-invalid-grant~invalid-request',
    level: 'fail',
    summary: 'An unknown code is answered invalid_request',
    also: ['app-launch/code-single-use', 'app-launch/pkce-mismatch-error'],
    override: refusing((error) => (error.error === 'invalid_grant' ? { ...error, error: 'invalid_request' } : error)),
  },
  {
    id: 'app-launch/token-error-form~status-200',
    level: 'fail',
    summary: 'Refusals come with status 200',
    also: [...refusals, 'discovery/token-endpoint'],
    override: refusing((error) => error, 200),
  },
  {
    id: 'app-launch/token-error-form~status-500',
    level: 'fail',
    summary: 'Refusals come with status 500',
    also: [...refusals, 'discovery/token-endpoint'],
    override: refusing((error) => error, 500),
  },
  {
    id: 'app-launch/token-error-form~own-error',
    level: 'fail',
    summary: 'Refusals have an error of the server’s own',
    also: [...refusals, 'discovery/token-endpoint'],
    override: refusing(() => ({ error: 'bad_code' })),
  },
  {
    id: 'app-launch/token-error-form~description',
    level: 'fail',
    summary: 'error_description has quotes in it',
    also: ['discovery/token-endpoint'],
    override: refusing((error) => ({ ...error, error_description: 'the "code" is wrong' })),
  },
  {
    id: 'app-launch/token-error-form~description-array',
    level: 'fail',
    summary: 'error_description is a list of sentences',
    also: ['discovery/token-endpoint'],
    override: refusing((error) => ({ ...error, error_description: ['the code', 'is wrong'] })),
  },
  {
    id: 'app-launch/token-answer-json~refusals-html',
    level: 'fail',
    summary: 'Refusals come as text/html',
    also: [...refusals, 'discovery/token-endpoint'],
    override: changesAnswers('token', async (answer) => {
      const usual = await answer();
      if (usual.status >= 400) usual.headers.set('content-type', 'text/html');
      return usual;
    }),
  },
  {
    id: 'app-launch/cors-token-responses~closed',
    level: 'fail',
    summary: 'No page may read the answers of the token endpoint',
    also: [
      'discovery/cors-token-endpoint-errors',
      'discovery/cors-token-endpoint-preflight',
      'discovery/cors-vary-origin',
    ],
    override: changesCors(['token'], () => ({ allowOrigin: () => null })),
  },
];

const responses: readonly FaultRow[] = [
  {
    id: 'app-launch/token-answer-json~text-plain',
    level: 'fail',
    summary: 'Tokens come as text/plain',
    also: ['backend-services/response-json'],
    override: granting((members, headers) => json(members, { headers: { ...headers, 'content-type': 'text/plain' } })),
  },
  {
    id: 'app-launch/token-answer-json~form',
    level: 'fail',
    summary: 'Tokens come form-encoded',
    also: [...noTokenAtAll, 'backend-services/response-json', 'backend-services/access-token-present'],
    override: granting((members, headers) => {
      const form = new URLSearchParams(Object.entries(members).map(([name, value]) => [name, String(value)]));
      return new Response(form.toString(), { headers: { ...headers, 'content-type': 'text/plain' } });
    }),
  },
  {
    id: 'app-launch/token-response-status-200~201',
    level: 'fail',
    summary: 'Tokens come with status 201',
    also: noTokenAtAll,
    override: granting((members, headers) => json(members, { status: 201, headers })),
  },
  {
    id: 'app-launch/access-token-present~empty',
    level: 'fail',
    summary: 'access_token is empty',
    also: [...noToken, 'backend-services/access-token-present'],
    override: changesTokenResponse(having({ access_token: '' })),
  },
  {
    id: 'app-launch/access-token-present~absent',
    level: 'fail',
    summary: 'access_token is missing',
    also: [...noToken, 'backend-services/access-token-present'],
    override: changesTokenResponse(without('access_token')),
  },
  {
    id: 'app-launch/access-token-characters~braces',
    level: 'fail',
    summary: 'Access tokens have braces in them',
    override: changesTokens(() => ({ newAccessToken: () => `{${unguessable()}}` })),
  },
  {
    id: 'app-launch/token-type-bearer~mac',
    level: 'fail',
    summary: 'token_type is mac',
    also: ['app-launch/refresh-token-type-bearer', 'backend-services/token-type-bearer'],
    override: changesTokenResponse(having({ token_type: 'mac' })),
  },
  {
    id: 'app-launch/expires-in-present~absent',
    level: 'warn',
    summary: 'expires_in is missing',
    also: ['app-launch/refresh-expires-in', 'backend-services/expires-in-present'],
    override: changesTokenResponse(without('expires_in')),
  },
  {
    id: 'app-launch/expires-in-present~string',
    level: 'fail',
    summary: 'expires_in is a string',
    also: ['app-launch/refresh-expires-in', 'backend-services/expires-in-present'],
    override: changesTokenResponse(having({ expires_in: '3600' })),
  },
  {
    id: 'app-launch/access-token-an-hour-at-most~day',
    level: 'warn',
    summary: 'Access tokens are good for a day',
    also: ['backend-services/expires-in-at-most-300', 'backend-services/token-short-lived'],
    override: changesTokens(() => ({ lifetime: () => 86_400 })),
  },
  {
    id: 'app-launch/scope-present~absent',
    level: 'fail',
    summary: 'scope is left out when all that was asked for is granted',
    also: [
      'app-launch/refresh-scope-present',
      'app-launch/empty-grant-shown',
      'app-launch/scope-omitted-handled',
      'backend-services/scope-present',
    ],
    override: changesTokenResponse(without('scope')),
  },
  {
    id: 'app-launch/scope-present~array',
    level: 'fail',
    summary: 'scope is an array',
    also: ['app-launch/refresh-scope-present', 'app-launch/empty-grant-shown', 'backend-services/scope-present'],
    override: changesTokenResponse((members) => ({ ...members, scope: String(members.scope).split(' ') })),
  },
  {
    id: 'app-launch/empty-grant-shown~omitted',
    level: 'fail',
    summary: 'A token without scope is issued when the user deselects everything',
    also: ['app-launch/denial-answered'],
    override: together(
      changesTokens(() => ({ grantedScopes: (approved) => (approved.length > 0 ? approved : ['launch/patient']) })),
      changesTokenResponse((members, { scopes }) => (scopes.length === 1 ? without('scope')(members) : members)),
    ),
  },
  {
    id: 'app-launch/token-no-store~absent',
    level: 'fail',
    summary: 'Token responses have no Cache-Control',
    override: changesTokens(() => ({ headers: () => ({ pragma: 'no-cache' }) })),
  },
  {
    id: 'app-launch/token-no-store~refresh',
    level: 'fail',
    summary: 'Refresh responses have no Cache-Control',
    override: changesTokens(({ headers }) => ({
      headers: (grantType) => (grantType === 'refresh_token' ? { pragma: 'no-cache' } : headers(grantType)),
    })),
  },
  {
    id: 'app-launch/token-no-store~private',
    level: 'fail',
    summary: 'Cache-Control of token responses is private',
    override: changesTokens(() => ({ headers: () => ({ 'cache-control': 'private', pragma: 'no-cache' }) })),
  },
  {
    id: 'app-launch/token-no-store~contradicted',
    level: 'warn',
    summary: 'Cache-Control of token responses says no-store and public',
    override: changesTokens(() => ({ headers: () => ({ 'cache-control': 'no-store, public', pragma: 'no-cache' }) })),
  },
  {
    id: 'app-launch/token-no-cache~absent',
    level: 'fail',
    summary: 'Token responses have no Pragma',
    override: changesTokens(() => ({ headers: () => ({ 'cache-control': 'no-store' }) })),
  },
  {
    id: 'app-launch/secrets-unguessable~counter',
    level: 'fail',
    summary: 'Access tokens are a constant and a counter',
    override: changesTokens(() => {
      let count = 1000;
      return {
        newAccessToken: () => {
          count += 1;
          return `access-token-of-the-sample-clinic-number-${count}`;
        },
      };
    }),
  },
  {
    id: 'app-launch/secrets-unguessable~short-codes',
    level: 'fail',
    summary: 'Codes have eight characters',
    override: changesAuthorization(() => ({ newCode: () => unguessable().slice(0, 8) })),
  },
  {
    id: 'app-launch/secrets-unguessable~uuid',
    level: 'warn',
    summary: 'Codes are UUIDs',
    override: changesAuthorization(() => ({ newCode: () => crypto.randomUUID() })),
  },
];

const details: readonly FaultRow[] = [
  {
    id: 'app-launch/authorization-details-array~object',
    level: 'fail',
    summary: 'authorization_details is an object',
    override: changesTokenResponse(having({ authorization_details: { type: 'smart_on_fhir' } })),
  },
  {
    id: 'app-launch/authorization-details-type~other',
    level: 'fail',
    summary: 'The entry of authorization_details has another type',
    override: detailing((entry) => ({ ...entry, type: 'smart' })),
  },
  {
    id: 'app-launch/authorization-details-locations~absent',
    level: 'fail',
    summary: 'The entry of authorization_details has no locations',
    override: detailing(without('locations')),
  },
  {
    id: 'app-launch/authorization-details-locations~elsewhere',
    level: 'fail',
    summary: 'locations names a FHIR server that does not know the token',
    also: ['app-launch/authorization-details-context', 'app-launch/authorization-details-fhir-versions'],
    override: together(
      detailing((entry) => ({ ...entry, locations: [String(entry.locations).replace(/\/fhir$/, '/other/fhir')] })),
      changesAnswers('elsewhere', () => json({ resourceType: 'OperationOutcome' }, { status: 401 })),
    ),
  },
  {
    id: 'app-launch/authorization-details-fhir-versions~absent',
    level: 'fail',
    summary: 'The entry of authorization_details has no fhirVersions',
    override: detailing(without('fhirVersions')),
  },
  {
    id: 'app-launch/authorization-details-fhir-versions~other',
    level: 'fail',
    summary: 'fhirVersions names a version that the location does not speak',
    override: detailing((entry) => ({ ...entry, fhirVersions: ['5.0.0'] })),
  },
  {
    id: 'app-launch/authorization-details-context~other-patient',
    level: 'fail',
    summary: 'The entry names a patient whom the token cannot read',
    override: detailing((entry) => ({ ...entry, patient: 'pat-4' })),
  },
  {
    id: 'app-launch/authorization-details-context~any-patient',
    level: 'fail',
    summary: 'Where an entry names a patient, its token reads every patient',
    also: ['app-launch/authorization-details-scope'],
    override: reaching((scopes) => [...scopes, 'system/Patient.r']),
  },
  {
    id: 'app-launch/authorization-details-scope~any',
    level: 'fail',
    summary: 'At the location of an entry its token reads whatever there is',
    also: ['app-launch/authorization-details-context'],
    override: reaching((scopes) => [...scopes, 'system/*.rs']),
  },
  {
    id: 'app-launch/authorization-details-scope~of-the-token',
    level: 'fail',
    summary: 'The scope of an entry is less than that of the token, and does not count',
    override: detailing((entry) => ({ ...entry, scope: 'launch/patient patient/Patient.rs' })),
  },
];

export const tokenFaults = faultsOf([...requests, ...responses, ...details]);

/** Refusals of the token endpoint, changed. */
function refusing(change: (error: JsonObject) => JsonObject, status?: number): Override {
  return changesAnswers('token', async (answer) => {
    const usual = await answer();
    if (usual.status < 400) return usual;
    const headers: Record<string, string> = Object.fromEntries(usual.headers);
    return json(change(JSON.parse(await usual.text())), { status: status ?? usual.status, headers });
  });
}

/** Successful answers of the token endpoint, changed. */
function granting(change: (members: JsonObject, headers: Record<string, string>) => Response): Override {
  return changesAnswers('token', async (answer) => {
    const usual = await answer();
    return usual.status === 200 ? change(JSON.parse(await usual.text()), Object.fromEntries(usual.headers)) : usual;
  });
}

/** What tokens reach, whatever is said of their scopes. */
function reaching(change: (scopes: readonly string[]) => readonly string[]): Override {
  return (usual) => ({
    resolveAccessToken: (token) => {
      const decision = usual.resolveAccessToken(token);
      // Details come with a patient.
      if (decision.kind !== 'granted' || decision.grant.patient === null) return decision;
      return { ...decision, grant: { ...decision.grant, scopes: change(decision.grant.scopes) } };
    },
  });
}

function detailing(change: (entry: JsonObject) => JsonObject): Override {
  return changesTokenResponse((members) => {
    const entries = Array.isArray(members.authorization_details) ? members.authorization_details : [];
    return entries.length > 0 ? { ...members, authorization_details: entries.map(change) } : members;
  });
}
