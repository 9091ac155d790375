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
  // The FHIR API itself is then taken for the base of App State, and keeps none of its rules.
  {
    of: ['discovery/associated-endpoints~*', 'discovery/app-state-endpoint-deprecated~*'],
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
