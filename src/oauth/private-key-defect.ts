import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { lookUp } from '../kit/index.ts';
import { defectsOfPublicKey, publicPart } from './jwk.ts';

/** A private key as its owner has it (RFC 7517 section 4). */
export type PrivateJwk = Readonly<Record<string, unknown>>;

/** Members of the private part by key type (RFC 7518 section 6, RFC 8037 section 2); of RSA keys Node asks for all. */
const privateMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['d', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['d'],
  OKP: ['d'],
};

const curves: Readonly<Record<string, readonly string[]>> = {
  EC: ['P-256', 'P-384', 'P-521', 'secp256k1'],
  OKP: ['Ed25519', 'Ed448', 'X25519', 'X448'],
};

/** For key agreement alone (RFC 8037 section 3.2): they sign nothing by which to try them. */
const agreementCurves = ['X25519', 'X448'];

/** Looked for once for each key: it costs a signature. */
const defects = new WeakMap<PrivateJwk, string | null>();

/** What is wrong with a private key, in words that show nothing of it; null when it is a pair with its public part. */
export function privateKeyDefect(jwk: PrivateJwk): string | null {
  const known = defects.get(jwk);
  if (known !== undefined) return known;
  const found = findDefect(jwk);
  defects.set(jwk, found);
  return found;
}

function findDefect(jwk: PrivateJwk): string | null {
  const type = String(jwk.kty);
  const members = lookUp(privateMembers, type);
  if (!members) return `keys of type ${type} are not known here`;

  const lacks = members.filter((name) => typeof jwk[name] !== 'string' || jwk[name] === '');
  if (lacks.includes('d')) return 'it is a public key: the private part, d, is missing';
  // Zeros before a number are for the server to judge: the key signs all the same.
  const defect = defectsOfPublicKey(publicPart(jwk)).find((one) => !one.includes('begins with a zero octet'));
  if (defect !== undefined) return `${defect}${otherType(jwk)}`;
  if (lacks.length > 0) return `${lacks.join(', ')} missing: the numbers of the private part beside d are needed here`;
  const illegible = members.filter((name) => !/^[A-Za-z0-9_-]+$/.test(String(jwk[name])));
  if (illegible.length > 0) return `${illegible.join(', ')} not in base64url without padding`;
  const known = curves[type];
  if (known && !known.includes(String(jwk.crv))) {
    return `the curve ${String(jwk.crv)} is none of those known here: ${known.join(', ')}`;
  }
  return agreementCurves.includes(String(jwk.crv)) || isPair(jwk)
    ? null
    : 'its public and its private part are of different keys, or damaged';
}

/** The end of a message, where the members are those of a key of another type. */
function otherType({ kty, n, x }: PrivateJwk): string {
  if (kty !== 'RSA' && n !== undefined) return '; its members are those of an RSA key';
  return kty === 'RSA' && x !== undefined ? '; its members are those of an EC or OKP key' : '';
}

function isPair(jwk: PrivateJwk): boolean {
  const probe = Buffer.from('smart-check');
  const hash = jwk.kty === 'OKP' ? null : 'sha256';
  try {
    const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    const publicKey = createPublicKey({ key: { ...publicPart(jwk) }, format: 'jwk' });
    return verify(hash, probe, publicKey, sign(hash, probe, privateKey));
  } catch {
    return false;
  }
}
