import { createPublicKey, type JsonWebKeyInput, X509Certificate } from 'node:crypto';
import { lookUp } from '../kit/index.ts';

type Jwk = Readonly<Record<string, unknown>>;

const knownTypes = ['RSA', 'EC', 'OKP', 'oct'];

/** Required public members by key type (RFC 7518 section 6, RFC 8037 section 2). */
const publicMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
};

/** Bytes of a coordinate by curve (RFC 7518 section 6.2.1.2). */
const coordinateBytes: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 };

const smallestRsaModulusBits = 2048;

/** Members that hold private or symmetric key material (RFC 7518 section 6; `priv` of post-quantum keys). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Whether the kit can judge a key of this `kty`. */
export function isKnownKeyType(kty: unknown): boolean {
  return typeof kty === 'string' && knownTypes.includes(kty);
}

/** What is wrong with a public key, in words (RFC 7517 section 4); empty when it is well formed. */
export function defectsOfPublicKey(jwk: Jwk): readonly string[] {
  const { kty } = jwk;
  if (typeof kty !== 'string' || kty === '') return ['it has no kty'];
  const members = lookUp(publicMembers, kty);
  if (!members) return [];

  const missing = members.filter((name) => typeof jwk[name] !== 'string' || jwk[name] === '');
  if (missing.length > 0) return [`${kty} key without ${missing.join(', ')}`];
  const encoded = members.filter((name) => name !== 'crv');
  const illegible = encoded.filter((name) => !isBase64url(String(jwk[name])));
  if (illegible.length > 0) return [`${illegible.join(', ')} not in base64url without padding`];

  const length = kty === 'EC' ? lookUp(coordinateBytes, jwk.crv) : undefined;
  const short = length === undefined ? [] : ['x', 'y'].filter((name) => bytesIn(jwk[name]) !== length);
  if (short.length > 0) return [`${short.join(', ')} not ${length} bytes long, as ${String(jwk.crv)} needs`];
  if (kty === 'RSA') {
    const defects = defectsOfRsaNumbers(number(jwk.n), number(jwk.e));
    const padded = encoded.filter((name) => Buffer.from(String(jwk[name]), 'base64url')[0] === 0);
    const zeros = padded.map((name) => `${name} begins with a zero octet, which RFC 7518 section 6.3.1 forbids`);
    if (defects.length + zeros.length > 0) return [...defects, ...zeros];
  }
  return isUsable(jwk, members) ? [] : [`no valid ${kty} public key (a point off its curve, or an unknown curve)`];
}

function bytesIn(base64url: unknown): number {
  return Buffer.from(String(base64url), 'base64url').length;
}

/** Of the characters of base64url, and of a length that whole octets give (RFC 4648 section 5). */
function isBase64url(text: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1;
}

function number(base64url: unknown): bigint {
  return BigInt(`0x0${Buffer.from(String(base64url), 'base64url').toString('hex')}`);
}

function defectsOfRsaNumbers(modulus: bigint, exponent: bigint): readonly string[] {
  const bits = modulus.toString(2).length;
  return [
    ...(bits < smallestRsaModulusBits
      ? [`RSA modulus of ${bits} bits; at least ${smallestRsaModulusBits} are required`]
      : []),
    ...(exponent < 3n || exponent % 2n === 0n ? [`RSA exponent ${exponent}; an odd number above 2 is required`] : []),
  ];
}

function isUsable(jwk: Jwk, members: readonly string[]): boolean {
  // A curve that is not known here may well be fine.
  if (jwk.kty === 'EC' && !Object.hasOwn(coordinateBytes, String(jwk.crv))) return true;
  if (jwk.kty === 'OKP' && !['Ed25519', 'Ed448', 'X25519', 'X448'].includes(String(jwk.crv))) return true;
  const publicPart = Object.fromEntries(['kty', ...members].map((name) => [name, String(jwk[name])]));
  try {
    createPublicKey({ key: publicPart, format: 'jwk' } satisfies JsonWebKeyInput);
    return true;
  } catch {
    return false;
  }
}

/** Names of the members that give a secret away (RFC 7517 section 9.2); members written without a value do not. */
export function secretsIn(jwk: Jwk): readonly string[] {
  return secretMembers.filter((name) => {
    const value = jwk[name];
    return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
  });
}

/** Curves and algorithms for key agreement and encryption (RFC 8037 section 2, RFC 7518 section 4.1). */
const agreementCurves = ['X25519', 'X448'];
const encryptionAlgorithm = /^(RSA1_5|RSA-OAEP|ECDH-ES|A\d+(GCM)?KW|dir|PBES2)/;

/**
 * Whether a key may sign by its type, `use`, `key_ops` and `alg` (RFC 7517 section 4); `unknown` for types that the kit
 * does not know.
 */
export function signingAbility({ kty, use, key_ops: operations, alg, crv }: Jwk): 'can' | 'cannot' | 'unknown' {
  const signs = ['verify', 'sign'];
  const barred =
    kty === 'oct' ||
    (typeof use === 'string' && use !== 'sig') ||
    (Array.isArray(operations) && operations.length > 0 && !operations.some((name) => signs.includes(name))) ||
    (typeof crv === 'string' && agreementCurves.includes(crv)) ||
    (typeof alg === 'string' && encryptionAlgorithm.test(alg));
  if (barred) return 'cannot';
  return isKnownKeyType(kty) ? 'can' : 'unknown';
}

/** What makes two keys the same key, whatever they are named and used for. */
export function keyMaterial({ kty, n, e, crv, x, y, pub }: Jwk): string {
  return JSON.stringify([kty, n, e, crv, x, y, pub].map((part) => (typeof part === 'string' ? part : null)));
}

/** Whose key a certificate is, given in base64 as in `x5c` (RFC 7517 section 4.7). */
export function holderOf(certificate: unknown, key: Jwk): 'this key' | 'another key' | 'no certificate' {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(String(certificate), 'base64'));
    return keyMaterial({ ...publicKey.export({ format: 'jwk' }) }) === keyMaterial(key) ? 'this key' : 'another key';
  } catch {
    return 'no certificate';
  }
}

/** A key without the members that must stay with its owner: where that one signs, this one verifies (RFC 7517 section 4.3). */
export function publicPart(jwk: Jwk): Jwk {
  const open = Object.entries(jwk).filter(([name]) => !secretMembers.includes(name));
  return { ...Object.fromEntries(open), ...(jwk.key_ops !== undefined && { key_ops: ['verify'] }) };
}
