/** Client assertions that a server has to refuse, each for one reason (RFC 7523 section 3, client-confidential-asymmetric). */
import { createHmac, createPublicKey } from 'node:crypto';
import type { Client } from '../kit/index.ts';
import type { AssertionDeparture } from './assertion-departure.ts';
import type { Signer } from './client-assertion.ts';
import { publicPart } from './jwk.ts';
import type { PrivateJwk } from './private-key-defect.ts';

/** What is wrong with an assertion: the requirement, without its suite, that says so. */
export const assertionTopics = [
  'assertion-validated',
  'iss-required',
  'sub-required',
  'iss-is-known-client',
  'aud-is-token-endpoint',
  'exp-required',
  'expired-refused',
  'nbf-ahead-refused',
  'jti-required',
  'unsigned-refused',
  'malformed-refused',
  'unknown-crit-refused',
  'assertion-type-required',
  'client-id-optional',
  'jku-other-refused',
  'header-keys-unused',
  'key-chosen-by-kid',
  'ambiguous-key-refused',
] as const;
export type AssertionTopic = (typeof assertionTopics)[number];

export interface BadAssertion {
  readonly topic: AssertionTopic;
  /** In words: `an assertion without iss`. */
  readonly what: string;
  readonly departure: AssertionDeparture;
  /** Odd, and not wrong: a server may take it, and must not break. */
  readonly mayPass?: true;
  /** More than a server need read: it may say so in its own way. */
  readonly isLarge?: true;
  /** One of the few that are tried where each costs a code. */
  readonly isTelling?: true;
}

/** What there is to make bad assertions from. */
export interface AssertionFacts {
  readonly client: Client;
  /** The one whose assertions have been accepted. */
  readonly signer: Signer;
  /** All of the client's that have been accepted. */
  readonly signers: readonly Signer[];
  /** The URL of the token endpoint, as published. */
  readonly audience: string;
  /** What the server calls itself, where it says so. */
  readonly issuer: string | null;
  /** By the server's clock, in seconds since the epoch. */
  readonly now: number;
  /** Another client that has been accepted. */
  readonly other: { readonly client: Client; readonly signer: Signer } | null;
  /** Whose key no client is registered with, of the signer's type. */
  readonly stranger: Signer;
  /** Where that key is served as a JWK Set; null where nothing is served. */
  readonly strangersUrl: string | null;
}

const nobody = 'smart-check-nobody';
const elsewhere = 'https://other.example/token';

/** All but those of {@link assertionsWithKeys}. */
export function badAssertions(facts: AssertionFacts): readonly BadAssertion[] {
  return [
    ...signatures(facts),
    ...keys(facts),
    ...keySetUrls(facts),
    ...unsigned(facts),
    ...claims(facts),
    ...otherClients(facts),
    ...parameters(facts),
    ...malformed,
  ];
}

function signatures({ signer, signers, stranger, other }: AssertionFacts): readonly BadAssertion[] {
  const topic = 'assertion-validated';
  const zeros: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 };
  const elliptic = signers.find(({ alg }) => alg in zeros);
  const { kid } = signer.jwk;
  const alike = signers.find(({ jwk }) => jwk.kty === other?.signer.jwk.kty) ?? signer;
  return [
    {
      topic,
      what: 'an assertion with one byte of its signature changed',
      departure: { rewrite: withSignature((signature) => signature.map((byte, at) => (at === 7 ? byte ^ 1 : byte))) },
      isTelling: true,
    },
    {
      topic,
      what: 'an assertion whose claims were changed after it was signed',
      departure: { rewrite: withClaims({ 'smart-check': 'changed' }) },
    },
    { topic, what: 'an assertion with an empty signature', departure: { signature: () => new Uint8Array() } },
    {
      topic,
      what: 'an assertion signed with a key that nobody has registered, under the kid of one that is',
      departure: { signer: stranger, header: { kid } },
      isTelling: true,
    },
    ...(elliptic === undefined
      ? []
      : [
          {
            topic,
            what: 'an assertion whose signature is nothing but zeros (CVE-2022-21449)',
            departure: { signer: elliptic, signature: () => new Uint8Array(zeros[elliptic.alg] ?? 0) },
          } as const,
        ]),
    ...(other === null
      ? []
      : [
          {
            topic,
            what: `an assertion signed with the key of ${other.client.clientId}, under the kid of the client\u2019s own`,
            departure: { signer: other.signer, header: { kid: alike.jwk.kid } },
          } as const,
          {
            topic,
            what: `an assertion signed with the key of ${other.client.clientId}, under that key\u2019s kid`,
            departure: { signer: other.signer },
          } as const,
        ]),
  ];
}

function keys({ signers, signer }: AssertionFacts): readonly BadAssertion[] {
  const others = signers.filter(({ jwk }) => jwk !== signer.jwk);
  const alike = others.find(({ jwk }) => jwk.kty === signer.jwk.kty);
  const different = others.find(({ jwk }) => jwk.kty !== signer.jwk.kty);
  const swapped = (one: Signer, two: Signer): BadAssertion => ({
    topic: 'key-chosen-by-kid',
    what: `an assertion signed with the client\u2019s key ${one.jwk.kid} (${one.alg}), under the kid of its key ${two.jwk.kid}`,
    departure: { signer: one, header: { kid: two.jwk.kid } },
  });
  return [
    ...(alike ? [swapped(alike, signer), swapped(signer, alike)] : []),
    ...(different ? [swapped(different, signer), swapped(signer, different)] : []),
    {
      topic: 'ambiguous-key-refused',
      what: 'an assertion under a kid that names no key',
      departure: { header: { kid: 'smart-check-no-such-key' } },
    },
    {
      topic: 'ambiguous-key-refused',
      what: 'an assertion without kid',
      departure: { header: { kid: undefined } },
    },
    {
      topic: 'ambiguous-key-refused',
      what: 'an assertion whose kid is an object',
      departure: { header: { kid: {} } },
    },
  ];
}

/** @param certificate - of the stranger's key, as in `x5c` */
export function assertionsWithKeys(
  { signer, stranger, strangersUrl }: AssertionFacts,
  certificate: string,
): readonly BadAssertion[] {
  const carried = [
    { member: 'jwk', value: publicPart(stranger.jwk) },
    { member: 'x5c', value: [certificate] },
    ...(strangersUrl === null ? [] : [{ member: 'x5u', value: `${strangersUrl}?x5u` }]),
  ];
  return carried.flatMap(({ member, value }) =>
    [signer.jwk.kid, stranger.jwk.kid].map(
      (kid): BadAssertion => ({
        topic: 'header-keys-unused',
        what: `an assertion that brings its key along as ${member}, under ${kid === signer.jwk.kid ? 'the kid of the registered key' : 'a kid of its own'}`,
        departure: { signer: stranger, header: { kid, [member]: value } },
      }),
    ),
  );
}

function keySetUrls({ client: { jwksUrl }, stranger, strangersUrl }: AssertionFacts): readonly BadAssertion[] {
  const urls = [
    strangersUrl ?? 'https://smart-check.invalid/jwks.json',
    ...(jwksUrl === undefined ? [] : [new URL('/smart-check-other.jwks.json', jwksUrl).href, `${jwksUrl}?smart-check`]),
  ];
  return urls.flatMap((jku): readonly BadAssertion[] => [
    {
      topic: 'jku-other-refused',
      what: `an assertion signed with the registered key, whose jku is ${jku}`,
      departure: { header: { jku } },
    },
    {
      topic: 'jku-other-refused',
      what: `an assertion signed with an attacker\u2019s key, whose jku is ${jku}`,
      departure: { signer: stranger, header: { jku } },
    },
  ]);
}

function unsigned({ signers }: AssertionFacts): readonly BadAssertion[] {
  const topic = 'unsigned-refused';
  const nothing = ['none', 'None', 'NONE', 'nOnE'].map(
    (alg): BadAssertion => ({
      topic,
      what: `an assertion with alg ${alg} and no signature`,
      departure: { header: { alg }, signature: () => new Uint8Array() },
      ...(alg === 'none' && { isTelling: true }),
    }),
  );
  const ofEachType = [...new Map(signers.map((one) => [one.jwk.kty, one])).values()];
  const withMac = ofEachType.flatMap(({ jwk }) =>
    Object.entries(publicForms(jwk)).flatMap(([form, secret]) =>
      ['HS256', 'HS384', 'HS512'].map(
        (alg): BadAssertion => ({
          topic,
          what: `an assertion with alg ${alg}, keyed with the public key ${jwk.kid} as ${form}`,
          departure: { header: { alg, kid: jwk.kid }, signature: macOf(alg, secret) },
        }),
      ),
    ),
  );
  return [
    ...nothing,
    { topic, what: 'an assertion with alg none and its signature', departure: { header: { alg: 'none' } } },
    {
      topic,
      what: 'an assertion with alg HS256, keyed with nothing',
      departure: { header: { alg: 'HS256' }, signature: macOf('HS256', '') },
    },
    ...withMac,
  ];
}

/** Every usual form in which a program may hold a public key, as the bytes of a MAC's key. */
function publicForms(jwk: PrivateJwk): Readonly<Record<string, string | Uint8Array>> {
  const publicJwk = publicPart(jwk);
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  const pem = String(key.export({ type: 'spki', format: 'pem' }));
  const forms = {
    'SPKI PEM': pem,
    'SPKI PEM without final newline': pem.trimEnd(),
    'SPKI DER': key.export({ type: 'spki', format: 'der' }),
    'JSON, as it is served': JSON.stringify(publicJwk),
  };
  if (jwk.kty !== 'RSA') return forms;
  const pkcs1 = String(key.export({ type: 'pkcs1', format: 'pem' }));
  return {
    ...forms,
    'PKCS#1 PEM': pkcs1,
    'PKCS#1 PEM without final newline': pkcs1.trimEnd(),
    'PKCS#1 DER': key.export({ type: 'pkcs1', format: 'der' }),
  };
}

function macOf(alg: string, secret: string | Uint8Array) {
  return (signed: string) =>
    createHmac(`sha${alg.slice(2)}`, secret)
      .update(signed)
      .digest();
}

/** Claims of the client's own that are wrong, in words and as they stand. */
function claims({ client: { clientId }, audience, issuer, now }: AssertionFacts): readonly BadAssertion[] {
  const inQuery = `https://other.example/?url=${encodeURIComponent(audience)}`;
  const path = URL.canParse(audience) ? new URL(audience).pathname : '/token';
  const rows: readonly (readonly [
    AssertionTopic,
    string,
    Readonly<Record<string, unknown>>,
    ('telling' | 'may pass')?,
  ])[] = [
    ['iss-required', 'an assertion without iss', { iss: undefined }],
    ['iss-required', 'an assertion with an empty iss', { iss: '' }],
    ['sub-required', 'an assertion without sub', { sub: undefined }],
    ['sub-required', 'an assertion whose sub is nobody', { sub: nobody }],
    ['iss-is-known-client', 'an assertion of a client that nobody knows', { iss: nobody, sub: nobody }],
    ['iss-is-known-client', 'an assertion whose iss is nobody', { iss: nobody }],
    ['iss-is-known-client', 'an assertion whose iss is a list', { iss: [clientId] }, 'may pass'],
    ['aud-is-token-endpoint', 'an assertion without aud', { aud: undefined }],
    ['aud-is-token-endpoint', 'an assertion for another server', { aud: elsewhere }, 'telling'],
    ['aud-is-token-endpoint', 'an assertion for a list of other servers', { aud: [elsewhere] }],
    [
      'aud-is-token-endpoint',
      'an assertion for the same path at another server',
      { aud: `https://other.example${path}` },
    ],
    ['aud-is-token-endpoint', 'an assertion with an empty aud', { aud: '' }],
    [
      'aud-is-token-endpoint',
      'an assertion for the beginning of the token endpoint\u2019s URL',
      { aud: audience.replace(/.\/*$/, '') },
    ],
    ['aud-is-token-endpoint', 'an assertion for an empty list', { aud: [] }],
    ['aud-is-token-endpoint', 'an assertion whose aud is an object', { aud: {} }],
    ['aud-is-token-endpoint', 'an assertion for a list with the token endpoint in it', { aud: [audience] }, 'may pass'],
    ['aud-is-token-endpoint', 'an assertion for a host whose name begins alike', { aud: `${audience}.evil.example` }],
    ['aud-is-token-endpoint', 'an assertion for a path below the token endpoint', { aud: `${audience}/x` }],
    ['aud-is-token-endpoint', 'an assertion for a URL that has the token endpoint in its query', { aud: inQuery }],
    ['exp-required', 'an assertion without exp', { exp: undefined }],
    ['exp-required', 'an assertion whose exp is a word', { exp: 'soon' }],
    ['expired-refused', 'an assertion that expired ten minutes ago', { iat: now - 900, exp: now - 600 }, 'telling'],
    ['nbf-ahead-refused', 'an assertion that is valid in ten minutes only', { nbf: now + 600, exp: now + 280 }],
    ['jti-required', 'an assertion without jti', { jti: undefined }, 'telling'],
  ];
  const crit = 'x-smart-check-unknown';
  return [
    ...(issuer === null
      ? []
      : [
          {
            topic: 'aud-is-token-endpoint',
            what: 'an assertion for the issuer',
            departure: { claims: { aud: issuer } },
            mayPass: true,
          } as const,
        ]),
    ...rows.map(
      ([topic, what, changed, mark]): BadAssertion => ({
        topic,
        what,
        departure: { claims: changed },
        ...(mark === 'telling' && { isTelling: true }),
        ...(mark === 'may pass' && { mayPass: true }),
      }),
    ),
    {
      topic: 'unknown-crit-refused',
      what: `an assertion that names ${crit} as critical`,
      departure: { header: { crit: [crit], [crit]: true } },
    },
  ];
}

function otherClients({ client, signer, other }: AssertionFacts): readonly BadAssertion[] {
  if (other === null) return [];
  const [one, two] = [client.clientId, other.client.clientId];
  const mixed = [
    { iss: one, sub: two },
    { iss: two, sub: one },
  ];
  return mixed.flatMap(({ iss, sub }) =>
    [
      { whose: one, by: signer },
      { whose: two, by: other.signer },
    ].map(
      ({ whose, by }): BadAssertion => ({
        topic: 'iss-is-known-client',
        what: `an assertion with iss ${iss} and sub ${sub}, signed by ${whose}`,
        departure: { signer: by, claims: { iss, sub } },
      }),
    ),
  );
}

/** What is wrong beside the assertion, which is good. */
function parameters({ other }: AssertionFacts): readonly BadAssertion[] {
  const type = (value: string | undefined): AssertionDeparture => ({ parameters: { client_assertion_type: value } });
  return [
    { topic: 'assertion-type-required', what: 'no client_assertion_type', departure: type(undefined) },
    ...['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', 'urn:ietf:params:oauth:grant-type:jwt-bearer'].map(
      (value): BadAssertion => ({
        topic: 'assertion-type-required',
        what: `client_assertion_type=${value}`,
        departure: type(value),
      }),
    ),
    {
      topic: 'client-id-optional',
      what: `a good assertion with client_id=${nobody} beside it`,
      departure: { parameters: { client_id: nobody } },
    },
    ...(other === null
      ? []
      : [
          {
            topic: 'iss-is-known-client',
            what: `a good assertion with client_id=${other.client.clientId} beside it`,
            departure: { parameters: { client_id: other.client.clientId } },
            isTelling: true,
          } as const,
        ]),
  ];
}

/** Changes of an assertion after which it is none. */
const ruined: readonly (readonly [string, (assertion: string) => string])[] = [
  ['a word', () => 'not-an-assertion'],
  ['two dots', () => '..'],
  ['two of the three parts of an assertion', (assertion) => assertion.split('.').slice(0, 2).join('.')],
  ['an assertion with a fourth part', (assertion) => `${assertion}.eA`],
  ['what looks like an encrypted JWT', () => `${encoded('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.eA.eA.eA.eA`],
  ['an assertion with a character in its header that base64url has not', (assertion) => `!${assertion}`],
  ['an assertion whose header is no JSON', withHeader('alg')],
  ['an assertion whose header is a list', withHeader('[]')],
];

const malformed: readonly BadAssertion[] = [
  {
    topic: 'malformed-refused',
    what: 'an assertion with 300 kB more of a signature',
    departure: { rewrite: (assertion) => assertion + 'A'.repeat(300_000) },
    isLarge: true,
  },
  ...ruined.map(([what, rewrite]): BadAssertion => ({ topic: 'malformed-refused', what, departure: { rewrite } })),
  ...['iss=me', '[]', 'null'].map(
    (payload): BadAssertion => ({
      topic: 'malformed-refused',
      what: `an assertion whose claims are ${payload}`,
      departure: { payload },
    }),
  ),
  { topic: 'malformed-refused', what: 'an assertion whose alg is a number', departure: { header: { alg: 384 } } },
  ...[{ jti: {} }, { 'smart-check': nested(1500) }].map(
    (claims): BadAssertion => ({
      topic: 'malformed-refused',
      what: 'jti' in claims ? 'an assertion whose jti is an object' : 'an assertion with a claim nested 1500 deep',
      departure: { claims },
      mayPass: true,
    }),
  ),
];

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function withHeader(text: string) {
  return (assertion: string): string => [encoded(text), ...assertion.split('.').slice(1)].join('.');
}

/** The same assertion with another signature. */
function withSignature(change: (signature: Buffer) => Uint8Array) {
  return (assertion: string): string => {
    const [header, claims, signature = ''] = assertion.split('.');
    return [header, claims, Buffer.from(change(Buffer.from(signature, 'base64url'))).toString('base64url')].join('.');
  };
}

/** The same assertion, and the same signature, with other claims. */
function withClaims(changed: Readonly<Record<string, unknown>>) {
  return (assertion: string): string => {
    const [header, claims = '', signature] = assertion.split('.');
    const members: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return [header, encoded(JSON.stringify({ ...(members as object), ...changed })), signature].join('.');
  };
}
