/** What names say about values: which parameters, JSON members and headers hold secrets, and of which kind. */

/** The kind of secret a parameter of a URL or a form holds; null for what may be shown, such as `state`. */
export function kindOfParameter(name: string): string | null {
  const plain = plainName(name);
  const isPassword = plain.endsWith('password') || plain.endsWith('passwd') || plain === 'pwd' || plain === 'pass';
  return tokens.get(plain) ?? onlyParameters.get(plain) ?? (isPassword ? 'password' : null);
}

/**
 * The kind of secret a JSON member holds. `code` and `token` are none: every OperationOutcome and CodeableConcept has a
 * `code`, and in OAuth's JSON both are but error codes and descriptions.
 */
export function kindOfMember(name: string): string | null {
  return tokens.get(plainName(name)) ?? null;
}

/** The kind of secret a header's whole value is; null for headers that are none or that have parts to show. */
export function kindOfHeader(lowerCaseName: string): string | null {
  const isKey = /(?:^|-)(?:api-?key|subscription-key|functions-key)$/.test(lowerCaseName);
  const isToken = /(?:^|-)(?:token|secret|password|session-id|session)$/.test(lowerCaseName);
  return isKey || isToken ? lowerCaseName : null;
}

/** Members of a private JWK that must not be shown (RFC 7518 section 6). */
export const privateKeyMembers: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** `client_secret`, `clientSecret` and `client-secret` are one name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const tokens = byPlainName([
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'logout_token',
  'subject_token',
  'actor_token',
  'registration_access_token',
  'initial_access_token',
  'session_token',
  'security_token',
  'bearer_token',
  'client_secret',
  'client_assertion',
  'assertion',
  'code_verifier',
  'device_code',
  'private_key',
  'totp_secret',
  'api_key',
  'secret',
  'password',
  'passwd',
  'old_password',
  'new_password',
  'current_password',
]);

const onlyParameters = byPlainName([
  'code',
  'token',
  'otp',
  'totp',
  'passcode',
  'ticket',
  'sig',
  'SAMLResponse',
  'x-amz-signature',
  'x-amz-security-token',
  'x-goog-signature',
]);

function byPlainName(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [plainName(name), name]));
}
