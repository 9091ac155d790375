import type { AccessGrant } from '../access.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Refusal } from './bearer.ts';

/** What a request's access token comes to. */
export type BearerOutcome = { readonly kind: 'granted'; readonly grant: AccessGrant } | Refusal;

/** Looks at the access token of a request (RFC 6750). */
export function bearerOutcome(
  request: Request,
  { bearer, resolveAccessToken }: Pick<Behaviour, 'bearer' | 'resolveAccessToken'>,
): BearerOutcome {
  const presented = bearer.presentedToken(request);
  if (presented.kind === 'none') return { kind: 'no-token' };
  if (presented.kind === 'malformed') return { kind: 'invalid-request', description: presented.description };
  const decision = resolveAccessToken(presented.token);
  switch (decision.kind) {
    case 'granted':
      return decision;
    case 'expired':
      return { kind: 'invalid-token', description: 'the access token has expired' };
    case 'unknown':
      return { kind: 'invalid-token', description: 'the access token is not one of this server' };
  }
}
