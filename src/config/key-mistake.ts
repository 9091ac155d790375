import type { JsonWebKeySet } from '../kit/index.ts';
import { quoted } from './wording.ts';

/** What is wrong with a key set that has the right form: with which of its keys, and why; with `index` null, with all. */
export interface KeyMistake {
  readonly index: number | null;
  readonly message: string;
}

type Jwk = JsonWebKeySet['keys'][number];

/** The first damaged key of a set, or that none of them can sign; null when all is well. Shows nothing of a key. */
export async function keyMistake({ keys }: JsonWebKeySet): Promise<KeyMistake | null> {
  const { algorithmsOf } = await import('../oauth/client-assertion.ts');
  const { privateKeyDefect } = await import('../oauth/private-key-defect.ts');
  const others = (jwk: Jwk) => algorithmsOf({ ...jwk, alg: undefined });

  for (const [index, jwk] of keys.entries()) {
    const defect = privateKeyDefect(jwk) ?? wrongAlgorithm(jwk, algorithmsOf(jwk), others(jwk));
    if (defect !== null) return { index, message: defect };
  }
  if (keys.some((jwk) => algorithmsOf(jwk).length > 0)) return null;
  const reasons = keys.map(({ use, key_ops: operations, alg, crv, kty }) =>
    Object.entries({ use, key_ops: operations, alg, crv, kty })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} ${quoted(String(value))}`)
      .join(', '),
  );
  return { index: null, message: `none of its keys may sign client assertions (${reasons.join('; ')})` };
}

/** A key that is meant to sign, by an algorithm that its type has not. */
function wrongAlgorithm({ alg, crv, kty }: Jwk, fitting: readonly string[], others: readonly string[]): string | null {
  if (typeof alg !== 'string' || !/^(RS|PS|ES|HS|Ed)/.test(alg) || fitting.length > 0 || others.length === 0)
    return null;
  const type = crv === undefined ? String(kty) : String(crv);
  return `alg is ${quoted(alg)}, and a key of ${type} signs with ${others.join(', ')}`;
}
