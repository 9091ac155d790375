import { contextMembers } from '../authorization/launch-context.ts';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { accessOf } from './access-of.ts';
import { subjectOf } from './id-token.ts';

/** What there is to say of a token (RFC 7662 section 2.2; token-introspection). */
export function introspectionOf(token: string, { vault, now, site }: Setup): JsonObject {
  const issued = vault.accessTokens.get(token);
  if (!issued || accessOf(token, { vault, now }).kind !== 'granted') return { active: false };
  const { grant, scopes, issuedAt, expiresAt } = issued;
  const { person } = grant;
  return {
    active: true,
    token_type: 'Bearer',
    scope: scopes.join(' '),
    client_id: grant.client.clientId,
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor(expiresAt / 1000),
    ...contextMembers(grant.context),
    ...(person !== null && scopes.includes('openid') && { iss: site.issuer, sub: subjectOf(person.username) }),
    ...(person !== null && scopes.includes('fhirUser') && { fhirUser: `${site.fhir}/${person.fhirUser}` }),
  };
}
