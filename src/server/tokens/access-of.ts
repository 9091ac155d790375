import type { AccessDecision } from '../access.ts';
import type { Setup } from '../setup.ts';
import type { IssuedToken } from '../vault.ts';

/** What an access token is good for, now. */
export function accessOf(token: string, { vault, now }: Pick<Setup, 'vault' | 'now'>): AccessDecision {
  const issued = vault.accessTokens.get(token);
  if (!issued || issued.revoked || issued.grant.revoked) return { kind: 'unknown' };
  if (issued.expiresAt <= now()) return { kind: 'expired' };
  const { client, person, context } = issued.grant;
  return {
    kind: 'granted',
    grant: {
      clientId: client.clientId,
      scopes: [...issued.scopes, ...ownResource(issued)],
      patient: context.patient ?? null,
      encounter: context.encounter ?? null,
      fhirUser: person?.fhirUser ?? null,
      userMayNotSee: person?.mayNotSee ?? [],
      expiresAt: issued.expiresAt,
    },
  };
}

/** With openid and fhirUser, apps may read who the user is ("Scopes for requesting identity data"). */
function ownResource({ scopes, grant: { person } }: IssuedToken): readonly string[] {
  const [type, id] = person?.fhirUser.split('/') ?? [];
  return scopes.includes('openid') && scopes.includes('fhirUser') && id !== undefined
    ? [`user/${type}.r?_id=${id}`]
    : [];
}
