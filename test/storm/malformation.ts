/** What a hostile or broken server does to an answer, as data that fast-check draws and can repeat from a seed. */
import fc from 'fast-check';
import { hostileText } from '../fixtures/sample-report.ts';

export type Malformation =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: string | null }
  | { readonly kind: 'headers'; readonly headers: readonly (readonly [string, string])[] }
  | { readonly kind: 'body'; readonly body: string; readonly encoding: 'utf8' | 'latin1' | 'utf16le' }
  | { readonly kind: 'cut'; readonly at: number; readonly announce: boolean }
  | { readonly kind: 'member'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'jwt'; readonly jwt: string }
  | { readonly kind: 'html'; readonly html: string; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | { readonly kind: 'echo'; readonly as: 'json' | 'html' | 'header' | 'error' }
  | { readonly kind: 'raw'; readonly bytes: string; readonly ends: boolean };

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const jwtOf = (header: string, claims: string, signature = 'AAAA') =>
  `${base64url(header)}.${base64url(claims)}.${signature}`;
const deep = (depth: number) => '{"a":['.repeat(depth) + ']}'.repeat(depth);

/** Any text, those that break things first. */
const nastyText = fc.oneof(
  fc.constantFrom(
    hostileText,
    '',
    ' ',
    '__proto__',
    '\u0000',
    'x'.repeat(70_000),
    '‹access_token 0000›',
    ']]><![CDATA[',
    '%00%0d%0aSet-Cookie: a=b',
    '\u001b]8;;http://127.0.0.1/\u0007link\u001b]8;;\u0007',
    '-1',
    '1e999',
    'https://[',
    'javascript:globalThis.pwned=true',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, -0, 1e308, [], {}, [null], [[]], { __proto__: 1 }, 2 ** 60),
);

const statuses = fc.constantFrom(
  200,
  201,
  202,
  204,
  205,
  206,
  226,
  300,
  302,
  304,
  400,
  401,
  403,
  404,
  406,
  409,
  418,
  422,
  451,
  500,
  501,
  503,
  599,
);
const jsonTypes = [
  'application/json',
  'application/fhir+json',
  'text/html',
  'image/png',
  ';;;',
  'application/json; charset=utf-7',
];

const body = fc.oneof(
  nastyText,
  fc.constantFrom(
    'null',
    '[]',
    '0',
    '""',
    '{"a":1}{"b":2}',
    '{"a":NaN}',
    "{'a':1}",
    '\uFEFF{}',
    deep(3000),
    '['.repeat(60_000),
  ),
  fc.constantFrom(
    ...['{"access_token":', '{"resourceType":"Bundle","entry":', '{"keys":', '{"error":'].map(
      (start) => `${start}${deep(200)}}`,
    ),
  ),
  fc.json({ maxDepth: 4 }),
);

const jwt = fc.oneof(
  fc.constantFrom(
    '..',
    'a.b.c',
    jwtOf('{"alg":"none"}', '{}', ''),
    jwtOf('{}', '[]'),
    jwtOf('null', 'null'),
    jwtOf('{"alg":"RS256","kid":{"a":1}}', '{"exp":"never","iat":-1e300,"aud":[null,{}],"iss":[]}'),
    jwtOf('{"alg":["RS256"],"crit":["x"]}', deep(500)),
    jwtOf(
      '{"alg":"RS256","jku":"http://127.0.0.1:1/","x5u":"file:///etc/passwd"}',
      JSON.stringify({ sub: hostileText, fhirUser: hostileText }),
    ),
  ),
  fc.tuple(fc.json({ maxDepth: 2 }), fc.json({ maxDepth: 3 })).map(([header, claims]) => jwtOf(header, claims)),
);

const html = fc.constantFrom(
  `<p>${hostileText}</p>`,
  '<form method=post><input type=password name=password><input name=username><button>Sign in</button></form>',
  '<meta http-equiv=refresh content="0">',
  '<script>globalThis.pwned = true; alert(document.cookie); while (window.closed) {}</script>',
  `<iframe srcdoc="<form><input type=password>"></iframe>${'<div>'.repeat(5000)}`,
  '<script>document.write("<button>Continue</button>"); setInterval(() => document.body.append("x"), 50)</script>',
  '<!doctype html><title></title>',
  `<a href="javascript:globalThis.pwned=true">Continue</a><select>${'<option>x'.repeat(500)}</select>`,
);

const location = fc.constantFrom(
  '',
  ' ',
  '?',
  '#',
  '/',
  './loop',
  '//',
  'http://',
  'http://[::',
  'javascript:globalThis.pwned=true',
  'data:text/html,<script>globalThis.pwned=true</script>',
  'file:///etc/passwd',
  'http://127.0.0.1:1/refused',
  'http://user:secret@127.0.0.1:1/',
  'ftp://127.0.0.1/',
  `/${'a'.repeat(20_000)}`,
  '/%00/%zz/%E0%A4%A',
);

const raw = fc.constantFrom(
  '',
  'HTTP/1.1\r\n\r\n',
  'HTTP/9.9 200 OK\r\n\r\n',
  'HTTP/1.1 999 \u0001\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\nabc',
  'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip, zstd, x\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n',
  `HTTP/1.1 200 OK\r\nX-Long: ${'y'.repeat(100_000)}\r\n\r\n`,
  `HTTP/1.1 200 OK\r\n${Array.from({ length: 3000 }, (_, index) => `X-${index}: 1\r\n`).join('')}\r\n`,
  'HTTP/1.1 200 OK\r\nX: a\u0000b\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50),
  '\u0016\u0003\u0001 a TLS server this is',
  '220 mail.example.org ESMTP\r\n',
);

const headerName = fc.constantFrom(
  'content-type',
  'www-authenticate',
  'cache-control',
  'location',
  'set-cookie',
  'etag',
  'access-control-allow-origin',
  'date',
  'link',
  'retry-after',
  'content-location',
  'x-hostile',
);
/** As Node lets it through: what it does not is among the raw answers. */
const headerValue = nastyText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 8000));

export const malformation: fc.Arbitrary<Malformation> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: statuses,
    retryAfter: fc.constantFrom(null, '0', '-1', '1', 'soon', '99999999999'),
  }),
  fc.record({
    kind: fc.constant('headers' as const),
    headers: fc.array(
      fc.tuple(
        headerName,
        fc.oneof(
          headerValue,
          fc.constantFrom(...jsonTypes, 'Bearer', 'Bearer realm="', 'Basic , Bearer error=insufficient_scope'),
        ),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  fc.record({
    kind: fc.constant('body' as const),
    body,
    encoding: fc.constantFrom('utf8' as const, 'latin1' as const, 'utf16le' as const),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(5000), announce: fc.boolean() }),
  // Answers that are nearly right reach furthest into the kit.
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('member' as const), at: fc.nat(), value: nastyValue }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('jwt' as const), jwt }) },
  fc.record({ kind: fc.constant('html' as const), html, status: fc.constantFrom(200, 400, 500) }),
  fc.record({ kind: fc.constant('redirect' as const), status: fc.constantFrom(301, 302, 303, 307, 308), location }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('echo' as const),
      as: fc.constantFrom('json' as const, 'html' as const, 'header' as const, 'error' as const),
    }),
  },
  fc.record({ kind: fc.constant('raw' as const), bytes: raw, ends: fc.boolean() }),
);
