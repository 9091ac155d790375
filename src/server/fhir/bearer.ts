/** What a request says about its right to be served (RFC 6750 section 2). */
export type PresentedToken =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'malformed'; readonly description: string };

/** Why a request is not served (RFC 6750 section 3.1). */
export type Refusal =
  | { readonly kind: 'no-token' }
  | { readonly kind: 'invalid-request'; readonly description: string }
  | { readonly kind: 'invalid-token'; readonly description: string }
  | { readonly kind: 'insufficient-scope'; readonly description: string; readonly scope: string };

/** How the FHIR API takes bearer tokens and refuses them. */
export interface Bearer {
  presentedToken(request: Request): PresentedToken;
  /** `challenge` is the value of WWW-Authenticate; null leaves it out. */
  refusal(refusal: Refusal): { readonly status: number; readonly challenge: string | null };
}

/** RFC 6750: tokens in the Authorization header alone, and a challenge with every refusal. */
export const conformantBearer: Bearer = {
  presentedToken({ headers }) {
    const authorization = headers.get('authorization') ?? '';
    // Fetch joins repeated headers by a comma, which no token has.
    if (/^bearer .*,/i.test(authorization) || /, *bearer /i.test(authorization)) {
      return { kind: 'malformed', description: 'more than one Authorization header' };
    }
    const [, token] = /^bearer +(\S.*)$/i.exec(authorization) ?? [];
    return token === undefined ? { kind: 'none' } : { kind: 'token', token: token.trim() };
  },

  refusal(refusal) {
    const challenge = (error: string, description: string, more = '') =>
      `Bearer realm="fhir", error="${error}", error_description="${description}"${more}`;
    switch (refusal.kind) {
      case 'no-token':
        return { status: 401, challenge: 'Bearer realm="fhir"' };
      case 'invalid-request':
        return { status: 400, challenge: challenge('invalid_request', refusal.description) };
      case 'invalid-token':
        return { status: 401, challenge: challenge('invalid_token', refusal.description) };
      case 'insufficient-scope':
        return {
          status: 403,
          challenge: challenge('insufficient_scope', refusal.description, `, scope="${refusal.scope}"`),
        };
    }
  },
};
