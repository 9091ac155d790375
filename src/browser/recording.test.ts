import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../http/testing/closing.ts';
import { serveHttp } from '../http/testing/servers.ts';
import { createTestBrowser, driveOnce, journeyTo, redirect, servePages } from './testing/driving.ts';

const { browser, reported } = createTestBrowser({ screenshots: true });
afterAll(() => browser.close());
afterEach(async () => {
  reported.length = 0;
  await closeAll();
});

const code = 'c0de-that-nobody-may-read';

test('records what the pages send and receive, each redirect of its own', async () => {
  const server = await servePages(() => ({
    '/': redirect('/login'),
    '/login': `<img src="/picture"><script>
      fetch('/api', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' })
        .then(() => { location = '/done'; });
    </script>`,
    '/picture': 'no picture',
    '/api': (response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"b":2}'),
    '/done': redirect(`https://app.example.org/callback?code=${code}&state=s1`),
  }));
  const { exchanges } = await driveOnce(browser, journeyTo(`${server.origin}/?state=s1`));
  expect(exchanges.map(({ by, request, response }) => [by, request.method, request.url, response?.status])).toEqual([
    ['browser', 'GET', `${server.origin}/?state=s1`, 302],
    ['browser', 'GET', `${server.origin}/login`, 200],
    ['browser', 'POST', `${server.origin}/api`, 201],
    ['browser', 'GET', `${server.origin}/done`, 302],
  ]);
  const [start, login, api, done] = exchanges;
  expect(login?.redirectedFrom).toEqual([start?.id]);
  expect([api?.request.body, api?.response?.body]).toEqual(['{"a":1}', '{"b":2}']);
  expect(done?.response?.headers.location).toContain(code);
  expect(reported.map(({ id }) => id)).toEqual(exchanges.map(({ id }) => id));
  expect(reported.at(-1)?.response?.headers.location).toMatch(
    /^https:\/\/app\.example\.org\/callback\?code=‹code [0-9a-f]{4}›&state=s1$/,
  );
  expect(JSON.stringify(reported)).not.toContain(code);
});

test('reports a code that is posted as redacted', async () => {
  const form = `<form method="post" action="https://app.example.org/callback"><input type="hidden" name="code" value="${code}">`;
  const server = await servePages(() => ({ '/': `${form}</form><script>document.forms[0].submit()</script>` }));
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(outcome).toMatchObject({ kind: 'returned', from: 'form' });
  expect(reported).toHaveLength(1);
  expect(JSON.stringify(reported)).not.toContain(code);
});

test('records the form that is signed in with, the password redacted', async () => {
  const server = await servePages(() => ({
    '/': `<form method="post" action="/in"><input name="username" value="ann"><input type="password" name="password"
      value="pass word 1"></form><script>document.forms[0].submit()</script>`,
    '/in': redirect('https://app.example.org/callback?code=1'),
  }));
  const { exchanges } = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(exchanges.at(-1)?.request.body).toBe('username=ann&password=pass+word+1');
  expect(reported.at(-1)?.request.body).toMatch(/^username=ann&password=‹password [0-9a-f]{4}›$/);
});

test('keeps no more of a body than a report may hold', async () => {
  const server = await servePages(() => ({ '/': `<p>${'x'.repeat(1_000_000)}</p>` }));
  const steps = [{ goto: 'https://app.example.org/callback?code=1' }];
  const { exchanges } = await driveOnce(browser, journeyTo(`${server.origin}/`, { steps }));
  expect(exchanges[0]?.response).toMatchObject({ truncated: true, bodyBytes: expect.any(Number) });
  expect(exchanges[0]?.response?.bodyBytes).toBeGreaterThan(1_000_000);
  expect(exchanges[0]?.response?.body.length).toBe(131_072);
  expect(reported[0]?.response?.body.length).toBe(65_536);
});

test('records what was never answered', async () => {
  const { browser, reported } = createTestBrowser({ timeoutMs: 500 });
  const server = await serveHttp(() => {});
  const { exchanges } = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(exchanges).toMatchObject([{ response: null, error: { kind: 'interrupted' } }]);
  expect(reported).toHaveLength(1);
  await browser.close();
});

test('takes a picture of each step and of the end, a dozen at most, and none unless asked', async () => {
  const fields = Array.from({ length: 14 }, (_, n) => `<label>Field ${n}<input></label>`);
  const server = await servePages(() => ({
    '/': `${fields.join('')}<a href="https://app.example.org/callback">Go</a>`,
  }));
  const fills = fields.map((_, n) => ({ fill: { label: `Field ${n}`, with: '{{user.password}}' } }));
  const journey = (few: number) =>
    journeyTo(`${server.origin}/`, {
      steps: [...fills.slice(0, few), { click: { text: 'Go' } }],
      values: { user: { password: 'pass word 1' } },
    });
  const { strip } = await driveOnce(browser, journey(2));
  expect(strip.map(({ title }) => title)).toEqual([
    'step 1: fill label "Field 0" with {{user.password}}',
    'step 2: fill label "Field 1" with {{user.password}}',
    'the end',
  ]);
  // JPEG begins with FF D8 FF.
  expect(
    strip.every(({ jpeg }) =>
      Buffer.from(jpeg ?? [])
        .toString('hex')
        .startsWith('ffd8ff'),
    ),
  ).toBe(true);
  expect((await driveOnce(browser, journey(14))).strip.filter(({ jpeg }) => jpeg)).toHaveLength(12);
  const quiet = createTestBrowser();
  expect((await driveOnce(quiet.browser, journey(2))).strip.every(({ jpeg }) => jpeg === null)).toBe(true);
  await quiet.browser.close();
});

test('shows nothing of fields that hold secrets, in frames neither', async () => {
  const pictureOf = async (value: string, kinds: readonly string[]) => {
    const fields = kinds.map((attributes, n) => `<label>Field ${n}<input ${attributes}></label>`).join('');
    const page = `<style>*{caret-color:transparent}</style>${fields}`;
    const server = await servePages(() => ({ '/': `${page}<iframe srcdoc='${page}'></iframe>` }));
    const fills = kinds.map((_, n) => ({ fill: { label: `Field ${n}`, with: value } }));
    const steps = [...fills, { frame: { css: 'iframe' } }, ...fills];
    const journey = journeyTo(`${server.origin}/`, { steps: [...steps, { goto: 'https://app.example.org/callback' }] });
    const { strip } = await driveOnce(browser, journey);
    return Buffer.from(strip[steps.length - 1]?.jpeg ?? []).toString('base64');
  };
  const secret = ['type="password"', 'type="text" autocomplete="one-time-code"', 'type="text" name="password"'];
  expect(await pictureOf('short', secret)).toBe(await pictureOf('a longer one', secret));
  expect(await pictureOf('short', ['type="text"'])).not.toBe(await pictureOf('a longer one', ['type="text"']));
});

test('records answers without a body', async () => {
  const server = await servePages(() => ({
    '/': `<script>(async () => {
      for (const path of ['/204', '/205', '/empty']) await fetch(path, { method: path === '/empty' ? 'HEAD' : 'POST' });
      location = 'https://app.example.org/callback?code=1';
    })()</script>`,
    '/204': (response) => response.writeHead(204).end(),
    '/205': (response) => response.writeHead(205).end(),
    '/empty': (response) => response.writeHead(200, { 'content-type': 'text/html', 'content-length': '9' }).end(),
  }));
  const { exchanges } = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(exchanges.slice(1).map(({ response, error }) => [response?.status, response?.body, error])).toEqual([
    [204, '', null],
    [205, '', null],
    [200, '', null],
  ]);
});
