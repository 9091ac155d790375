import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from '../http/testing/certificates.ts';
import { defectsOfPublicKey, holderOf, keyMaterial, publicPart, secretsIn, signingAbility } from './jwk.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
const smallRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });

describe('defects of a public key', () => {
  it.each([
    ['RSA of 2048 bits', rsa],
    ['P-384', ec],
    ['Ed25519', ed25519],
    ['a curve nobody here knows', { kty: 'EC', crv: 'brainpoolP256r1', x: 'AAAA', y: 'AAAA' }],
    ['a key type nobody here knows', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
  ])('none: %s', (_, jwk) => {
    expect(defectsOfPublicKey({ ...jwk })).toEqual([]);
  });

  it.each([
    ['no kty', {}, /no kty/],
    ['a missing member', { kty: 'RSA', e: 'AQAB' }, /without n/],
    ['padding', { ...rsa, e: 'AQAB=' }, /e not in base64url/],
    ['a length that octets cannot give', { ...rsa, e: 'AQABA' }, /e not in base64url/],
    ['a modulus of 1024 bits', { ...smallRsa }, /1024 bits/],
    ['the exponent 1', { ...rsa, e: 'AQ' }, /exponent 1/],
    ['a zero octet in front', { ...rsa, e: 'AAEAAQ' }, /e begins with a zero octet/],
    ['a coordinate too short', { ...ec, x: 'AAAA' }, /x not 48 bytes/],
    ['a point off its curve', { ...ec, x: ec.y, y: ec.y }, /no valid EC public key/],
  ])('some: %s', (_, jwk, defect) => {
    expect(defectsOfPublicKey(jwk).join('; ')).toMatch(defect);
  });
});

it.each([
  [rsa, 'can'],
  [ed25519, 'can'],
  [{ ...rsa, use: 'sig', key_ops: ['verify'] }, 'can'],
  [{ ...rsa, use: 'enc' }, 'cannot'],
  [{ ...rsa, key_ops: ['encrypt'] }, 'cannot'],
  [{ ...rsa, alg: 'RSA-OAEP-256' }, 'cannot'],
  [x25519, 'cannot'],
  [{ kty: 'oct', k: 'AAAA' }, 'cannot'],
  [{ kty: 'AKP' }, 'unknown'],
])('%j %s sign', (jwk, ability) => {
  expect(signingAbility({ ...jwk })).toBe(ability);
});

it('finds secrets only where there are any', () => {
  expect(secretsIn({ ...rsa, d: 'AAAA', oth: [{}] })).toEqual(['d', 'oth']);
  expect(secretsIn({ ...rsa, d: null, p: '', oth: [] })).toEqual([]);
});

it.each([
  ['verifies where the private key signs', { key_ops: ['sign'] }, { key_ops: ['verify'] }],
  ['says no more of its use than the private key', {}, {}],
])('publishes a key that %s', (_, uses, published) => {
  const open = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k1' };
  expect(publicPart({ ...open, d: 'secret', ...uses })).toEqual({ ...open, ...published });
});

it('takes two keys for the same by their material alone', () => {
  expect(keyMaterial({ ...rsa, kid: 'a', use: 'sig' })).toBe(keyMaterial({ ...rsa, kid: 'b' }));
  expect(keyMaterial({ ...rsa })).not.toBe(keyMaterial({ ...smallRsa }));
});

it('knows whose key a certificate is', async () => {
  const { cert, key } = await makeAuthority('somebody');
  const x5c = cert.replace(/-----[A-Z ]+-----|\s/g, '');
  const own = { ...createPublicKey(key).export({ format: 'jwk' }), kid: 'a', use: 'sig' };
  expect(holderOf(x5c, own)).toBe('this key');
  expect(holderOf(x5c, { ...ec })).toBe('another key');
  expect(holderOf('AAAA', own)).toBe('no certificate');
  expect(holderOf(undefined, own)).toBe('no certificate');
});
