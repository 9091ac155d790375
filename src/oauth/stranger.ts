import { createPrivateKey, createPublicKey, generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { keyTypeOf, type Signer } from './client-assertion.ts';

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** Makes a key that nobody has registered, as an attacker would have one, to sign with an algorithm. */
export async function createStranger(alg: string): Promise<Signer> {
  const { privateKey } = await newKeyPair(alg);
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `smart-check-${randomUUID()}`, use: 'sig', alg };
  return { jwk, alg };
}

/**
 * Certifies a stranger's key by itself. What makes certificates loads slowly, and few need one.
 *
 * @returns DER in base64, as in `x5c` (RFC 7515 section 4.1.6)
 */
export async function certificateOf({ jwk, alg }: Signer): Promise<string> {
  const { generate } = await import('selfsigned');
  // The library signs with RSA and EC keys; a certificate of another key still tells who would trust one.
  const privateKey =
    keyTypeOf(alg) === 'OKP'
      ? (await newKeyPair('ES256')).privateKey
      : createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  const { crv } = privateKey.export({ format: 'jwk' });
  const { cert } = await generate([{ name: 'commonName', value: 'smart-check stranger' }], {
    ...(crv !== undefined && { keyType: 'ec', curve: nameOfCurve(crv) }),
    algorithm: 'sha256',
    keyPair: {
      publicKey: String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })),
      privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    },
  });
  return cert.replace(/-----[A-Z ]+-----|\s/g, '');
}

const generate = promisify(generateKeyPair);

function newKeyPair(alg: string) {
  if (keyTypeOf(alg) === 'OKP') return generate('ed25519');
  const namedCurve = curves[alg];
  return namedCurve === undefined ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve });
}

function nameOfCurve(crv: string): 'P-256' | 'P-384' | 'P-521' {
  return crv === 'P-384' || crv === 'P-521' ? crv : 'P-256';
}
