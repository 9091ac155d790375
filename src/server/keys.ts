import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonObject } from './json.ts';

/** A signing key as two JWKs (RFC 7517) with the same kid. */
export interface KeyPair {
  readonly publicJwk: JsonObject;
  readonly privateJwk: JsonObject;
}

/** The keys of everybody who signs. Their making takes most of a start, so a process makes them once. */
export interface Keys {
  readonly server: readonly KeyPair[];
  readonly asymmetricClient: readonly KeyPair[];
  readonly backendClient: readonly KeyPair[];
  readonly hostedClient: readonly KeyPair[];
  readonly briefClient: readonly KeyPair[];
}

let made: Promise<Keys> | undefined;

/** The keys of this process, made when first asked for. */
export function keysOfProcess(): Promise<Keys> {
  made ??= makeKeys();
  return made;
}

async function makeKeys(): Promise<Keys> {
  const [server, asymmetricClient, backendClient, hostedClient, briefClient] = await Promise.all([
    Promise.all([rsaKey('server-rsa', 'RS256'), ecKey('server-ec')]),
    Promise.all([rsaKey('asymmetric-rsa', 'RS384'), ecKey('asymmetric-ec'), ecKey('asymmetric-ec-2')]),
    Promise.all([rsaKey('backend-rsa', 'RS384'), ecKey('backend-ec'), ecKey('backend-ec-2')]),
    Promise.all([ecKey('hosted-1'), ecKey('hosted-2')]),
    Promise.all([ecKey('brief')]),
  ]);
  return { server, asymmetricClient, backendClient, hostedClient, briefClient };
}

const generate = promisify(generateKeyPair);

async function rsaKey(kid: string, alg: 'RS256' | 'RS384'): Promise<KeyPair> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  const use = { kid, use: 'sig', alg };
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...use },
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...use },
  };
}

async function ecKey(kid: string): Promise<KeyPair> {
  const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-384' });
  const use = { kid, use: 'sig', alg: 'ES384' };
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...use },
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...use },
  };
}
