import { generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { keyTypeOf, type Signer } from './client-assertion.ts';

/** A key that nobody has registered, as an attacker would have one. */
export interface Stranger {
  readonly signer: Signer;
  /** Of that key, signed by itself: DER in base64, as in `x5c` (RFC 7515 section 4.1.6). */
  readonly certificate: string;
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** Makes a stranger who signs with an algorithm. */
export async function createStranger(alg: string): Promise<Stranger> {
  const { publicKey, privateKey } = await newKeyPair(alg);
  const { generate } = await import('selfsigned');
  // The library signs with RSA and EC keys; a certificate of another key still tells who would trust one.
  const certified = keyTypeOf(alg) === 'OKP' ? await newKeyPair('ES256') : { publicKey, privateKey };
  const { cert } = await generate([{ name: 'commonName', value: 'smart-check stranger' }], {
    ...(certified.publicKey.asymmetricKeyType === 'ec' && { keyType: 'ec', curve: nameOfCurve(certified.publicKey) }),
    algorithm: 'sha256',
    keyPair: {
      publicKey: String(certified.publicKey.export({ type: 'spki', format: 'pem' })),
      privateKey: String(certified.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    },
  });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `smart-check-${randomUUID()}`, use: 'sig', alg };
  return { signer: { jwk, alg }, certificate: cert.replace(/-----[A-Z ]+-----|\s/g, '') };
}

const generate = promisify(generateKeyPair);

function newKeyPair(alg: string) {
  if (keyTypeOf(alg) === 'OKP') return generate('ed25519');
  const namedCurve = curves[alg];
  return namedCurve === undefined ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve });
}

function nameOfCurve(key: KeyObject): 'P-256' | 'P-384' | 'P-521' {
  const { crv } = key.export({ format: 'jwk' });
  return crv === 'P-384' || crv === 'P-521' ? crv : 'P-256';
}
