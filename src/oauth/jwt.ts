import { isRecord } from '../kit/index.ts';
import { publicPart } from './jwk.ts';

type Members = Readonly<Record<string, unknown>>;

/** A signed JWT taken apart, not yet verified (RFC 7519, RFC 7515 section 3.1). */
export interface SignedJwt {
  readonly kind: 'jwt';
  readonly raw: string;
  readonly header: Members;
  readonly claims: Members;
}

export interface NotSignedJwt {
  readonly kind: 'other';
  /** What it is instead: `five parts, as an encrypted JWT has`. */
  readonly instead: string;
}

/** Takes a compact JWS with JSON claims apart. */
export function readJwt(raw: string): SignedJwt | NotSignedJwt {
  const parts = raw.split('.');
  if (parts.length === 5) return { kind: 'other', instead: 'five parts, as an encrypted JWT has' };
  const [first = '', second = ''] = parts;
  if (parts.length !== 3)
    return { kind: 'other', instead: `${parts.length} part(s) between dots; a signed JWT has three` };
  const header = objectIn(first);
  if (!header) return { kind: 'other', instead: 'a header that is no JSON object in base64url' };
  const claims = objectIn(second);
  if (!claims) return { kind: 'other', instead: 'claims that are no JSON object in base64url' };
  return { kind: 'jwt', raw, header, claims };
}

function objectIn(base64url: string): Members | null {
  if (!/^[A-Za-z0-9_-]+$/.test(base64url)) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a key made the signature of a JWT; false also when the key cannot be used with the algorithm. */
export async function isSignedBy({ raw, header }: SignedJwt, key: Members): Promise<boolean> {
  const { compactVerify, importJWK } = await import('jose');
  try {
    const alg = String(header.alg);
    // What the key says of itself, and whether it says too much, are other requirements; here only the signature counts.
    const { use: _, key_ops: __, ...material } = publicPart(key);
    await compactVerify(raw, await importJWK(material, alg), { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}
