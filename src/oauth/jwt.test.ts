import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { isSignedBy, readJwt } from './jwt.ts';

const keyPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey, publicKey } = keyPair();
const jwk = publicKey.export({ format: 'jwk' });
const raw = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(privateKey);

describe('reading a JWT', () => {
  it('takes a signed one apart', () => {
    expect(readJwt(raw)).toEqual({ kind: 'jwt', raw, header: { alg: 'RS256', kid: '1' }, claims: { sub: 'ann' } });
  });

  it.each([
    ['', /1 part/],
    ['a.b.c.d.e', /encrypted/],
    ['a.b', /2 part/],
    ['W10.e30.', /a header that is no JSON object/],
    ['e30.bm8.', /claims that are no JSON object/],
    ['e30=.e30.', /a header/],
  ])('says what %j is instead', (text, instead) => {
    expect(readJwt(text)).toMatchObject({ kind: 'other', instead: expect.stringMatching(instead) });
  });
});

describe('verifying a signature', () => {
  const jwt = readJwt(raw);
  if (jwt.kind !== 'jwt') throw new Error('it is one');

  it('knows the key that made it, whatever the key says of itself', async () => {
    expect(await isSignedBy(jwt, { ...jwk })).toBe(true);
    expect(await isSignedBy(jwt, { ...jwk, use: 'enc', key_ops: ['encrypt'] })).toBe(true);
    expect(await isSignedBy(jwt, { ...privateKey.export({ format: 'jwk' }) })).toBe(true);
  });

  it('is not taken in by another key, changed claims, or a key that does not fit', async () => {
    expect(await isSignedBy(jwt, { ...keyPair().publicKey.export({ format: 'jwk' }) })).toBe(false);
    const [header, , signature] = raw.split('.');
    const changed = readJwt(`${header}.${Buffer.from('{"sub":"eve"}').toString('base64url')}.${signature}`);
    expect(changed.kind === 'jwt' && (await isSignedBy(changed, { ...jwk }))).toBe(false);
    expect(await isSignedBy(jwt, { kty: 'oct', k: 'AAAA' })).toBe(false);
  });
});
