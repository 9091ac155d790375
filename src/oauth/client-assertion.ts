import { constants, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type Client, UsageError } from '../kit/index.ts';
import { type PrivateJwk, privateKeyDefect } from './private-key-defect.ts';

/** The value of client_assertion_type (RFC 7523 section 2.2). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Members = Readonly<Record<string, unknown>>;

/** A key with an algorithm that it can sign with. */
export interface Signer {
  readonly jwk: PrivateJwk;
  readonly alg: string;
}

/** What a test changes of an assertion that would otherwise be well made. `undefined` leaves a member out. */
export interface AssertionChanges {
  /** Who signs: a key of the client unless given. */
  readonly signer?: Signer;
  readonly header?: Members;
  /** `exp`, `nbf` and `iat` in seconds since the epoch. */
  readonly claims?: Members;
  /** What is signed in place of claims. */
  readonly payload?: string;
  /** Another signature over the first two parts than the signer's. */
  readonly signature?: (signed: string) => Uint8Array;
  /** Seconds since the epoch; by our clock unless given. */
  readonly now?: number;
}

/** Every server has to take one of the first two (client-confidential-asymmetric). */
const algorithms = ['RS384', 'ES384', 'PS384', 'ES256', 'RS256', 'PS256', 'ES512', 'RS512', 'PS512', 'EdDSA'];

/** Seconds for which an assertion is good; servers need not take more than five minutes. */
const lifetime = 240;

/**
 * Signs a client assertion (RFC 7523 section 3; SMART, "client-confidential-asymmetric").
 *
 * @param audience - the token endpoint's URL, as published
 * @throws UsageError when no key of the client can sign
 */
export function signClientAssertion(client: Client, audience: string, changes: AssertionChanges = {}): string {
  const { header, claims, payload, now = Math.floor(Date.now() / 1000) } = changes;
  const { jwk, alg } = changes.signer ?? firstSigner(client);
  const usualHeader = { alg, typ: 'JWT', kid: jwk.kid };
  const usualClaims = {
    iss: client.clientId,
    sub: client.clientId,
    aud: audience,
    iat: now,
    exp: now + lifetime,
    jti: randomUUID(),
  };
  // JSON leaves out what is undefined.
  const parts = [
    JSON.stringify({ ...usualHeader, ...header }),
    payload ?? JSON.stringify({ ...usualClaims, ...claims }),
  ];
  const signed = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  const signature = changes.signature?.(signed) ?? signatureOf(signed, { jwk, alg });
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

/** With what a client can sign, key by key; those algorithms first that every server has to take. */
export function signersOf({ keys }: Client): readonly Signer[] {
  const usable = (keys?.keys ?? []).filter((jwk) => privateKeyDefect(jwk) === null);
  return usable.flatMap((jwk) => algorithmsOf(jwk).map((alg) => ({ jwk, alg })));
}

/** What a key may sign with, by its type and what it says of itself. */
export function algorithmsOf(jwk: PrivateJwk): readonly string[] {
  return algorithms.filter((alg) => canSign(jwk, alg));
}

/** Why a client cannot sign at all, in words; null when it can, or is none that does. */
export function whyUnableToSign(client: Client): string | null {
  if (!client.keys || signersOf(client).length > 0) return null;
  const reasons = client.keys.keys.map(
    (jwk) => `${jwk.kid ?? jwk.kty}: ${privateKeyDefect(jwk) ?? 'not meant for signing'}`,
  );
  return `none of the private keys of ${client.clientId} can sign (${reasons.join('; ')})`;
}

function firstSigner(client: Client): Signer {
  const signers = signersOf(client);
  const first = algorithms.flatMap((alg) => signers.filter((signer) => signer.alg === alg))[0];
  if (first) return first;
  throw new UsageError(`the client ${client.clientId} has no key that can sign`);
}

const curves: Readonly<Record<string, readonly unknown[]>> = {
  ES256: ['P-256'],
  ES384: ['P-384'],
  ES512: ['P-521'],
  EdDSA: ['Ed25519', 'Ed448'],
};

function canSign({ kty, crv, alg: intended, use, key_ops: operations, d }: PrivateJwk, alg: string): boolean {
  const fits = curves[alg]?.includes(crv) ?? kty === 'RSA';
  const isMeantTo = (intended ?? alg) === alg && (use ?? 'sig') === 'sig';
  return fits && d !== undefined && isMeantTo && (!Array.isArray(operations) || operations.includes('sign'));
}

/** The type of key that signs with an algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export function keyTypeOf(alg: string): 'RSA' | 'EC' | 'OKP' {
  if (alg.startsWith('ES')) return 'EC';
  return alg === 'EdDSA' ? 'OKP' : 'RSA';
}

const privateKeys = new WeakMap<PrivateJwk, KeyObject>();

/** @throws Error when it is no key */
function privateKeyOf(jwk: PrivateJwk): KeyObject {
  const known = privateKeys.get(jwk) ?? createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  privateKeys.set(jwk, known);
  return known;
}

function signatureOf(signed: string, { jwk, alg }: Signer): Uint8Array {
  const key = privateKeyOf(jwk);
  const input = Buffer.from(signed);
  if (alg === 'EdDSA') return sign(null, input, key);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith('PS')) {
    return sign(hash, input, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  }
  return sign(hash, input, alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : key);
}
