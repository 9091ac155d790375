import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../http/testing/closing.ts';
import { serveHttp, type TestServer } from '../http/testing/servers.ts';
import type { Returned } from './journey.ts';
import { createTestBrowser, driveOnce, html, journeyTo, type Page, redirect, servePages } from './testing/driving.ts';

const { browser } = createTestBrowser();
afterAll(() => browser.close());
afterEach(closeAll);

/** An app at its redirect URI, which is to be told nothing. */
const serveApp = (): Promise<TestServer> => serveHttp((_request, response) => response.end('the app'));

/** Ways to send a browser, from a page, to `to`. */
const ways: Readonly<Record<string, (to: string, origin: string) => Readonly<Record<string, Page>>>> = {
  'a redirect': (to) => ({ '/': redirect(to) }),
  'several redirects': (to) => ({ '/': redirect('/two'), '/two': redirect('/three'), '/three': redirect(to) }),
  'a script': (to) => ({ '/': `<script>location = ${JSON.stringify(to)}</script>` }),
  'a script that replaces': (to) => ({ '/': `<script>location.replace(${JSON.stringify(to)})</script>` }),
  'a meta refresh': (to) => ({ '/': `<meta http-equiv="refresh" content="0;url=${html(to)}">` }),
  'a link': (to) => ({ '/': `<a href="${html(to)}">on</a><script>document.links[0].click()</script>` }),
  'a link to a new page': (to) => ({
    '/': `<a target="_blank" rel="noopener" href="${html(to)}">on</a><script>document.links[0].click()</script>`,
  }),
  'a pop-up': (to) => ({ '/': `<script>open(${JSON.stringify(to)})</script>` }),
  'a pop-up that redirects': (to) => ({ '/': `<script>open('/popup')</script>`, '/popup': redirect(to) }),
  'a frame of the same site': (to) => ({ '/': '<iframe src="/inner"></iframe>', '/inner': redirect(to) }),
  'a frame of another site': (to, origin) => ({
    '/': `<iframe src="${origin.replace('127.0.0.1', 'localhost')}/inner"></iframe>`,
    '/inner': `<a href="${html(to)}">on</a><script>setTimeout(() => document.links[0].click(), 100)</script>`,
  }),
  'a frame in a frame of another site': (to, origin) => ({
    '/': `<iframe src="${origin.replace('127.0.0.1', 'localhost')}/inner"></iframe>`,
    '/inner': '<iframe src="/innermost"></iframe>',
    '/innermost': `<script>setTimeout(() => { location = ${JSON.stringify(to)} }, 100)</script>`,
  }),
  'a form by GET': (to) => ({
    '/': `<form action="${html(to.split('?')[0] ?? '')}">${[...new URL(to).searchParams]
      .map(([name, value]) => `<input name="${name}" value="${value}">`)
      .join('')}</form><script>document.forms[0].submit()</script>`,
  }),
};

function returned(outcome: unknown): Pick<Returned, 'method' | 'from'> & { readonly parameters: object } {
  expect(outcome).toMatchObject({ kind: 'returned' });
  const { method, from, parameters } = outcome as Returned;
  return { method, from, parameters: Object.fromEntries(parameters) };
}

test.for(Object.entries(ways))('catches what %s sends to the app', async ([way, pagesOf]) => {
  const app = await serveApp();
  const server = await servePages((origin) => pagesOf(`${app.origin}/callback?code=c0de&state=s1`, origin));
  const until = [`${app.origin}/callback`];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome)).toEqual({ method: 'GET', from: 'query', parameters: { code: 'c0de', state: 's1' } });
  expect(outcome).toMatchObject({ embedded: way.startsWith('a frame') });
  expect(app.arrived).toEqual([]);
});

test.for([
  ['of https on a host that is not there', 'https://app.example.org/callback'],
  ['with a query of its own', 'https://app.example.org/callback?tenant=a'],
  ['with the default port', 'https://app.example.org:443/callback'],
  ['in capitals', 'HTTPS://APP.example.org/callback'],
  ['of another scheme', 'com.example.app:/callback'],
  ['of another scheme, with a host', 'com.example.app://callback'],
  ['of another port', 'http://localhost:1/callback'],
] as const)('catches a redirect URI %s', async ([, redirectUri]) => {
  const to = new URL(redirectUri);
  to.searchParams.append('code', 'c0de');
  const server = await servePages(() => ({ '/': redirect(to.href) }));
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until: [redirectUri] }));
  expect(returned(outcome)).toMatchObject({ from: 'query', parameters: { code: 'c0de' } });
});

test.for([
  ['a script', (to: string) => `<script>location = ${JSON.stringify(to)}</script>`],
  ['a pop-up', (to: string) => `<script>open(${JSON.stringify(to)})</script>`],
  ['a frame', (to: string) => `<iframe src="${html(to)}"></iframe>`],
] as const)('catches what %s sends to another scheme', async ([, pageOf]) => {
  const server = await servePages(() => ({ '/': pageOf('com.example.app:/callback?code=c0de&state=s1') }));
  const until = ['com.example.app:/callback'];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/?state=s1`, { until }));
  expect(returned(outcome).parameters).toEqual({ code: 'c0de', state: 's1' });
});

test('reads a form that is posted', async () => {
  const app = await serveApp();
  const form = `<form method="post" action="${app.origin}/callback"><input name="code" value="a+b &amp; c"></form>`;
  const server = await servePages(() => ({ '/': `${form}<script>document.forms[0].submit()</script>` }));
  const until = [`${app.origin}/callback`];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome)).toEqual({ method: 'POST', from: 'form', parameters: { code: 'a+b & c' } });
  expect(app.arrived).toEqual([]);
});

test('reads a form that a redirect passes on', async () => {
  const app = await serveApp();
  const form = '<form method="post" action="/on"><input name="code" value="c0de"></form>';
  const server = await servePages(() => ({
    '/': `${form}<script>document.forms[0].submit()</script>`,
    '/on': (response) => response.writeHead(307, { location: `${app.origin}/callback` }).end(),
  }));
  const until = [`${app.origin}/callback`];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome)).toEqual({ method: 'POST', from: 'form', parameters: { code: 'c0de' } });
  expect(app.arrived).toEqual([]);
});

test('reads the fragment where the query answers nothing', async () => {
  const app = await serveApp();
  const server = await servePages(() => ({ '/': redirect(`${app.origin}/callback?tenant=a#code=c0de&state=s1`) }));
  const until = [`${app.origin}/callback?tenant=a`];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome)).toEqual({ method: 'GET', from: 'fragment', parameters: { code: 'c0de', state: 's1' } });
  expect(app.arrived).toEqual([]);
});

test('goes on to other paths of the app’s host', async () => {
  const app = await servePages((origin) => ({
    '/callback/login': `<script>location = '${origin}/callback?code=c0de'</script>`,
  }));
  const server = await servePages(() => ({ '/': redirect(`${app.origin}/callback/login`) }));
  const until = [`${app.origin}/callback`];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome).parameters).toEqual({ code: 'c0de' });
  expect(app.arrived.map(({ url }) => url).filter((url) => url !== '/favicon.ico')).toEqual(['/callback/login']);
});

test('keeps from the app what is no navigation, and what comes when the journey is over', async () => {
  const app = await serveApp();
  const to = `${app.origin}/callback?code=c0de`;
  const server = await servePages((origin) => ({
    '/': `<link rel="prefetch" href="${to}"><img src="${to}"><script>
      fetch('${to}', { mode: 'no-cors' }).catch(() => {});
      navigator.sendBeacon('${to}', 'x');
      new Worker(URL.createObjectURL(new Blob(["fetch('${to}', { mode: 'no-cors' })"])));
      new SharedWorker(URL.createObjectURL(new Blob(["fetch('${to}', { mode: 'no-cors' })"])));
      onpagehide = () => navigator.sendBeacon('${to}&late', 'x');
      setTimeout(() => { location = '${origin}/on' }, 300);
    </script>`,
    '/on': redirect(`${app.origin}/callback?code=right`),
  }));
  const session = await browser.openSession();
  const until = [`${app.origin}/callback`];
  const outcome = await session.drive(journeyTo(`${server.origin}/`, { until }));
  expect(returned(outcome).parameters).toEqual({ code: 'right' });
  await session.close();
  expect(app.arrived).toEqual([]);
});

test('keeps from the app for ever what a journey waited for once', async () => {
  const app = await serveApp();
  const server = await servePages(() => ({ '/': redirect(`${app.origin}/callback?code=c0de`) }));
  const session = await browser.openSession();
  const until = [`${app.origin}/callback`];
  expect(returned(await session.drive(journeyTo(`${server.origin}/`, { until }))).parameters).toEqual({ code: 'c0de' });
  const elsewhere = await session.drive(journeyTo(`${server.origin}/`, { until: [`${app.origin}/launch`] }));
  expect(elsewhere).toMatchObject({
    cause: 'stuck',
    message: `the browser was sent to ${app.origin}/callback, not to where this request goes back to`,
  });
  await session.close();
  expect(app.arrived).toEqual([]);
});

test('takes what an earlier journey sends once more for no answer to the next', async () => {
  const app = await serveApp();
  const server = await servePages(() => {
    const again = `const go = () => location.replace('${app.origin}/callback?state=s1&code=first'); setInterval(go, 50)`;
    return {
      '/one': `<p>Redirecting…</p><script>${again}</script>`,
      // Nobody knows whose a page is that was opened by nobody.
      '/lone': `<script>open('/one', '_blank', 'noopener'); setTimeout(() => open('/one'), 100)</script>`,
      '/two': (response) => {
        const answer = () => response.writeHead(302, { location: `${app.origin}/callback?state=s2&code=second` }).end();
        setTimeout(answer, 500);
      },
    };
  });
  for (const first of ['/one', '/lone']) {
    const session = await browser.openSession();
    const until = [`${app.origin}/callback`];
    const drive = (path: string) => session.drive(journeyTo(`${server.origin}${path}`, { until }));
    expect(returned(await drive(`${first}?state=s1`)).parameters).toMatchObject({ code: 'first' });
    expect(returned(await drive('/two?state=s2')).parameters).toEqual({ state: 's2', code: 'second' });
    await session.close();
  }
  expect(app.arrived).toEqual([]);
});

test('keeps apart journeys that run at once, with the same state, in sessions of their own and in one', async () => {
  const app = await serveApp();
  const server = await servePages((origin) => {
    const goLater = (code: string) =>
      `<script>setTimeout(() => { location = '${app.origin}/callback?state=s&code=${code}' }, 300)</script>`;
    const framed = (path: string) => `<iframe src="${path}"></iframe>`;
    const elsewhere = origin.replace('127.0.0.1', 'localhost');
    return {
      '/a': goLater('a'),
      '/b': framed('/b1'),
      '/b1': goLater('b'),
      '/c': framed(`${elsewhere}/c1`),
      '/c1': framed('/c2'),
      '/c2': goLater('c'),
      '/d': "<script>open('/d1')</script>",
      '/d1': goLater('d'),
      '/e': "<script>open('/e1', '_blank', 'noopener')</script>",
      '/e1': framed(`${elsewhere}/e2`),
      '/e2': goLater('e'),
    };
  });
  const [one, other] = await Promise.all([browser.openSession(), browser.openSession()]);
  const drive = (session: typeof one, path: string) =>
    session.drive(journeyTo(`${server.origin}${path}?state=s`, { until: [`${app.origin}/callback`] }));
  const paths = ['/a', '/b', '/c', '/d', '/e'];
  const outcomes = await Promise.all([one, other].flatMap((session) => paths.map((path) => drive(session, path))));
  const codes = ['a', 'b', 'c', 'd', 'e'];
  expect(outcomes.map((outcome) => returned(outcome).parameters)).toEqual(
    [...codes, ...codes].map((code) => ({ state: 's', code })),
  );
  expect(app.arrived).toEqual([]);
  await Promise.all([one.close(), other.close()]);
});

test('starts with a form, as the app would post it', async () => {
  const server = await servePages(() => ({ '/': redirect('https://app.example.org/callback?code=c0de') }));
  const form = new URLSearchParams({ submit: '"a" & <b>', scope: 'patient/*.rs ü' });
  const outcome = await driveOnce(browser, journeyTo('', { start: { url: `${server.origin}/?x=1&y=2`, form } }));
  expect(returned(outcome).parameters).toEqual({ code: 'c0de' });
  const [{ method, url, body, headers } = {}] = server.arrived;
  expect({ method, url, form: Object.fromEntries(new URLSearchParams(body)) }).toEqual({
    method: 'POST',
    url: '/?x=1&y=2',
    form: Object.fromEntries(form),
  });
  expect([headers?.origin, headers?.referer]).toEqual(['https://app.example.org', undefined]);
});
