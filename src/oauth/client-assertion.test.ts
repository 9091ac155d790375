import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { departed } from './assertion-departure.ts';
import { type AssertionFacts, assertionsWithKeys, assertionTopics, badAssertions } from './bad-assertions.ts';
import { signClientAssertion, signersOf, whyUnableToSign } from './client-assertion.ts';
import { publicPart } from './jwk.ts';
import { certificateOf, createStranger } from './stranger.ts';

const exported = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }) });
const rsa = { ...exported(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), kid: 'rsa' };
const ec = (crv: string) => exported(generateKeyPairSync('ec', { namedCurve: crv }).privateKey);
const p384 = { ...ec('P-384'), kid: 'ec' };
const client = { clientId: 'my-service', keys: { keys: [rsa, p384] } };
const audience = 'https://ehr.example.org/token';

describe('a client assertion', () => {
  it.each(signersOf({ ...client, keys: { keys: [rsa, p384, ec('P-256'), ec('P-521')] } }))(
    'signed with $alg is one that others verify',
    async ({ jwk, alg }) => {
      const assertion = signClientAssertion(client, audience, { signer: { jwk, alg } });
      const key = await importJWK(publicPart(jwk), alg);
      await expect(compactVerify(assertion, key, { algorithms: [alg] })).resolves.toBeDefined();
    },
  );

  it('says what the guide asks for, with RS384 first and a jti of its own, good for less than five minutes', () => {
    const assertion = signClientAssertion(client, audience, { now: 1000 });
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS384', typ: 'JWT', kid: 'rsa' });
    const claims = { iss: 'my-service', sub: 'my-service', aud: audience, iat: 1000, exp: 1240 };
    expect(decodeJwt(assertion)).toEqual({ ...claims, jti: expect.any(String) });
    expect(decodeJwt(signClientAssertion(client, audience)).jti).not.toBe(decodeJwt(assertion).jti);
  });

  it.each([
    ['a key for something else', { ...p384, use: 'enc' }, 'not meant for signing'],
    ['a key that is none', { kty: 'EC', crv: 'P-384', d: 'ZA' }, 'EC key without x, y'],
    ['the parts of two keys', { ...p384, d: ec('P-384').d }, 'are of different keys'],
  ])('is not made with %s', (_, jwk, reason) => {
    const other = { clientId: 'my-app', keys: { keys: [jwk] } };
    expect(signersOf(other)).toEqual([]);
    expect(whyUnableToSign(other)).toContain(reason);
    expect(() => signClientAssertion(other, audience)).toThrow('has no key that can sign');
  });
});

describe('bad assertions', async () => {
  const [signer, ...more] = signersOf(client).filter(({ alg }) => alg === 'RS384' || alg === 'ES384');
  if (!signer) throw new Error('the client has keys');
  const otherClient = { clientId: 'another', keys: { keys: [{ ...ec('P-384'), kid: 'other' }] } };
  const [otherSigner] = signersOf(otherClient);
  const facts: AssertionFacts = {
    client,
    signer,
    signers: [signer, ...more],
    audience,
    issuer: 'https://ehr.example.org',
    now: Math.floor(Date.now() / 1000),
    other: otherSigner ? { client: otherClient, signer: otherSigner } : null,
    stranger: await createStranger('RS384'),
    strangersUrl: 'https://stranger.example/jwks.json',
  };
  const all = [...badAssertions(facts), ...assertionsWithKeys(facts, await certificateOf(facts.stranger))];
  const sent = (what: string) => {
    const bad = all.find((candidate) => candidate.what === what);
    if (!bad) throw new Error(`there is no "${what}"`);
    return departed(client, audience, { signer, ...bad.departure }).parameters;
  };
  const isGood = async (assertion = '') => {
    const { alg = '', kid } = decodeProtectedHeader(assertion);
    const jwk = [rsa, p384].find((key) => key.kid === kid);
    if (!jwk) return false;
    try {
      await compactVerify(assertion, await importJWK(publicPart(jwk), alg));
      return true;
    } catch {
      return false;
    }
  };

  it('are of every kind, and each is said in words of its own', () => {
    expect(new Set(all.map(({ topic }) => topic))).toEqual(new Set(assertionTopics));
    const words = all.map(({ what }) => what);
    expect(words.filter((what, index) => words.indexOf(what) !== index)).toEqual([]);
  });

  it.each([
    ['an assertion with one byte of its signature changed', {}],
    ['an assertion signed with a key that nobody has registered, under the kid of one that is', { kid: 'rsa' }],
    [
      'an assertion signed with the key of another, under the kid of the client\u2019s own',
      { kid: 'ec', alg: 'ES384' },
    ],
    [
      'an assertion signed with the client\u2019s key ec (ES384), under the kid of its key rsa',
      { kid: 'rsa', alg: 'ES384' },
    ],
    ['an assertion with alg none and no signature', { alg: 'none', kid: 'rsa' }],
    ['an assertion with alg HS384, keyed with the public key rsa as SPKI PEM', { alg: 'HS384', kid: 'rsa' }],
    ['an assertion that brings its key along as jwk, under the kid of the registered key', { kid: 'rsa' }],
  ])('%s: the signature is wrong, and nothing else', async (what, header) => {
    const { client_assertion: assertion = '', ...rest } = sent(what);
    expect(rest).toEqual({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS384', kid: 'rsa', ...header });
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'my-service', sub: 'my-service', aud: audience });
    expect(await isGood(assertion)).toBe(false);
  });

  it.each([
    ['an assertion without iss', { iss: undefined }],
    ['an assertion without jti', { jti: undefined }],
    ['an assertion without exp', { exp: undefined }],
    ['an assertion for another server', { aud: 'https://other.example/token' }],
    ['an assertion for a host whose name begins alike', { aud: `${audience}.evil.example` }],
    ['an assertion that expired ten minutes ago', { exp: facts.now - 600 }],
    ['an assertion that is valid in ten minutes only', { nbf: facts.now + 600, exp: facts.now + 280 }],
    ['an assertion with iss my-service and sub another, signed by my-service', { sub: 'another' }],
  ])('%s: that claim is wrong, and the signature is right', async (what, claims: Record<string, unknown>) => {
    const { client_assertion: assertion = '' } = sent(what);
    const usual = {
      iss: 'my-service',
      sub: 'my-service',
      aud: audience,
      exp: expect.any(Number),
      jti: expect.any(String),
    };
    const { iat: _, ...sentClaims } = decodeJwt(assertion);
    const expected = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
    expect(sentClaims).toEqual(Object.fromEntries(expected));
    expect(await isGood(assertion)).toBe(true);
  });

  it('beside which a parameter is wrong are good themselves', async () => {
    const named = sent('a good assertion with client_id=another beside it');
    expect(named.client_id).toBe('another');
    expect(await isGood(named.client_assertion)).toBe(true);
    const untyped = sent('no client_assertion_type');
    expect(Object.keys(untyped)).toEqual(['client_assertion']);
    expect(await isGood(untyped.client_assertion)).toBe(true);
  });
});
