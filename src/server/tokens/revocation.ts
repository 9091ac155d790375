import type { Presented } from '../client-authentication.ts';
import { oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { IssuedRefreshToken, IssuedToken } from '../vault.ts';

/** A token that is to be ended, as it was issued. */
export type Revocable =
  | { readonly kind: 'refresh'; readonly issued: IssuedRefreshToken }
  | { readonly kind: 'access'; readonly issued: IssuedToken };

/** How tokens are ended (RFC 7009); each rule is a decision of its own, which a fault may change. */
export interface RevocationRules {
  /** A request that names no token (section 2.2.1). */
  missing(): Response;
  /** The token that is meant; null when there is none, or no more. `hint` is the token_type_hint. */
  find(token: string, hint: string | null): Revocable | null;
  /** What is answered where there is nothing to end; null for the usual answer (section 2.2). */
  unknown(token: string, hint: string | null): Response | null;
  /** Whether a client may end a token (section 2.1). */
  isOwner(token: Revocable, presented: Presented): boolean;
  stranger(): Response;
  end(token: Revocable): void;
}

export function conformantRevocation({ vault }: Setup): RevocationRules {
  return {
    missing: () => oauthError('invalid_request', 'token is missing'),
    find(token) {
      const refresh = vault.refreshTokens.get(token);
      if (refresh) return { kind: 'refresh', issued: refresh };
      const access = vault.accessTokens.get(token);
      return access ? { kind: 'access', issued: access } : null;
    },
    unknown: () => null,
    isOwner: ({ issued }, { client }) => issued.grant.client.clientId === client.clientId,
    stranger: () => oauthError('invalid_grant', 'the token was issued to another client'),
    end(token) {
      // With its refresh token a grant ends, and all that was issued of it.
      if (token.kind === 'refresh') token.issued.grant.revoked = true;
      else token.issued.revoked = true;
    },
  };
}
