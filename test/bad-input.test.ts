import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { serveCanned, smallServer, smartConfigurationOf } from './fixtures/canned-server.ts';
import { checkUrl } from './fixtures/check-url.ts';

const wellKnownPath = '/fhir/.well-known/smart-configuration';
const small = (origin: string) => JSON.stringify(smartConfigurationOf(origin));

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A small conformant server but for what stands at the well-known address. */
async function serverWith(answer: RequestListener): Promise<string> {
  const usual = smallServer(small);
  const server = await serveCanned((request, response) =>
    request.url === wellKnownPath ? answer(request, response) : usual(request, response),
  );
  closers.push(server.close);
  return server.fhirBaseUrl;
}

const json =
  (body: string | Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

it('finds nothing to accuse at the small server itself', async () => {
  const server = await serveCanned(smallServer(small));
  closers.push(server.close);
  const { report, accusations } = await checkUrl(server.fhirBaseUrl);
  expect(accusations).toEqual([]);
  expect(report.exitCode).toBe(0);
  expect(report.summary).toMatchObject({ failed: 0, warned: 0, blocked: 0, errored: 0 });
});

describe('a document that is none fails at its location and blocks the rest with one reason', () => {
  const cases: readonly [string, RequestListener, RegExp][] = [
    [
      '301 to a login page',
      (_, response) => void response.writeHead(301, { location: '/manage' }).end(),
      /was redirected to http:\S+\/manage, which answered 200 text\/html, but no JSON: .*HTML/,
    ],
    [
      '200 with HTML',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Hello</body></html>'),
      /answered 200 text\/html, but no JSON: .*HTML/,
    ],
    ['404', (_, response) => void response.writeHead(404).end(), /answered 404 without a Content-Type/],
    ['a JSON array', json('[{"token_endpoint":"x"}]'), /answered 200 application\/json, but a JSON array/],
    ['truncated JSON', json('{"token_endpoint": "https://e'), /but no JSON: .*line 1/],
    ['an empty body', json(''), /but no JSON: .*empty/],
    [
      'an endless body',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = Buffer.alloc(256 * 1024, ' ');
        const more = () => {
          while (response.write(chunk));
        };
        response.on('drain', more).on('error', () => {});
        more();
      },
      /answered 200 application\/json, but /,
    ],
    [
      'one byte per second',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{');
        const timer = setInterval(() => response.write(' '), 1000);
        response.on('close', () => clearInterval(timer));
      },
      /answered 200 application\/json, but /,
    ],
    [
      'a gzip bomb',
      json(gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')), { 'content-encoding': 'gzip' }),
      /answered 200 application\/json, but /,
    ],
    [
      'a body that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{');
        setTimeout(() => response.destroy(), 50);
      },
      /answered 200 application\/json, but /,
    ],
  ];
  it.each(cases)('%s', async (_, answer, message) => {
    const { report, test, accusations } = await checkUrl(await serverWith(answer), { timeoutSeconds: 2 });
    expect(test('discovery/location')).toMatchObject({ outcome: 'failed' });
    expect(test('discovery/location').findings[0]?.message).toMatch(message);
    expect(accusations.map(({ requirement }) => requirement)).toEqual(['discovery/location']);
    expect(report.exitCode).toBe(1);
    const blocked = report.tests.filter(({ outcome }) => outcome === 'blocked');
    expect(blocked.length).toBeGreaterThan(20);
    expect([...new Set(blocked.map(({ reason }) => reason))]).toHaveLength(1);
    expect(report.summary.errored).toBe(0);
  });
});

describe('a document that is odd is read', () => {
  const withMember = (text: string) => (origin: string) => small(origin).replace(/}$/, `,${text}}`);
  const document = (make: (origin: string) => string | Buffer): RequestListener => {
    return (request, response) => json(make(`http://${request.headers.host}`))(request, response);
  };

  it('of 10 MB', async () => {
    const padded = document((origin) => small(origin) + ' '.repeat(10 * 1024 * 1024));
    const { accusations, report } = await checkUrl(await serverWith(padded), { timeoutSeconds: 20 });
    expect(accusations).toEqual([]);
    expect(report.exitCode).toBe(0);
  });

  it.each([
    ['duplicate keys', withMember('"management_endpoint":null,"management_endpoint":null'), /management_endpoint/],
    ['nesting of 10,000 levels', withMember(`"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`), /10001 levels/],
    ['a byte order mark', (origin: string) => `\ufeff${small(origin)}`, /byte order mark/],
  ])('with %s, and warned of', async (_, make, message) => {
    const { test, report } = await checkUrl(await serverWith(document(make)));
    expect(test('discovery/json-unambiguous')).toMatchObject({ outcome: 'warned' });
    expect(test('discovery/json-unambiguous').findings[0]?.message).toMatch(message);
    expect(report.summary).toMatchObject({ errored: 0, blocked: 0 });
  });
});

describe('a target that is not reached blocks every test, and exits with 3', () => {
  it('at a closed port', async () => {
    const { report } = await checkUrl(`http://127.0.0.1:${await closedPort()}/fhir`);
    expect(report.exitCode).toBe(3);
    expect(report.summary).toMatchObject({ failed: 0, passed: 0, errored: 0 });
    expect(report.tests.find(({ id }) => id === 'discovery/location')?.reason).toMatch(/refused/i);
  });

  it('at a name that does not resolve', async () => {
    const { report, test } = await checkUrl('https://no-such-host.invalid/fhir', { timeoutSeconds: 20 });
    expect(report.exitCode).toBe(3);
    expect(test('discovery/location').reason).toMatch(/no-such-host\.invalid/);
    expect(report.summary).toMatchObject({ failed: 0, errored: 0 });
  });

  it('that speaks no TLS', async () => {
    const server = await serveCanned(smallServer(small));
    closers.push(server.close);
    const { report, test } = await checkUrl(server.fhirBaseUrl.replace('http:', 'https:'));
    expect(test('discovery/location').outcome).toBe('blocked');
    expect(report.summary.errored).toBe(0);
    expect(test('discovery/location').reason).toMatch(/TLS/);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

it('decides nothing against an open FHIR server without SMART configuration', async () => {
  const server = await serveCanned((request, response) => {
    const isSearch = request.url?.startsWith('/fhir/Patient?');
    response
      .writeHead(isSearch ? 200 : 404, { 'content-type': 'application/fhir+json' })
      .end(isSearch ? '{"resourceType":"Bundle","type":"searchset"}' : '{"resourceType":"OperationOutcome"}');
  });
  closers.push(server.close);
  const { test, accusations } = await checkUrl(server.fhirBaseUrl);
  expect(accusations).toEqual([]);
  expect(test('discovery/location')).toMatchObject({ outcome: 'skipped', why: 'undecided' });
});

it('decides nothing against a server that asks to be left alone', async () => {
  const busy = await serverWith((_, response) => void response.writeHead(429, { 'retry-after': '0' }).end());
  const { test, accusations } = await checkUrl(busy);
  expect(accusations).toEqual([]);
  expect(test('discovery/location')).toMatchObject({ outcome: 'skipped', why: 'undecided' });
});
