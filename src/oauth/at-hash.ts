import { createHash } from 'node:crypto';

/**
 * The `at_hash` of an access token (OpenID Connect Core section 3.1.3.6).
 *
 * @param alg - of the id_token; null comes back for one that has no hash of that kind
 */
export function atHash(accessToken: string, alg: string): string | null {
  const [, bits] = /^(?:RS|ES|PS|HS)(256|384|512)$/.exec(alg) ?? [];
  if (bits === undefined) return null;
  const digest = createHash(`sha${bits}`).update(accessToken, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
