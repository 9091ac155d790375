import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createHttpClient } from '../../http/create-http-client.ts';
import { closeAll } from '../../http/testing/closing.ts';
import { serveHttp } from '../../http/testing/servers.ts';
import type { Journey } from '../journey.ts';
import { html, journeyTo } from '../testing/driving.ts';
import { createPlainBrowser } from './create-plain-browser.ts';

const http = createHttpClient({ timeoutMs: 5000, insecure: false, record: () => undefined, userAgent: 'test' });
afterEach(closeAll);
afterAll(() => http.close());

const callback = 'https://app.example.org/callback';
const user = { username: 'ann', password: 's3cret' };
type Answer = readonly [status: number, headers: Readonly<Record<string, string>>, body?: string];

/** Serves answers by path, and keeps what was asked. */
async function serve(answers: Readonly<Record<string, Answer>>) {
  const asked: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const { origin } = await serveHttp((request, response, { body }) => {
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    const [status, headers, page] = answers[new URL(request.url ?? '/', 'http://x').pathname] ?? [404, {}];
    response.writeHead(status, headers).end(page);
  });
  return { origin, asked };
}

async function drive(url: string, others: Partial<Journey> = {}) {
  const session = await createPlainBrowser({ http }).openSession();
  return session.drive(journeyTo(url, { drive: 'auto', user, ...others }));
}

const form = (action: string, content: string, method = 'post') =>
  [
    200,
    { 'content-type': 'text/html', 'set-cookie': 'sid=1; SameSite=Lax' },
    `<body><form method="${method}" action="${html(action)}">${content}</form>`,
  ] as const;
const signIn = form(
  '/in',
  '<input name="username" type="text"><input name="password" type="password"><button>Go</button>',
);
const to = (location: string): Answer => [303, { location }];

test('signs in, picks and consents, and never asks the app', async () => {
  const { origin, asked } = await serve({
    '/': to('/login'),
    '/login': signIn,
    '/in': form('/picked', '<button name="patient" value="p1">x</button><button name="patient" value="p2">y</button>'),
    '/picked': form(
      '/done?a=1&b=2',
      `<input type="hidden" name="step" value="consent"><input type="checkbox" name="scope" value="openid" checked>
      <input type="checkbox" name="scope" value="patient&#x2F;*.rs" checked>
      <button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>`,
    ),
    '/done': to(`${callback}?code=c&state=s`),
  });
  const outcome = await drive(`${origin}/`, { pick: { patient: 'p2' }, consent: { withhold: ['openid'] } });
  expect(outcome).toMatchObject({ kind: 'returned', from: 'query', url: `${callback}?code=c&state=s` });
  expect(asked.map(({ line, body }) => [line, body])).toEqual([
    ['GET /', ''],
    ['GET /login', ''],
    ['POST /in', 'username=ann&password=s3cret'],
    ['POST /picked', 'patient=p2'],
    ['POST /done?a=1&b=2', 'step=consent&scope=patient%2F*.rs&decision=allow'],
  ]);
  expect(asked.at(-1)?.headers).toMatchObject({ cookie: 'sid=1', origin });
  expect(outcome.exchanges).toHaveLength(5);
});

test('follows a frame, and says that the app is in one', async () => {
  const framed = '<iframe src="/inner?a=1&amp;b=2" title="App"></iframe>';
  const { origin, asked } = await serve({
    '/': [200, { 'content-type': 'text/html' }, framed],
    '/inner': to(`${callback}?launch=l`),
    '/bare': to(`${callback}?launch=l`),
  });
  expect(await drive(`${origin}/`)).toMatchObject({ kind: 'returned', embedded: true });
  expect(asked.map(({ line }) => line)).toEqual(['GET /', 'GET /inner?a=1&b=2']);
  expect(await drive(`${origin}/bare`)).toMatchObject({ kind: 'returned', embedded: false });
});

test('holds the form that gives consent', async () => {
  const { origin, asked } = await serve({ '/': form('/done', '<button name="decision" value="allow">Allow</button>') });
  const outcome = await drive(`${origin}/`, { holdsConsent: true });
  expect(outcome).toMatchObject({ kind: 'returned', from: 'consent', url: `${origin}/done`, method: 'POST' });
  expect(asked).toHaveLength(1);
});

test('denies where it is to', async () => {
  const { origin, asked } = await serve({
    '/': form(
      '/done',
      '<button name="decision" value="allow">y</button><button name="decision" value="deny">n</button>',
    ),
    '/done': to(`${callback}?error=access_denied`),
  });
  const outcome = await drive(`${origin}/`, { consent: 'deny' });
  expect(outcome.kind === 'returned' && outcome.parameters.get('error')).toBe('access_denied');
  expect(asked.at(-1)?.body).toBe('decision=deny');
});

test('tries a password once', async () => {
  const { origin, asked } = await serve({ '/': signIn, '/in': signIn });
  expect(await drive(`${origin}/`)).toMatchObject({ kind: 'stopped', cause: 'wrong-credentials' });
  expect(asked.filter(({ line }) => line.startsWith('POST'))).toHaveLength(1);
});

test('a form of another site brings no cookies but those meant for it, and has the origin of the app', async () => {
  const { origin, asked } = await serve({
    '/a': form('/b', '<button>Go</button>'),
    '/b': to(callback),
    '/c': to(callback),
  });
  const session = await createPlainBrowser({ http }).openSession();
  await session.drive(journeyTo(`${origin}/a`, { drive: 'auto' }));
  await session.drive(journeyTo(`${origin}/c`, { start: { url: `${origin}/c`, form: new URLSearchParams('x=1') } }));
  expect(asked.map(({ line, headers }) => [line, headers.cookie, headers.origin])).toEqual([
    ['GET /a', undefined, undefined],
    ['POST /b', 'sid=1', origin],
    ['POST /c', undefined, 'https://app.example.org'],
  ]);
});

test.each<[string, string, Partial<Journey>, unknown]>([
  [
    'an error page',
    '/error',
    {},
    { cause: 'error-page', lastStatus: 400, message: expect.stringContaining('says "No & no"') },
  ],
  ['a page without a form', '/text', {}, { cause: 'stuck' }],
  ['redirects without end', '/loop', {}, { cause: 'redirect-loop' }],
  ['another host', '/away', {}, { cause: 'network' }],
  ['a page that is only to be looked at', '/form', { looksOnly: true }, { cause: 'stuck' }],
  ['pages that come back', '/form', {}, { cause: 'stuck' }],
])('stops at %s', async (_what, path, others, expected) => {
  const { origin } = await serve({
    '/error': [400, {}, '<body><p>No &amp; no</p>'],
    '/text': [200, {}, 'hello'],
    '/loop': to('/loop'),
    '/away': to('https://ehr.example.org/'),
    '/form': form('/form', '<button>Go</button>'),
  });
  expect(await drive(`${origin}${path}`, others)).toMatchObject({ kind: 'stopped', ...Object(expected) });
});

test('is caught at an address of another scheme', async () => {
  const { origin } = await serve({ '/': to('com.example.app:/back?code=c') });
  expect(await drive(`${origin}/`, { until: ['com.example.app:/back'] })).toMatchObject({
    kind: 'returned',
    url: 'com.example.app:/back?code=c',
  });
});
