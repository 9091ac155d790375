import { randomBytes } from 'node:crypto';
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json } from '../responses.ts';
import { together } from '../together.ts';
import { loginPage, notFound, retold } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesKeys, changesOpenidConfiguration } from './overrides.ts';

/** What is no JWK Set is not what jwks_uri should serve, either. */
const noJwks = ['discovery/jwks-uri'];

const document: readonly FaultRow[] = [
  {
    id: 'discovery/jwks-document~not-found',
    level: 'fail',
    summary: 'jwks_uri answers 404',
    also: ['discovery/jwks-media-type', 'discovery/endpoints-answer', ...noJwks],
    override: changesAnswers('jwks', notFound),
  },
  {
    id: 'discovery/jwks-document~needs-token',
    level: 'fail',
    summary: 'jwks_uri answers 401',
    also: ['discovery/jwks-media-type', ...noJwks],
    override: changesAnswers('jwks', () => json({ error: 'unauthorized' }, { status: 401 })),
  },
  {
    id: 'discovery/jwks-document~html',
    level: 'fail',
    summary: 'jwks_uri serves a page of HTML with status 200',
    also: ['discovery/jwks-media-type', ...noJwks],
    override: changesAnswers('jwks', loginPage),
  },
  {
    id: 'discovery/jwks-document~array',
    level: 'fail',
    summary: 'jwks_uri serves an array of keys, not an object',
    also: noJwks,
    override: changesSet(({ keys }) => keys),
  },
  {
    id: 'discovery/jwks-document~one-key',
    level: 'fail',
    summary: 'jwks_uri serves a key, not a set of keys',
    also: noJwks,
    override: changesSet(({ keys: [first] }) => first),
  },
  {
    id: 'discovery/jwks-document~keys-object',
    level: 'fail',
    summary: 'The keys are an object, not an array',
    also: noJwks,
    override: changesSet(({ keys }) => ({ keys: Object.fromEntries(keys.map((key) => [String(key.kid), key])) })),
  },
  {
    id: 'discovery/jwks-document~keys-null',
    level: 'fail',
    summary: 'The keys are null',
    also: noJwks,
    override: changesSet(() => ({ keys: null })),
  },
  {
    id: 'discovery/jwks-document~truncated',
    level: 'fail',
    summary: 'The JWK Set breaks off in the middle',
    also: noJwks,
    override: changesAnswers('jwks', async (answer) => {
      const usual = await answer();
      const text = await usual.text();
      return retold(usual, { text: text.slice(0, text.length / 2) });
    }),
  },
  {
    id: 'discovery/jwks-document~empty',
    level: 'fail',
    summary: 'The JWK Set has no keys although single sign-on is advertised',
    also: noJwks,
    override: changesKeys(() => []),
  },
  {
    id: 'discovery/jwks-document~only-for-encryption',
    level: 'fail',
    summary: 'All keys are marked as for encryption although single sign-on is advertised',
    also: noJwks,
    override: changesKeys((keys) => keys.map(({ alg: _, ...key }) => ({ ...key, use: 'enc' }))),
  },
];

const wellFormed: readonly FaultRow[] = [
  changedKey('RSA', 'no-kty', 'An RSA key lacks kty', ({ kty: _, ...key }) => key),
  changedKey('RSA', 'no-n', 'An RSA key lacks its modulus', ({ n: _, ...key }) => key),
  changedKey('RSA', 'no-e', 'An RSA key lacks its exponent', ({ e: _, ...key }) => key),
  changedKey('RSA', 'e-number', 'The exponent of an RSA key is a number', (key) => ({ ...key, e: 65537 })),
  changedKey('RSA', 'rsa-1024', 'An RSA key has 1024 bits', (key) => ({ ...key, n: modulus(1024) })),
  changedKey('RSA', 'padded', 'The modulus of an RSA key ends in =', (key) => ({ ...key, n: `${key.n}==` })),
  changedKey('RSA', 'base64', 'The modulus of an RSA key is in base64, not base64url', (key) => ({
    ...key,
    n: `${String(key.n).slice(0, -4)}+/+/`,
  })),
  changedKey('EC', 'no-crv', 'An EC key lacks its curve', ({ crv: _, ...key }) => key),
  changedKey('EC', 'no-y', 'An EC key lacks y', ({ y: _, ...key }) => key),
  changedKey('EC', 'short-coordinate', 'A coordinate of an EC key is shorter than its curve', (key) => ({
    ...key,
    x: coordinate(key.x).subarray(1).toString('base64url'),
  })),
  changedKey('EC', 'off-curve', 'The point of an EC key is not on its curve', (key) => {
    const y = coordinate(key.y);
    y[y.length - 1] = (y.at(-1) ?? 0) ^ 1;
    return { ...key, y: y.toString('base64url') };
  }),
];

const privateMembers: readonly FaultRow[] = [
  publishes('rsa-d', 'The private exponent of an RSA key is published', 'RSA', ['d']),
  publishes('rsa-factors', 'The prime factors of an RSA key are published', 'RSA', ['p', 'q', 'dp', 'dq', 'qi']),
  publishes('ec-d', 'The private part of an EC key is published', 'EC', ['d']),
  {
    id: 'discovery/jwks-no-private-keys~oct',
    level: 'fail',
    summary: 'A symmetric key is published',
    override: changesKeys((keys) => [
      ...keys,
      { kty: 'oct', kid: 'server-oct', use: 'sig', alg: 'HS256', k: randomBytes(32).toString('base64url') },
    ]),
  },
  {
    id: 'discovery/jwks-no-private-keys~of-the-openid-configuration',
    level: 'fail',
    summary: 'The OpenID configuration names a JWK Set of its own, with the private keys',
    override: together(
      changesOpenidConfiguration((document, { site }) => ({ ...document, jwks_uri: `${site.jwks}/v2` })),
      changesAnswers('elsewhere', (otherwise, { context }, _usual, { signingKeys }) =>
        context.req.path.endsWith('/oauth/jwks/v2')
          ? json({ keys: signingKeys.map(({ privateJwk }) => privateJwk) })
          : otherwise(),
      ),
    ),
  },
];

const rest: readonly FaultRow[] = [
  {
    id: 'discovery/jwks-distinct-kids~two-rsa-keys',
    level: 'warn',
    summary: 'Two RSA keys have the same kid',
    override: changesKeys((keys) => [...keys, strangerKey('server-rsa')]),
  },
  {
    id: 'discovery/jwks-media-type~text-plain',
    level: 'warn',
    summary: 'The JWK Set is sent as text/plain',
    override: changesAnswers('jwks', async (answer) => retold(await answer(), { type: 'text/plain' })),
  },
  {
    id: 'discovery/jwks-media-type~octet-stream',
    level: 'warn',
    summary: 'The JWK Set is sent as application/octet-stream',
    override: changesAnswers('jwks', async (answer) => retold(await answer(), { type: 'application/octet-stream' })),
  },
];

/** The server's published keys. */
export const jwksFaults = faultsOf([...document, ...wellFormed, ...privateMembers, ...rest]);

/** An RSA key that signs nothing: only its form matters. */
export function strangerKey(kid: string): JsonObject {
  return { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n: modulus(2048), e: 'AQAB' };
}

/** A number that looks like an RSA modulus. */
function modulus(bits: number): string {
  const bytes = randomBytes(bits / 8);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return bytes.toString('base64url');
}

function coordinate(value: unknown): Buffer {
  return Buffer.from(String(value), 'base64url');
}

function changedKey(kty: string, variant: string, summary: string, change: (key: JsonObject) => JsonObject): FaultRow {
  return {
    id: `discovery/jwks-keys-well-formed~${variant}`,
    level: 'fail',
    summary,
    also: ['openid-connect/keys-bare'],
    override: changesKeys((keys) => keys.map((key) => (key.kty === kty ? change(key) : key))),
  };
}

function publishes(variant: string, summary: string, kty: string, members: readonly string[]): FaultRow {
  return {
    id: `discovery/jwks-no-private-keys~${variant}`,
    level: 'fail',
    summary,
    override: changesKeys((keys, privateKeys) =>
      keys.map((key, index) => {
        if (key.kty !== kty) return key;
        const secret = Object.entries(privateKeys[index] ?? {}).filter(([name]) => members.includes(name));
        return { ...key, ...Object.fromEntries(secret) };
      }),
    ),
  };
}

/** Something else in place of the set. */
function changesSet(change: (set: { keys: readonly JsonObject[] }) => unknown): Override {
  return changesAnswers('jwks', async (answer, _asked, _usual, { signingKeys }) => {
    const set = { keys: signingKeys.map(({ publicJwk }) => publicJwk) };
    return retold(await answer(), { text: JSON.stringify(change(set)) });
  });
}
