import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../kit/exchange.ts';
import { createRedactor } from './create-redactor.ts';
import { makeExchange } from './testing/exchange.ts';

const redactor = (secrets: string[] = [], headerNames: string[] = []) => createRedactor({ secrets, headerNames });
const url = (text: string) => redactor()(makeExchange({ url: text })).request.url;
const form = (body: string, at = 'https://ehr.example.org/token') =>
  redactor()(makeExchange({ method: 'POST', url: at, body })).request.body;
const json = (body: string) => redactor()(makeExchange({}, { body })).response?.body;
/** Labels without their digits. */
const plain = (text: string | null | undefined) => text?.replaceAll(/‹(\S+) [0-9a-f]{4}›/g, '‹$1›');

const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (header: unknown, claims: unknown) => `${base64url(header)}.${base64url(claims)}.c2lnbmF0dXJl`;

describe('headers', () => {
  it.each([
    ['authorization', 'Bearer s3cr3t-t0ken', 'Bearer ‹access_token›'],
    ['authorization', 'basic czNjcjN0OnQwa2Vu', 'basic ‹authorization›'],
    ['authorization', 'DPoP s3cr3t', 'DPoP ‹access_token›'],
    ['authorization', 's3cr3t-t0ken', '‹authorization›'],
    ['authorization', 'Custom key=s3cr3t', '‹authorization›'],
    ['authorization', 'Bearer', 'Bearer'],
    ['authorization', '', ''],
    ['proxy-authorization', 'Basic czNjcjN0OnQwa2Vu', 'Basic ‹proxy-authorization›'],
    ['cookie', 'sid=s3cr3t; theme=d4rk; empty=', 'sid=‹cookie›; theme=‹cookie›; empty='],
    ['x-api-key', 's3cr3t', '‹x-api-key›'],
    ['ocp-apim-subscription-key', 's3cr3t', '‹ocp-apim-subscription-key›'],
    ['x-auth-token', 's3cr3t', '‹x-auth-token›'],
    ['x-tenant', 's3cr3t', '‹x-tenant›'],
    ['referer', 'https://app/cb?code=s3cr3t&state=s1', 'https://app/cb?code=‹code›&state=s1'],
    ['accept', 'application/json', 'application/json'],
    ['x-request-id', '0b1c2d3e', '0b1c2d3e'],
  ])('of a request: %s: %s', (name, value, expected) => {
    const { request } = redactor([], ['X-Tenant'])(makeExchange({ headers: { [name]: value } }));
    expect(plain(request.headers[name])).toBe(expected);
  });

  it.each([
    ['set-cookie', 'sid=s3cr3t; Path=/; HttpOnly\nb=c; Secure', 'sid=‹cookie›; Path=/; HttpOnly\nb=‹cookie›; Secure'],
    [
      'location',
      'https://app/cb#access_token=s3cr3t&token_type=Bearer',
      'https://app/cb#access_token=‹access_token›&token_type=Bearer',
    ],
    ['location', 'https://app/cb?error=access_denied&state=abc', 'https://app/cb?error=access_denied&state=abc'],
    ['www-authenticate', 'Bearer realm="x", error="invalid_token"', 'Bearer realm="x", error="invalid_token"'],
    ['access-control-allow-headers', 'authorization, x-api-key', 'authorization, x-api-key'],
  ])('of a response: %s: %s', (name, value, expected) => {
    const { response } = redactor()(makeExchange({}, { headers: { [name]: value } }));
    expect(plain(response?.headers[name])).toBe(expected);
  });
});

describe('URLs', () => {
  it.each([
    ['https://app/cb?code=s3cr3t&state=s1', 'https://app/cb?code=‹code›&state=s1'],
    ['https://app/cb?code=s3cr3t', 'https://app/cb?code=‹code›'],
    ['https://app/Callback?code=s3cr3t', 'https://app/Callback?code=‹code›'],
    ['https://app/Observation?code=s3cr3t&state=1', 'https://app/Observation?code=‹code›&state=1'],
    ['https://app/x?%63ode=s3cr3t', 'https://app/x?%63ode=‹code›'],
    [
      'https://h/x?redirect_uri=https%3A%2F%2Fa%2Fcb%3Fcode%3Ds3cr3t%26state%3D1&x=y',
      'https://h/x?redirect_uri=https%3A%2F%2Fa%2Fcb%3Fcode%3D‹code›%26state%3D1&x=y',
    ],
    ['https://ann:s3cr3t@h/x', 'https://ann:‹password›@h/x'],
    ['https://s3cr3t@h/x', 'https://‹userinfo›@h/x'],
    ['https://h/authorize?code_challenge=abc&code_challenge_method=S256&nonce=n&launch=l&client_id=c', null],
    ['https://h/fhir/Observation?patient=1&code=85354-9', null],
    ['https://h/fhir/Observation?code=http%3A%2F%2Floinc.org%7C85354-9', null],
    ['https://h/fhir/CodeSystem/$lookup?system=x&code=y', null],
    ['https://h/x?username=ann&token_type_hint=access_token', null],
  ])('%s', (text, expected) => {
    expect(plain(url(text))).toBe(expected ?? text);
  });
});

describe('forms', () => {
  it.each([
    [
      'grant_type=authorization_code&code=s3cr3t&redirect_uri=https%3A%2F%2Fa%2Fcb&code_verifier=v3rif&client_id=app',
      'grant_type=authorization_code&code=‹code›&redirect_uri=https%3A%2F%2Fa%2Fcb&code_verifier=‹code_verifier›&client_id=app',
    ],
    ['client_secret=s3cr%65t%26more&token=t0ken', 'client_secret=‹client_secret›&token=‹token›'],
    ['username=ann&password="quoted" <one>#x', 'username=ann&password=‹password›'],
    ['user%5Bpassword%5D=s3cr3t&j_password=x', 'user%5Bpassword%5D=‹password›&j_password=‹password›'],
    ['grant_type=password&scope=openid&state=s', 'grant_type=password&scope=openid&state=s'],
    ['refresh_token=&code=', 'refresh_token=&code='],
  ])('%s', (body, expected) => {
    expect(plain(form(body))).toBe(expected);
  });

  it('of FHIR searches keep their codes', () => {
    expect(form('code=85354-9&patient=1', 'https://h/fhir/Observation/_search')).toBe('code=85354-9&patient=1');
  });
});

describe('JSON', () => {
  it.each([
    [
      '{ "access_token" : "s3cr3t" ,\n "token_type":"Bearer","expires_in":300, "refresh_token":"r3fr3sh","patient":"1" }',
      '{ "access_token" : "‹access_token›" ,\n "token_type":"Bearer","expires_in":300, "refresh_token":"‹refresh_token›","patient":"1" }',
    ],
    ['{"a":[{"client_secret":"s3\\"cr3t"}]}', '{"a":[{"client_secret":"‹client_secret›"}]}'],
    ['{"acc\\u0065ss_token":"s3cr3t"}', '{"acc\\u0065ss_token":"‹access_token›"}'],
    [
      '{"clientSecret":"s3cr3t","accessToken":"t0ken"}',
      '{"clientSecret":"‹client_secret›","accessToken":"‹access_token›"}',
    ],
    ['{"access_token":["s3cr3t", "t0ken"],"x":"y"}', '{"access_token":["‹access_token›", "‹access_token›"],"x":"y"}'],
    ['{"password":12345678}', '{"password":"‹password›"}'],
    ['{"access_token":"cut o', '{"access_token":"‹access_token›'],
    ['{"access_token":"cut \\', '{"access_token":"‹access_token›\\'],
    ['{"access_token":null,"client_secret":""}', null],
    [
      '{"keys":[{"kty":"RSA","n":"modulus","e":"AQAB","d":"pr1vate-part"}]}',
      '{"keys":[{"kty":"RSA","n":"modulus","e":"AQAB","d":"‹private_key›"}]}',
    ],
    ['{"message":"{\\"access_token\\":\\"s3cr3t\\"}"}', '{"message":"{\\"access_token\\":\\"‹access_token›\\"}"}'],
    ['{"url":"https://a/cb?code=s3cr3t\\u0026state=1"}', '{"url":"https://a/cb?code=‹code›\\u0026state=1"}'],
  ])('%s', (body, expected) => {
    expect(plain(json(body))).toBe(expected ?? body);
  });

  it.each([
    [
      'an OperationOutcome',
      {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'invalid', details: { coding: [{ code: 'security' }] } }],
      },
    ],
    [
      'an OAuth error',
      {
        error: 'invalid_grant',
        error_description: 'The authorization code is invalid, has expired or the token was revoked',
      },
    ],
    [
      'a SMART configuration',
      {
        issuer: 'https://h',
        token_endpoint: 'https://h/token',
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        grant_types_supported: ['authorization_code', 'client_credentials', 'password'],
        response_types_supported: ['code', 'code id_token'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
        capabilities: ['launch-ehr', 'client-confidential-symmetric'],
      },
    ],
    [
      'a public JWK Set',
      {
        keys: [
          { kty: 'EC', crv: 'P-256', x: 'abcdefghijklmnopqrstuvwxyz', y: 'zyxwvutsrqponmlkjihgfedcba', kid: 'k1' },
        ],
      },
    ],
    [
      'an introspection answer',
      { active: true, scope: 'openid', token_type: 'Bearer', username: 'ann', token: 'x', code: 'y', state: 'z' },
    ],
    ['a search bundle', { link: [{ relation: 'self', url: 'https://h/fhir/Observation?code=85354-9&_count=1' }] }],
  ])('leaves %s alone', (_, document) => {
    const body = JSON.stringify(document, null, 2);
    expect(json(body)).toBe(body);
  });

  it('leaves such documents alone even after bogus credentials were tried', () => {
    const redact = redactor();
    for (const bogus of ['invalid', 'token', 'wrong', 'authorization_code', 'Bearer', 'code']) {
      redact(
        makeExchange({ headers: { authorization: `Bearer ${bogus}` }, body: `code=${bogus}&client_secret=${bogus}` }),
      );
    }
    const body =
      '{"error":"invalid_grant","error_description":"wrong code, invalid token","token_endpoint":"https://h/token"}';
    expect(redact(makeExchange({}, { body })).response?.body).toBe(body);
  });

  it('nested a hundred thousand deep is read all the same', () => {
    const deep = 100_000;
    const body = `${'[{"a":'.repeat(5)}{"access_token":"s3cr3t"}${'['.repeat(deep)}`;
    expect(json(body)).not.toContain('s3cr3t');
  });
});

describe('pages', () => {
  it.each([
    ['<input type="hidden" name="code" value="s3cr3t"/>', '<input type="hidden" name="code" value="‹code›"/>'],
    ["<INPUT value='s3cr3t' NAME='id_token'>", "<INPUT value='‹id_token›' NAME='id_token'>"],
    ['<input name=state value=abc>', '<input name=state value=abc>'],
    ['<a href="https://a/cb?state=1&amp;code=s3cr3t">', '<a href="https://a/cb?state=1&amp;code=‹code›">'],
    [
      '<script>var x = {"access_token": "s3cr3t"}</script>',
      '<script>var x = {"access_token": "‹access_token›"}</script>',
    ],
    ['-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----', '‹private_key›-----END PRIVATE KEY-----'],
  ])('%s', (body, expected) => {
    expect(plain(json(body))).toBe(expected);
  });
});

it('what is said of an exchange is without secrets, too, and names granular scopes as they are', () => {
  const redact = redactor(['pass word 1']);
  redact(makeExchange({ headers: { cookie: 'sid=0123456789abcdef' } }));
  const said = 'the page says sid: 0123456789abcdef, pass word 1, https://app/cb?code=s3cr3t&state=1';
  expect(plain(redact.text(said))).toBe('the page says sid: ‹cookie›, ‹secret›, https://app/cb?code=‹code›&state=1');
  const scope = 'patient/Basic.cuds?code=https://app.example.org|state patient/*.rs?code=x';
  expect(redact.text(scope)).toBe(scope);
});

describe('what is known', () => {
  it('is replaced wherever it stands later, with the same digits', () => {
    const redact = redactor();
    const first = redact(makeExchange({}, { body: '{"access_token":"op4que+tok/en","scope":"openid"}' }));
    const label = /‹access_token [0-9a-f]{4}›/.exec(first.response?.body ?? '')?.[0];
    expect(label).toBeDefined();
    const second = redact(
      makeExchange(
        { url: 'https://h/x/op4que%2Btok%2Fen', headers: { authorization: 'Bearer op4que+tok/en' } },
        {
          body: '<p>op4que+tok/en, op4que&#43;tok&#x2f;en "op4que\\u002btok\\/en"',
          headers: { warning: 'op4que+tok/en' },
        },
      ),
    );
    expect(second.request).toMatchObject({
      url: `https://h/x/${label}`,
      headers: { authorization: `Bearer ${label}` },
    });
    expect(second.response).toMatchObject({ body: `<p>${label}, ${label} "${label}"`, headers: { warning: label } });
  });

  it('within one exchange is known in every part of it', () => {
    const exchange = redactor()(
      makeExchange(
        { url: 'https://h/echo/cl13nt-s3cret', headers: { authorization: `Basic ${btoa('app:cl13nt-s3cret')}` } },
        { body: 'cl13nt-s3cret' },
      ),
    );
    expect(JSON.stringify(exchange)).not.toContain('cl13nt');
    expect(plain(exchange.response?.body)).toBe('‹client_secret›');
  });

  it('differs in its digits from run to run, and from other secrets', () => {
    const digits = (body: string) => [...(json(body) ?? '').matchAll(/ ([0-9a-f]{4})›/g)].map(([, hex]) => hex);
    const runs = Array.from({ length: 8 }, () => digits('{"access_token":"s3cr3t"}')[0]);
    expect(new Set(runs).size).toBeGreaterThan(1);
    const [same, again, ...others] = digits(
      '{"access_token":"s3cr3t","refresh_token":"s3cr3t","id_token":"a1","secret":"b2"}',
    );
    expect(same).toBe(again);
    expect(new Set([same, ...others]).size).toBeGreaterThan(1);
  });

  it('from the configuration is replaced everywhere; words only as words, and the protocols’ own words only in place', () => {
    const redact = redactor(['hunter2!', 'sesame', 'secret', 'abc']);
    const body = 'hunter2! xhunter2!x hunter2%21 sesame sesameseeds client_secret abc';
    expect(plain(redact(makeExchange({}, { body })).response?.body)).toBe(
      '‹secret› x‹secret›x ‹secret› ‹secret› sesameseeds client_secret abc',
    );
    expect(plain(redact(makeExchange({ body: 'password=abc&client_secret=secret' })).request.body)).toBe(
      'password=‹password›&client_secret=‹client_secret›',
    );
  });

  it.each([
    ['tw0 w+rds', 'x=tw0+w%2Brds', 'x=‹secret›'],
    ['tw0 w+rds', '/tw0%20w+rds', '/‹secret›'],
    ['q"u&t<', '<b title="q&quot;u&amp;t&lt;">', '<b title="‹secret›">'],
    ['caf\u00e9-7', 'caf%C3%A9-7 caf%E9-7 caf&#233;-7', '‹secret› ‹secret› ‹secret›'],
    ['4bcd', `x ${btoa('4bcd')} y`, 'x ‹secret›== y'],
  ])('%s is known in %s', (secret, body, expected) => {
    expect(plain(redactor([secret])(makeExchange({}, { body })).response?.body)).toBe(expected);
  });

  it('stays known when thousands more are learned', () => {
    const redact = redactor(['c0nfigured']);
    for (let count = 0; count < 25_000; count += 1) {
      redact(makeExchange({ headers: { authorization: `Bearer tok-${count}-x` } }));
    }
    const body = 'tok-24999-x c0nfigured';
    expect(plain(redact(makeExchange({}, { body })).response?.body)).toBe('‹access_token› ‹secret›');
  });

  it('crossing the end of what is kept is replaced as a whole', () => {
    const body = `${'x'.repeat(65_530)} s3cr3t-s3cr3t-s3cr3t ${'y'.repeat(100_000)}`;
    const { response } = redactor(['s3cr3t-s3cr3t-s3cr3t'])(makeExchange({}, { body }));
    expect(plain(response?.body)).toBe(`${'x'.repeat(65_530)} ‹secret›`);
    expect(response?.truncated).toBe(true);
  });
});

describe('JWTs', () => {
  const header = { alg: 'ES384', kid: 'k1', typ: 'JWT' };
  const claims = { iss: 'app', sub: 'app', jti: 'j1', nonce: 'n1', exp: 1 };
  const token = jwt(header, claims);

  it('are decoded with their places before they are replaced', () => {
    const { jwts, request, response } = redactor()(
      makeExchange(
        {
          url: `https://h/x?id_token_hint=${token}`,
          headers: { authorization: `Bearer ${token}` },
          body: `client_assertion=${token}&a=b`,
        },
        {
          headers: { location: `https://a/#id_token=${token}` },
          body: JSON.stringify({ id_token: token, other: `see ${token}.` }),
        },
      ),
    );
    expect(jwts.map(({ where }) => where)).toEqual([
      'request url id_token_hint',
      'request header authorization',
      'request body client_assertion',
      'response header location id_token',
      'response body id_token',
      'response body',
    ]);
    for (const decoded of jwts) {
      expect(decoded).toMatchObject({ header, claims });
    }
    expect(plain(request.body)).toBe('client_assertion=‹client_assertion›&a=b');
    expect(plain(response?.body)).toBe('{"id_token":"‹id_token›","other":"see ‹jwt›."}');
  });

  it.each([
    ['behind an escaped equals sign', `a%3D${token}`, 'a%3‹jwt›'],
    ['without a signature', `"${token.replace(/[^.]*$/, '')}"`, '"‹jwt›"'],
    ['with blanks in its header', `<${jwt('{ "alg": "none" }', '{ }')}>`, '<‹jwt›>'],
    ['encrypted', `${base64url({ alg: 'RSA-OAEP', enc: 'A128GCM' })}.a1.b2.c3.d4`, '‹jwt›'],
    ['a version number', 'version 1.20.300-alpha.4-and-more', 'version 1.20.300-alpha.4-and-more'],
    ['a host name', 'eyes.example-hospital.org.example', 'eyes.example-hospital.org.example'],
  ])('are known by their looks: %s', (_, body, expected) => {
    // Of `%3DeyJ…` the D might belong to the token.
    expect(plain(json(body))?.replace('a%3D', 'a%3')).toBe(expected);
  });

  it('show no private keys, no known secrets and no depths', () => {
    const secretive = jwt(
      { alg: 'none', jwk: { kty: 'EC', crv: 'P-256', d: 'pr1vate-part' } },
      {
        access_token: 's3cr3t',
        note: 'hunter2!',
        nested: token,
        deep: JSON.parse(`${'['.repeat(10)}${']'.repeat(10)}`),
      },
    );
    const { jwts } = redactor(['hunter2!'])(makeExchange({}, { body: secretive }));
    const shown = JSON.stringify(jwts);
    for (const secret of ['pr1vate', 's3cr3t', 'hunter2', token]) {
      expect(shown).not.toContain(secret);
    }
    expect(shown).toContain('P-256');
  });

  it.each([
    ['deep claims', jwt({ alg: 'none' }, `${'['.repeat(8000)}${']'.repeat(8000)}`), 'nested too deep to show'],
    ['long claims', jwt({ alg: 'none' }, { a: 'x'.repeat(20_000) }), '20008 characters, too long to show'],
    ['claims that are none', jwt({ alg: 'none' }, 'no JSON'), 'not JSON'],
  ])('are kept short: %s', (_, body, shown) => {
    expect(redactor()(makeExchange({}, { body })).jwts[0]?.claims).toBe(shown);
  });

  it('are no more than sixteen', () => {
    const body = Array.from({ length: 50 }, (__, n) => jwt(header, { n })).join(' ');
    expect(redactor()(makeExchange({}, { body })).jwts.length).toBe(16);
  });
});

it('hostile texts take no longer than others', () => {
  for (const piece of [
    'ey',
    'eyJ.',
    '://',
    '?code=',
    '&',
    '"a":',
    '"',
    '<input',
    'a%3Fcode%3D',
    '\\u0026',
    '-----BEGIN ',
    '%',
    '{"password":',
    'A?code=a',
  ]) {
    const body = piece.repeat(Math.ceil(100_000 / piece.length));
    redactor(['hunter2!'])(makeExchange({ body, headers: { cookie: body.slice(0, 20_000) } }, { body }));
  }
}, 10_000);

describe('whatever the secret is', () => {
  /** Not a word, so that it is looked for everywhere. */
  const unit = fc.oneof(
    fc.constantFrom(...' +%&<>"\'/\\=?#;'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  );
  const secret = fc
    .string({ minLength: 5, maxLength: 40, unit })
    .map((text) => `7${text}Q9`)
    .filter((text) => !text.includes('\uFFFD'));
  const around = fc.string({ maxLength: 10 });

  const ways: Record<string, (value: string) => string> = {
    plain: (value) => value,
    'URL-encoded': (value) => encodeURIComponent(value),
    'URL-encoded with small digits': (value) =>
      encodeURIComponent(value).replaceAll(/%../g, (hex) => hex.toLowerCase()),
    'form-encoded': (value) => new URLSearchParams({ value }).toString().slice('value='.length),
    'URL-encoded twice': (value) => encodeURIComponent(encodeURIComponent(value)),
    'in JSON': (value) => JSON.stringify(value).slice(1, -1),
    'in JSON, all escaped': (value) =>
      [...Array(value.length).keys()].map((at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
    'in HTML': (value) =>
      value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
    'in Base64': (value) => Buffer.from(value).toString('base64'),
    'in base64url': (value) => Buffer.from(value).toString('base64url'),
    'in the middle of Base64': (value) => Buffer.from(`ann:${value}:more`).toString('base64'),
  };
  it.each(Object.entries(ways))('it shows nowhere: %s', (_, write) => {
    fc.assert(
      fc.property(secret, around, around, fc.nat(6), (value, before, after, place) => {
        const text = `${before} ${write(value)} ${after}`;
        const base = makeExchange();
        const planted: Exchange[] = [
          makeExchange({ url: `https://h/${write(value)}?x=${write(value)}` }),
          makeExchange({ body: text }),
          makeExchange({ headers: { 'x-any': text } }),
          makeExchange({}, { body: text }),
          makeExchange({}, { headers: { 'x-any': text, location: `https://a/?y=${write(value)}` } }),
          makeExchange({}, null, { error: { kind: 'protocol', code: 'X', message: text } }),
          makeExchange({}, { body: jwt({ alg: 'none' }, { note: text }) }),
        ];
        const redacted = redactor([value])(planted[place] ?? base);
        const shown = strings(redacted);
        for (const way of Object.values(ways)) {
          const written = way(value);
          expect(shown.filter((part) => part.includes(written))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a token that a server gives shows nowhere afterwards', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...Object.values(ways)), (value, write) => {
        const redact = redactor();
        const given = redact(makeExchange({}, { body: JSON.stringify({ access_token: value }) }));
        const echoed = redact(makeExchange({}, { body: `echo: ${write(value)} end` }));
        for (const part of strings([given, echoed])) {
          expect(part.includes(value) || part.includes(write(value))).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** All strings in a value, names included. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => [name, ...strings(inner)]);
  }
  return [];
}
