import type { AccessDecision } from '../access.ts';
import type { Setup } from '../setup.ts';

/** What an access token is good for, now. */
export function accessOf(token: string, { vault, now }: Pick<Setup, 'vault' | 'now'>): AccessDecision {
  const issued = vault.accessTokens.get(token);
  if (!issued || issued.grant.revoked) return { kind: 'unknown' };
  if (issued.expiresAt <= now()) return { kind: 'expired' };
  const { client, person, context } = issued.grant;
  return {
    kind: 'granted',
    grant: {
      clientId: client.clientId,
      scopes: issued.scopes,
      patient: context.patient ?? null,
      encounter: context.encounter ?? null,
      fhirUser: person?.fhirUser ?? null,
      userMayNotSee: person?.mayNotSee ?? [],
      expiresAt: issued.expiresAt,
    },
  };
}
