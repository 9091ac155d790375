import { createPublicKey, type JsonWebKeyInput } from 'node:crypto';

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
  const members = publicMembers[kty];
  if (!members) return [];

  const missing = members.filter((name) => typeof jwk[name] !== 'string' || jwk[name] === '');
  if (missing.length > 0) return [`${kty} key without ${missing.join(', ')}`];
  const encoded = members.filter((name) => name !== 'crv');
  const illegible = encoded.filter((name) => !/^[A-Za-z0-9_-]+$/.test(String(jwk[name])));
  if (illegible.length > 0) return [`${illegible.join(', ')} not in base64url without padding`];

  const length = kty === 'EC' ? coordinateBytes[String(jwk.crv)] : undefined;
  const short = length === undefined ? [] : ['x', 'y'].filter((name) => bytesIn(jwk[name]) !== length);
  if (short.length > 0) return [`${short.join(', ')} not ${length} bytes long, as ${String(jwk.crv)} needs`];
  if (kty === 'RSA' && modulusBits(jwk.n) < smallestRsaModulusBits) {
    return [`RSA modulus of ${modulusBits(jwk.n)} bits; at least ${smallestRsaModulusBits} are required`];
  }
  return isUsable(jwk, members) ? [] : [`no valid ${kty} public key (a point off its curve, or an unknown curve)`];
}

function bytesIn(base64url: unknown): number {
  return Buffer.from(String(base64url), 'base64url').length;
}

function modulusBits(n: unknown): number {
  return BigInt(`0x0${Buffer.from(String(n), 'base64url').toString('hex')}`).toString(2).length;
}

function isUsable(jwk: Jwk, members: readonly string[]): boolean {
  const unknownCurve = jwk.kty === 'EC' ? !(String(jwk.crv) in coordinateBytes) : false;
  if (unknownCurve) return true;
  const publicPart = Object.fromEntries(['kty', ...members].map((name) => [name, String(jwk[name])]));
  try {
    createPublicKey({ key: publicPart, format: 'jwk' } satisfies JsonWebKeyInput);
    return true;
  } catch {
    return false;
  }
}

/** Names of the members that give a secret away: private parameters, or all of a symmetric key (RFC 7517 section 9.2). */
export function secretsIn(jwk: Jwk): readonly string[] {
  const named = secretMembers.filter((name) => name in jwk);
  return named.length > 0 ? named : jwk.kty === 'oct' ? ['kty oct'] : [];
}

/** Whether `use` and `key_ops` let a key sign (RFC 7517 sections 4.2 and 4.3), and its type can. */
export function maySign(jwk: Jwk): boolean {
  if (jwk.kty === 'oct') return false;
  if (jwk.use !== undefined && jwk.use !== 'sig') return false;
  return !Array.isArray(jwk.key_ops) || jwk.key_ops.includes('verify') || jwk.key_ops.includes('sign');
}
