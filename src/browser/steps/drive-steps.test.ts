import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../../http/testing/closing.ts';
import { createTestBrowser, driveOnce, journeyTo, redirect, servePages } from '../testing/driving.ts';

const { browser } = createTestBrowser({ timeoutMs: 2500 });
afterAll(() => browser.close());
afterEach(closeAll);

const back = 'https://app.example.org/callback?code=c0de';
const values = { user: { username: 'ann', password: 'pass word' }, data: { patient: 'pat-1' } };

test('does every kind of step, with every kind of locator', async () => {
  const server = await servePages(() => ({
    '/': 'the wrong page',
    '/login': `<form method="post" action="/in">
      <label>User name<input name="username"></label>
      <input placeholder="Your password" type="password" name="password">
      <select data-testid="department" name="department"><option value="d1">One</option><option value="d2">Two</option></select>
      <input type="checkbox" name="terms" id="terms"><label for="terms">I agree</label>
      <input type="checkbox" name="news" checked class="news">
      <button name="button" value="late" hidden>Sign in</button>
      </form><script>setTimeout(() => { document.querySelector('button').hidden = false; }, 300)</script>`,
    '/in': redirect('/consent'),
    '/consent': '<iframe title="Consent" src="/inner"></iframe>',
    '/inner': `<a href="${back}" target="_top">Allow ann</a>`,
  }));
  const steps = [
    { goto: `${server.origin}/login?patient={{data.patient}}` },
    { fill: { label: 'User name', with: '{{user.username}}' } },
    { fill: { placeholder: 'Your password', with: '{{ user.password }}' } },
    { select: { testId: 'department', option: 'Two' } },
    { check: { label: 'I agree' } },
    { uncheck: { css: '.news' } },
    { click: { role: 'button', name: 'sign in' } },
    { waitFor: { css: 'iframe' } },
    { frame: { css: 'iframe' } },
    { press: { text: 'Allow {{user.username}}', key: 'Enter' } },
  ];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { steps, values }));
  expect(outcome).toMatchObject({ kind: 'returned' });
  const arrived = server.arrived.filter(({ url }) => url !== '/favicon.ico');
  expect(arrived.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /',
    'GET /login?patient=pat-1',
    'POST /in',
    'GET /consent',
    'GET /inner',
  ]);
  expect(arrived[2]?.body).toBe('username=ann&password=pass+word&department=d2&terms=on&button=late');
});

test('acts in a pop-up, and on its opener again when that has closed', async () => {
  const server = await servePages(() => ({
    '/': `<button onclick="window.open('/popup')">Sign in</button><a href="${back}">Continue</a>`,
    '/popup': '<button onclick="window.close()">Done</button>',
  }));
  const steps = [{ click: { text: 'Sign in' } }, { click: { text: 'Done' } }, { click: { text: 'Continue' } }];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { steps }));
  expect(outcome).toMatchObject({ kind: 'returned' });
});

test('says which step has no element, and on which page', async () => {
  const server = await servePages(() => ({ '/': '<button>Sign in</button><button hidden>Log in</button>' }));
  const steps = [{ click: { text: 'Sign in' } }, { click: { text: 'Log in' } }];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/?secret=1`, { steps }));
  expect(outcome).toMatchObject({
    cause: 'no-such-step',
    message: `step 2 of 2 (click text "Log in"): its element was not to be seen within 2.5 s, on ${server.origin}/`,
  });
});

test('says which value a step lacks', async () => {
  const server = await servePages(() => ({ '/': '<label>Code<input></label>' }));
  const steps = [{ fill: { label: 'Code', with: '{{user.nothing}}' } }];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { steps, values }));
  expect(outcome).toMatchObject({ cause: 'no-such-step' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('{{user.nothing}} has no value'));
});

test('says what is shown when all is done and it was not sent back', async () => {
  const server = await servePages(() => ({ '/': '<button>Sign in</button>' }));
  const steps = [{ click: { text: 'Sign in' } }];
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`, { steps }));
  expect(outcome).toMatchObject({
    cause: 'stuck',
    message: `all 1 steps were done, and the browser was not sent back to the app; it shows "A page" at ${server.origin}/`,
  });
});

test('passes over a page that is left out at the first visit already', async () => {
  const patient = createTestBrowser({ timeoutMs: 6000 }).browser;
  const server = await servePages(() => ({ '/': `<a href="${back}">Allow</a>` }));
  const steps = [{ click: { css: 'button[value="enc-1"]' } }, { click: { text: 'Allow' } }];
  expect(await driveOnce(patient, journeyTo(`${server.origin}/`, { steps }))).toMatchObject({ kind: 'returned' });
  await patient.close();
});

test('tells an error page from a page that lacks an element', async () => {
  const server = await servePages(() => ({ '/': (response) => response.writeHead(400).end('unknown client') }));
  const steps = [{ click: { text: 'Sign in' } }];
  expect(await driveOnce(browser, journeyTo(`${server.origin}/`, { steps }))).toMatchObject({
    cause: 'error-page',
    lastStatus: 400,
    message: expect.stringContaining('an error page: the server answered 400'),
  });
});

test('passes over pages that are not shown again, in a session that has come back before', async () => {
  const server = await servePages(() => ({
    '/first': '<label>User name<input></label><a href="/consent">Sign in</a>',
    '/consent': `<a href="${back}">Allow</a>`,
  }));
  const steps = [
    { fill: { label: 'User name', with: '{{user.username}}' } },
    { click: { text: 'Sign in' } },
    { click: { text: 'Allow' } },
  ];
  const session = await browser.openSession();
  const drive = (path: string) => session.drive(journeyTo(`${server.origin}${path}`, { steps, values }));
  expect(await drive('/consent')).toMatchObject({ cause: 'no-such-step' });
  expect(await drive('/first')).toMatchObject({ kind: 'returned' });
  expect(await drive('/consent')).toMatchObject({ kind: 'returned' });
  await session.close();
});
