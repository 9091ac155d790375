import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Exchange } from '../kit/index.ts';
import { type Chromium, startChromium } from './chromium.ts';
import { createBrowser } from './create-browser.ts';
import type { AuthorizeBrowser, Journey } from './journey.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What stands at the redirect URI; it must never be asked. */
let app: { server: Server; origin: string; asked: string[] };
let ehr: { server: Server; origin: string; asked: string[] };
let handle: Handler;
let chromium: Promise<Chromium>;
let browser: AuthorizeBrowser;
let exchanges: Exchange[];

beforeAll(async () => {
  chromium = startChromium({ loopbackOnly: true, env: process.env });
  app = await listen((_, response) => response.end('the app got it'));
  ehr = await listen((request, response) => handle(request, response));
  let count = 0;
  browser = createBrowser({
    chromium,
    timeoutMs: 1500,
    insecure: false,
    env: {},
    nextId: () => {
      count += 1;
      return `x${count}`;
    },
    record: (exchange) => exchanges.push(exchange),
  });
});
afterAll(async () => {
  await (await chromium).close();
  app.server.close();
  ehr.server.close();
});
afterEach(() => {
  app.asked.length = 0;
  ehr.asked.length = 0;
});

async function listen(handler: Handler) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const page =
  (html: string): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>EHR</title>${html}`);
  };

const redirect =
  (location: string): Handler =>
  (_, response) => {
    response.writeHead(302, { location });
    response.end();
  };

/** Nobody acts on the pages: what they do, they do alone. */
async function travel(changes: Partial<Journey> = {}) {
  exchanges = [];
  const session = await browser.openSession();
  try {
    return await session.drive({
      start: { url: `${ehr.origin}/authorize` },
      until: [`${app.origin}/callback`],
      pick: {},
      consent: 'approve',
      drive: 'steps',
      steps: [],
      values: {},
      ...changes,
    });
  } finally {
    await session.close();
  }
}

describe('a code never reaches the app', () => {
  const ways: readonly (readonly [string, () => Handler])[] = [
    ['by a redirect', () => redirect(`${app.origin}/callback?code=c0de&state=st`)],
    [
      'by a chain of redirects',
      () => (request, response) =>
        redirect(request.url === '/authorize' ? '/second' : `${app.origin}/callback?code=c0de&state=st`)(
          request,
          response,
        ),
    ],
    ['by a script', () => page(`<script>location.href = '${app.origin}/callback?code=c0de&state=st'</script>`)],
    [
      'by a refresh',
      () => page(`<meta http-equiv="refresh" content="0;url=${app.origin}/callback?code=c0de&amp;state=st">`),
    ],
    ['in a frame', () => page(`<iframe src="${app.origin}/callback?code=c0de&amp;state=st"></iframe>`)],
    [
      'in a frame of another site',
      () => (request, response) =>
        request.url === '/authorize'
          ? page(`<iframe src="${ehr.origin.replace('127.0.0.1', 'localhost')}/framed"></iframe>`)(request, response)
          : redirect(`${app.origin}/callback?code=c0de&state=st`)(request, response),
    ],
    ['in a pop-up', () => page(`<script>window.open('${app.origin}/callback?code=c0de&state=st')</script>`)],
  ];
  test.each(ways)('%s', async (_, handler) => {
    handle = handler();
    const outcome = await travel();
    expect(outcome).toMatchObject({ kind: 'returned', method: 'GET', from: 'query' });
    if (outcome.kind === 'returned') expect(outcome.parameters.get('code')).toBe('c0de');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(app.asked).toEqual([]);
  });

  test('in a form that sends itself', async () => {
    handle = page(
      `<form method="post" action="${app.origin}/callback"><input name="code" value="c0de"></form>
      <script>document.forms[0].submit()</script>`,
    );
    const outcome = await travel();
    expect(outcome).toMatchObject({ kind: 'returned', method: 'POST', from: 'form' });
    if (outcome.kind === 'returned') expect(outcome.parameters.get('code')).toBe('c0de');
    expect(app.asked).toEqual([]);
  });

  test('in a fragment', async () => {
    handle = redirect(`${app.origin}/callback#code=c0de&state=st`);
    const outcome = await travel();
    expect(outcome).toMatchObject({ kind: 'returned', from: 'fragment' });
    if (outcome.kind === 'returned') expect(outcome.parameters.get('code')).toBe('c0de');
  });

  test.each([
    'https://app.example.org/callback',
    'https://app.example.org:8443/callback?tenant=a',
    'org.example.app:/callback',
    'org.example.app://callback/here',
    'http://LOCALHOST:80/callback',
  ])('at %s', async (redirectUri) => {
    const target = new URL(redirectUri);
    target.searchParams.set('code', 'c0de');
    handle = redirect(target.href);
    const outcome = await travel({ until: [redirectUri] });
    expect(outcome).toMatchObject({ kind: 'returned' });
    if (outcome.kind === 'returned') expect(outcome.parameters.get('code')).toBe('c0de');
  });

  test('nor does a script that follows the redirect take it there', async () => {
    handle = (request, response) =>
      request.url === '/authorize'
        ? page('<script>fetch("/consent").catch(() => {})</script>')(request, response)
        : redirect(`${app.origin}/callback?code=c0de`)(request, response);
    expect(await travel()).toMatchObject({ kind: 'stopped' });
    expect(app.asked).toEqual([]);
  });
});

test('another path of the app is not the redirect URI', async () => {
  handle = redirect(`${app.origin}/elsewhere?code=c0de`);
  expect(await travel()).toMatchObject({ kind: 'stopped', cause: 'stuck' });
  expect(app.asked[0]).toBe('GET /elsewhere?code=c0de');
});

test('journeys made at once in one context keep apart, also with the same state', async () => {
  exchanges = [];
  handle = (request, response) => {
    const { searchParams } = new URL(request.url ?? '', ehr.origin);
    setTimeout(
      () => redirect(`${app.origin}/callback?state=same&code=${searchParams.get('n')}`)(request, response),
      Math.random() * 100,
    );
  };
  const session = await browser.openSession();
  const outcomes = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      session.drive({
        start: { url: `${ehr.origin}/authorize?n=${n}` },
        until: [`${app.origin}/callback`],
        pick: {},
        consent: 'approve',
        drive: 'steps',
        steps: [],
        values: {},
      }),
    ),
  );
  await session.close();
  const codes = outcomes.map((outcome) => outcome.kind === 'returned' && outcome.parameters.get('code'));
  expect(codes).toEqual(['1', '2', '3', '4']);
});

test('a request may begin with a form', async () => {
  let body = '';
  handle = (request, response) => {
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => redirect(`${app.origin}/callback?code=c0de`)(request, response));
  };
  const form = new URLSearchParams({ state: 'a+b %2B&="é\n', scope: 'launch/patient' });
  const outcome = await travel({ start: { url: `${ehr.origin}/authorize`, form } });
  expect(outcome.kind).toBe('returned');
  expect(new URLSearchParams(body).get('scope')).toBe('launch/patient');
  expect(new URLSearchParams(body).get('state')?.replace('\r\n', '\n')).toBe('a+b %2B&="é\n');
});

describe('a journey that goes wrong stops with its cause', () => {
  const wrongs: readonly [cause: string, handler: Handler, changes: Partial<Journey>][] = [
    ['redirect-loop', (_, response) => redirect('/authorize')(_, response), {}],
    ['network', (request) => request.socket.destroy(), {}],
    ['timeout', () => undefined, {}],
    [
      'download',
      (_, response) => {
        response.writeHead(200, {
          'content-type': 'application/octet-stream',
          'content-disposition': 'attachment; filename="token.bin"',
        });
        response.end('data');
      },
      {},
    ],
    ['stuck', page('<p>Nothing to do here</p>'), {}],
    ['no-such-step', page('<p>No button</p>'), { steps: [{ click: { role: 'button', name: 'Sign in' } }] }],
  ];
  test.each(wrongs)('%s', async (cause, handler, changes) => {
    handle = handler;
    const outcome = await travel(changes);
    expect(outcome).toMatchObject({ kind: 'stopped', cause });
  });

  test('a dialog is dismissed and said', async () => {
    handle = page('<script>alert("Invalid Client ID")</script>');
    expect(await travel()).toMatchObject({ kind: 'stopped', message: expect.stringContaining('Invalid Client ID') });
  });
});

test('what the browser exchanged is recorded', async () => {
  handle = (request, response) =>
    redirect(request.url === '/authorize' ? '/second' : `${app.origin}/callback?code=c0de`)(request, response);
  const outcome = await travel();
  expect(outcome.exchanges.map(({ request, response }) => [request.url, response?.status])).toEqual([
    [`${ehr.origin}/authorize`, 302],
    [`${ehr.origin}/second`, 302],
  ]);
  expect(outcome.exchanges[1]?.response?.headers.location).toBe(`${app.origin}/callback?code=c0de`);
  expect(exchanges).toHaveLength(2);
});
