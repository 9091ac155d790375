import type { Fault } from './fault.ts';

/** What breaks, too, where apps cannot be launched any more: an accusation there is deserved. */
export const launchesComplete = [
  'app-launch/standalone-launch-completes',
  'app-launch/ehr-launch-completes',
  'client-symmetric/launch-completes',
];
export const launchesBegin = [...launchesComplete, 'app-launch/authorize-get-completes'];

/** What breaks, too, where the token endpoint serves nobody. */
export const noTokens = [
  ...launchesComplete,
  'app-launch/token-request-form-post',
  'app-launch/token-answer-json',
  'app-launch/token-error-form',
  'client-symmetric/basic-accepted',
  'client-asymmetric/token-obtained',
  'client-asymmetric/errors-invalid-client',
  'backend-services/token-obtained',
  'backend-services/errors-oauth',
  'client-asymmetric/code-exchange-and-refresh',
  'client-symmetric/basic-form-encoded',
  'scopes/patient-scopes-supported',
  'scopes/user-scopes-supported',
];

/** What else breaks, or may break, with a defect of one kind, wherever the defect shows. */
interface Consequence {
  /** Ids of faults; a final asterisk stands for any rest. */
  readonly of: readonly string[];
  /** Requirements. */
  readonly breaks: readonly string[];
}

/** What a token opens that its scopes do not cover. */
const openData = [
  'scopes/batch-entries-checked-singly',
  'scopes/create-scope',
  'scopes/delete-scope',
  'scopes/granular-scope-filters',
  'scopes/one-patient-only',
  'scopes/patient-scopes-supported',
  'scopes/read-scope',
  'scopes/scope-covers-request',
  'scopes/search-scope',
  'scopes/update-scope',
];

const consequences: readonly Consequence[] = [
  // Whoever verifies an ID token goes by the documents to the keys.
  {
    of: [
      ...['not-found', 'needs-token', 'array', 'path-after-well-known', 'truncated', 'html'].map(
        (variant) => `discovery/openid-configuration~${variant}`,
      ),
      'discovery/openid-metadata~no-jwks-uri',
      'discovery/openid-documents-agree~keys',
      'discovery/jwks-document~*',
      'discovery/jwks-keys-well-formed~*',
    ],
    breaks: ['openid-connect/signature-verifies'],
  },
  { of: ['discovery/jwks-document~only-for-encryption'], breaks: ['openid-connect/signing-key-fits'] },
  {
    of: [
      'discovery/issuer~empty',
      'discovery/openid-issuer-equal~*',
      'discovery/openid-issuer-url~*',
      'discovery/absolute-urls~issuer-relative',
    ],
    breaks: ['openid-connect/issuer-as-advertised'],
  },
  {
    of: ['oauth-error-404', 'post-not-allowed'].map((variant) => `discovery/token-endpoint~${variant}`),
    breaks: ['client-asymmetric/keys-by-value', 'client-asymmetric/rs384-or-es384'],
  },
  {
    of: ['login-page', 'form-encoded-error', 'success', 'redirects-to-login-page'].map(
      (variant) => `discovery/token-endpoint~${variant}`,
    ),
    breaks: ['app-launch/access-token-present', 'app-launch/token-response-status-200'],
  },
  {
    of: ['discovery/endpoints-answer~authorization-endpoint-not-found'],
    breaks: [...launchesBegin, 'scopes/patient-scopes-supported', 'scopes/user-scopes-supported'],
  },
  {
    of: ['discovery/endpoints-answer~revocation-endpoint-*', 'discovery/absolute-urls~one-slash'],
    breaks: [
      'introspection/access-token-revoked',
      'introspection/refresh-token-revoked',
      'introspection/revocation-bound-to-client',
      'introspection/revocation-errors-oauth',
      'introspection/unknown-token-revocation-200',
    ],
  },
  { of: ['discovery/endpoints-answer~brand-bundle-not-found'], breaks: ['brands/bundle-served'] },
  { of: ['discovery/extension-scopes~*'], breaks: ['scopes/listed-scopes-obtainable'] },
  // A launch shows what is not advertised any more.
  {
    of: [
      'discovery/patient-access-standalone~*',
      'discovery/clinician-access-ehr~*',
      'discovery/patient-access-ehr~*',
      'discovery/asymmetric-client-is-an-addition~alone',
      'discovery/scopes-supported~absent',
    ],
    breaks: ['app-launch/proven-features-advertised'],
  },
  {
    of: ['discovery/absolute-urls~associated-endpoint-relative'],
    breaks: [
      'app-state/capability-works',
      'app-state/create-supported',
      'app-state/global-state',
      'app-state/one-resource-per-subject',
      'app-state/subject-types',
    ],
  },
  {
    of: [
      'app-launch/token-request-form-post~broken',
      'app-launch/token-answer-json~form',
      'app-launch/access-token-present~*',
      'app-launch/token-response-status-200~201',
      'app-launch/standalone-launch-completes~no-token',
      'app-launch/token-client-id-optional~required',
    ],
    breaks: noTokens,
  },
  {
    of: ['app-launch/token-client-id-optional~required'],
    breaks: ['client-asymmetric/keys-by-value', 'client-asymmetric/rs384-or-es384'],
  },
  {
    of: [
      'app-launch/pkce-s256~refused',
      'app-launch/public-client-served~refused',
      'app-launch/authorize-get-completes~post-only',
    ],
    breaks: ['scopes/patient-scopes-supported', 'scopes/user-scopes-supported'],
  },
  { of: ['app-launch/authorize-get-completes~post-only'], breaks: ['discovery/endpoints-answer'] },
  // What the response does not say is what was asked for (RFC 6749 section 5.1).
  {
    of: ['app-launch/scope-present~*', 'app-launch/empty-grant-shown~omitted'],
    breaks: ['scopes/odd-interactions'],
  },
  {
    of: [
      'app-launch/authorization-details-context~other-patient',
      'app-launch/authorization-details-locations~elsewhere',
    ],
    breaks: ['app-launch/authorization-details-scope'],
  },
  {
    of: ['app-launch/authorization-details-scope~any', 'app-launch/authorization-details-context~any-patient'],
    breaks: openData,
  },
  { of: ['app-launch/proven-features-advertised~context'], breaks: ['discovery/patient-access-standalone'] },
  {
    of: ['app-launch/token-error-form~*'],
    breaks: [
      'app-launch/refresh-bound-to-client',
      'app-launch/refresh-confidential-authenticates',
      'app-launch/refresh-scope-cannot-grow',
      'backend-services/errors-explained',
      'client-asymmetric/malformed-refused',
      'client-symmetric/failed-basic-challenged',
      'client-symmetric/wrong-secret-refused',
    ],
  },
  { of: ['app-launch/token-unsupported-grant-type~invalid-request'], breaks: ['backend-services/errors-oauth'] },
  {
    of: [
      'app-launch/token-confidential-authenticates~optional',
      'app-launch/refresh-confidential-authenticates~optional',
    ],
    breaks: [
      'backend-services/client-credentials-authenticated',
      'client-symmetric/wrong-secret-refused',
      'introspection/revocation-bound-to-client',
    ],
  },
  {
    of: ['app-launch/ehr-patient-context~other', 'app-launch/patient-is-an-id~number'],
    breaks: ['app-launch/task-ehr-patient'],
  },
  {
    of: ['backend-services/client-credentials-authenticated~made-up-secret'],
    breaks: ['introspection/bad-credentials-refused'],
  },
  // To whom it does not leak, nothing is there: 404, also without a token.
  {
    of: ['app-state/authorized-apps-only~by-id', 'app-state/subject-bound~by-id'],
    breaks: ['app-state/token-required'],
  },
  { of: ['app-launch/encounter-is-an-id~*'], breaks: ['app-launch/task-ehr-encounter'] },
  { of: ['app-launch/patient-is-an-id~reference'], breaks: ['app-state/one-resource-per-subject'] },
  {
    of: ['app-launch/patient-is-an-id~unknown-without-scope'],
    breaks: [
      'app-launch/task-ehr-patient',
      'app-state/capability-works',
      'app-state/create-supported',
      'app-state/one-resource-per-subject',
      'scopes/patient-scopes-supported',
    ],
  },
  { of: ['app-launch/launch-scopes-lower-case~upper'], breaks: ['scopes/listed-scopes-obtainable'] },
  {
    of: ['app-launch/extension-context-names~bare', 'scopes/granted-syntax~*', 'scopes/shortest-form~*'],
    breaks: ['app-launch/refresh-subset'],
  },
  { of: ['scopes/granted-syntax~*'], breaks: ['scopes/patient-scopes-supported'] },
  {
    of: ['scopes/user-scopes-supported~unreadable'],
    breaks: [
      'app-launch/authorization-details-context',
      'app-launch/patient-is-an-id',
      'openid-connect/fhir-user-readable',
      'openid-connect/fhir-user-resolves',
    ],
  },
  { of: ['openid-connect/fhir-user-type~type-of-later-releases'], breaks: ['app-state/one-resource-per-subject'] },
  // The token is good for another patient than it says, or for another base.
  {
    of: [
      'app-launch/standalone-patient-context~first-in-list',
      'scopes/patient-scopes-supported~tokens-of-another-base',
    ],
    breaks: [
      'app-state/capability-works',
      'app-state/create-supported',
      'app-state/one-resource-per-subject',
      'app-state/subject-types',
      'scopes/patient-scopes-supported',
    ],
  },
  { of: ['discovery/cors-token-endpoint-errors~*'], breaks: ['app-launch/cors-token-responses'] },
  { of: ['discovery/cors-fhir-preflight~*'], breaks: ['scopes/cors-fhir-responses'] },
  { of: ['scopes/cors-fhir-responses~closed'], breaks: ['discovery/cors-fhir-write-preflight'] },
  {
    of: ['scopes/bearer-challenge~*', 'scopes/bearer-challenge-parameter~*'],
    breaks: ['scopes/bearer-insufficient-scope'],
  },
  {
    of: ['scopes/scope-covers-request~*'],
    breaks: ['app-launch/authorization-details-scope', 'scopes/granular-scope-filters'],
  },
  { of: ['app-launch/refresh-without-scope~*'], breaks: ['app-launch/refresh-rotation-keeps-scope'] },
  { of: ['app-launch/refresh-not-wider~access'], breaks: ['app-launch/refresh-subset'] },
  { of: ['app-launch/user-identified-first~silent'], breaks: ['app-state/subject-types'] },
  {
    of: ['app-launch/offline-refresh-without-user~refused', 'app-launch/refresh-access-token~refused'],
    breaks: ['client-asymmetric/code-exchange-and-refresh', 'client-symmetric/basic-form-encoded'],
  },
  // Apps are asked for the same assertions as services.
  { of: ['client-asymmetric/*'], breaks: ['client-asymmetric/code-exchange-and-refresh'] },
  {
    of: ['client-asymmetric/client-id-optional~refused'],
    breaks: [
      ...launchesComplete,
      'app-launch/public-client-served',
      'app-launch/token-public-client-identifies',
      'app-launch/token-request-form-post',
      'scopes/patient-scopes-supported',
      'scopes/user-scopes-supported',
    ],
  },
  {
    of: ['client-asymmetric/rs384-or-es384~rs256', 'client-asymmetric/listed-algorithms-accepted~es384'],
    breaks: ['client-asymmetric/keys-by-url', 'client-asymmetric/keys-by-value', 'discovery/asymmetric-algorithms'],
  },
  {
    of: ['client-asymmetric/code-exchange-and-refresh~refresh-refused'],
    breaks: ['app-launch/refresh-access-token'],
  },
  {
    of: ['backend-services/authority-registered-beforehand~sign-in', 'backend-services/access-token-present~absent'],
    breaks: ['client-asymmetric/token-obtained'],
  },
  {
    of: ['backend-services/access-token-present~dead'],
    breaks: ['introspection/bearer-authorization-accepted', 'scopes/system-scope-reach'],
  },
  {
    of: ['backend-services/token-short-lived~year', 'app-launch/refresh-expires-in~zero'],
    breaks: ['introspection/exp-fits-expires-in'],
  },
  // The id_token of a refresh is an id_token.
  {
    of: ['openid-connect/refreshed-id-token-consistent~other-issuer'],
    breaks: ['openid-connect/issuer-as-advertised', 'openid-connect/signature-verifies'],
  },
  {
    of: ['openid-connect/refreshed-id-token-consistent~audience'],
    breaks: ['openid-connect/audience-is-client'],
  },
  { of: ['openid-connect/refreshed-id-token-consistent~old-iat'], breaks: ['openid-connect/times-sane'] },
  {
    of: ['introspection/form-post-answered-json~*', 'introspection/active-boolean~absent'],
    breaks: ['introspection/any-clients-tokens'],
  },
  { of: ['introspection/refresh-token-revoked~public-refused'], breaks: ['introspection/access-token-revoked'] },
  { of: ['client-asymmetric/keys-by-value~unused'], breaks: ['backend-services/token-obtained'] },
  { of: ['client-asymmetric/jku-absent-registered-keys~first'], breaks: ['client-asymmetric/ambiguous-key-refused'] },
  {
    of: ['app-launch/refresh-rotation-keeps-scope~dead', 'client-symmetric/wrong-secret-refused~*'],
    breaks: ['introspection/revocation-bound-to-client'],
  },
  { of: ['app-launch/online-refresh-while-online~after-sign-out'], breaks: ['introspection/refresh-token-revoked'] },
  {
    of: ['app-launch/refresh-confidential-authenticates~other-error'],
    breaks: ['client-symmetric/failed-basic-challenged'],
  },
  { of: ['openid-connect/required-claims~sub-number'], breaks: ['introspection/member-types'] },
  {
    of: ['scopes/token-validated~*', 'scopes/bearer-invalid-token~403'],
    breaks: [
      'app-state/token-required',
      'introspection/revocation-ends-access-tokens',
      'openid-connect/userinfo-subject',
    ],
  },
  // The FHIR API itself is then taken for the base of App State, and keeps none of its rules.
  {
    of: [
      'discovery/associated-endpoints~*',
      'discovery/app-state-endpoint-deprecated~*',
      'scopes/associated-endpoints-honour-tokens~unknown',
    ],
    breaks: [
      'app-state/capability-advertised',
      'app-state/codes-of-trusted-apps',
      'app-state/delete-final',
      'app-state/global-state-for-administrators',
      'app-state/update-identity-412',
    ],
  },
];

export function withConsequences(fault: Fault): Fault {
  const broken = consequences.flatMap(({ of, breaks }) =>
    of.some((pattern) => isMeant(pattern, fault)) ? breaks : [],
  );
  return { ...fault, also: [...new Set([...fault.also, ...broken])].filter((id) => id !== fault.requirement) };
}

function isMeant(pattern: string, { id }: Fault): boolean {
  return pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}

/** @returns the patterns that no fault is meant by */
export function pointless(faults: readonly Fault[]): readonly string[] {
  const patterns = consequences.flatMap(({ of }) => of);
  return patterns.filter((pattern) => !faults.some((fault) => isMeant(pattern, fault)));
}
