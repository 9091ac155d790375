import { createHash } from 'node:crypto';
import { importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import type { Grant } from '../vault.ts';

/** Claims and header of id_tokens, and the key that signs them; each a decision which a fault may change. */
export interface IdTokenRules {
  claims(grant: Grant, accessToken: string, refreshed: boolean): JsonObject;
  header(grant?: Grant): JWTHeaderParameters;
  signingKey(grant?: Grant): JsonObject;
  /** What UserInfo says. */
  userinfo(grant: Grant): JsonObject;
}

export function conformantIdTokens({ site, now, signingKeys }: Setup): IdTokenRules {
  const [rsa] = signingKeys;
  if (!rsa) throw new Error('the server has a key to sign with');
  return {
    claims: (grant, accessToken, refreshed) => {
      const { client, person, scopes, nonce, authenticatedAt } = grant;
      const issuedAt = Math.floor(now() / 1000);
      return {
        iss: site.issuer,
        sub: subjectOf(person?.username ?? ''),
        aud: client.clientId,
        iat: issuedAt,
        exp: issuedAt + 3600,
        auth_time: authenticatedAt,
        at_hash: accessTokenHash(accessToken, 'sha256'),
        ...(nonce !== null && !refreshed && { nonce }),
        ...(scopes.includes('fhirUser') && { fhirUser: `${site.fhir}/${person?.fhirUser}` }),
        ...(scopes.includes('profile') && { profile: `${site.fhir}/${person?.fhirUser}` }),
      };
    },
    header: () => ({ alg: 'RS256', kid: String(rsa.publicJwk.kid), typ: 'JWT' }),
    signingKey: () => rsa.privateJwk,
    userinfo: ({ person }) => ({
      sub: subjectOf(person?.username ?? ''),
      ...(person && { name: person.name, fhirUser: `${site.fhir}/${person.fhirUser}` }),
    }),
  };
}

/** The left half of a hash (OpenID Connect Core section 3.1.3.6). */
export function accessTokenHash(accessToken: string, algorithm: 'sha256' | 'sha384'): string {
  const digest = createHash(algorithm).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** Signs an id_token (OpenID Connect Core section 2). */
export async function signIdToken(rules: IdTokenRules, grant: Grant, accessToken: string, refreshed: boolean) {
  const header = rules.header(grant);
  const key = await importJWK(rules.signingKey(grant) as JWK, header.alg);
  return new SignJWT(rules.claims(grant, accessToken, refreshed)).setProtectedHeader(header).sign(key);
}

/** The same for one user at each sign-in, and nothing to recognise them by elsewhere. */
export function subjectOf(username: string): string {
  return createHash('sha256').update(`smart-check reference server ${username}`).digest('base64url').slice(0, 24);
}
