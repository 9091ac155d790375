import { createHash, randomBytes } from 'node:crypto';

/** Proof Key for Code Exchange (RFC 7636), method S256. */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

/**
 * Makes a code verifier of that many characters and its challenge (RFC 7636 sections 4.1 and 4.2).
 *
 * @param length - 43 to 128 are allowed; 64 unless given
 */
export function createPkce(length = 64): Pkce {
  return pkceOf(randomBytes(length).toString('base64url').slice(0, length));
}

/** The challenge for a given verifier. */
export function pkceOf(verifier: string): Pkce {
  return { verifier, challenge: createHash('sha256').update(verifier, 'ascii').digest('base64url') };
}
