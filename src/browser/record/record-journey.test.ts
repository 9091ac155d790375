import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright';
import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../../http/testing/closing.ts';
import { createChromium } from '../chromium.ts';
import type { Journey } from '../journey.ts';
import { journeyTo, redirect, servePages } from '../testing/driving.ts';
import { recordJourney, tryJourney } from './record-journey.ts';

const env = { PATH: process.env.PATH, SMART_CHECK_BROWSER: process.env.SMART_CHECK_BROWSER };
const chromium = createChromium({ headed: false, loopbackOnly: true, env });
afterAll(() => chromium.close());
afterEach(closeAll);

const options = { timeoutMs: 10_000, tls: { insecure: false }, env, signal: new AbortController().signal };
const back = 'https://app.example.org/callback?code=c0de';
const user = { username: 'ann', password: 'pass word 1', patientName: 'Ann Example' };

/** Somebody at the keyboard: acts on the page that is open, by trusted events. */
async function record(journey: Journey, person: (page: Page) => Promise<void>) {
  const { browser } = await chromium.run();
  const recording = recordJourney(chromium, journey, options);
  let page: Page | undefined;
  while (!page) {
    page = browser.contexts().flatMap((context) => context.pages())[0];
    await wait(20);
  }
  await page.waitForURL(/^http:/);
  await person(page);
  return recording;
}

test('what a person does becomes steps that do it again, and no secret stands in them', async () => {
  const server = await servePages(() => ({
    '/': `<form method="post" action="/in"><label>User name<input name="username"></label>
      <label for=p>Password</label><input id=p type="password" name="password"><button type=button aria-label="Show password">o</button>
      <select aria-label="Department" name="d"><option>One</option><option>Two</option></select>
      <label><input type="checkbox" name="terms"> I agree</label>
      <button>Sign in</button><a href="/forgot">Sign in help</a></form>`,
    '/in': redirect('/patients'),
    '/patients': `<input placeholder="Search patients"><table><tr onclick="location='/consent'"><td>Ann Example</td></tr><tr><td>Bob</td></tr></table>`,
    '/consent': '<h1>Ann Example</h1><iframe title="Consent" src="/inner"></iframe>',
    '/inner': `<a href="${back}" target="_top">Allow</a><a href="/no">Deny</a>`,
  }));
  const journey = journeyTo(`${server.origin}/`, { values: { user, data: {} } });
  const { outcome, steps } = await record(journey, async (page) => {
    await page.getByLabel('User name').pressSequentially('ann');
    await page.locator('#p').pressSequentially('pass word 1');
    await page.getByLabel('Department').press('ArrowDown');
    await page.getByLabel('I agree').check();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByPlaceholder('Search patients').pressSequentially('Ann Example');
    await page.getByText('Ann Example').click();
    await page.frameLocator('iframe').getByText('Allow').click();
  });
  expect(outcome).toMatchObject({ kind: 'returned' });
  expect(steps).toEqual([
    { fill: { label: 'User name', with: '{{user.username}}' } },
    { fill: { css: '#p', with: '{{user.password}}' } },
    { select: { label: 'Department', option: 'Two' } },
    { check: { label: 'I agree' } },
    { click: { role: 'button', name: 'Sign in' } },
    { fill: { placeholder: 'Search patients', with: '{{user.patientName}}' } },
    { click: { text: 'Ann Example' } },
    { frame: { css: 'iframe[title="Consent"]' } },
    { click: { role: 'link', name: 'Allow' } },
  ]);
  expect(JSON.stringify(steps)).not.toContain('pass word');
  const before = server.arrived.length;
  expect(await tryJourney(chromium, { ...journey, steps }, options)).toMatchObject({ kind: 'returned' });
  expect(server.arrived[before + 1]?.body ?? server.arrived.at(before + 2)?.body).toContain('username=ann');
});

test('Enter is a key, a label works its hidden box, and what is typed for secrets never leaves the page', async () => {
  const server = await servePages(() => ({
    '/': `<form action="/code"><input name="login" aria-label="Login"><input type="password" aria-label="Secret" onkeyup="this.type='text'"><button>Go</button></form>
      <style>.box { opacity: 0; width: 0; height: 0 }</style>`,
    '/code': `<form action="/end"><input autocomplete="one-time-code" aria-label="Code"><input class=box id=t type=checkbox style="width:0;height:0"><label for=t>Trust this device</label><button>Next</button></form>`,
    '/end': `<a href="${back}">Continue</a>`,
  }));
  const { outcome, steps, remarks } = await record(journeyTo(`${server.origin}/`), async (page) => {
    await page.getByLabel('Login').pressSequentially('someone');
    await page.getByLabel('Secret').pressSequentially('hunter2');
    await page.keyboard.press('Enter');
    await page.getByLabel('Code').pressSequentially('123456');
    await page.getByText('Trust this device').click();
    await page.getByText('Next').click();
    await page.getByText('Continue').click();
  });
  expect(outcome).toMatchObject({ kind: 'returned' });
  expect(steps).toEqual([
    { fill: { label: 'Login', with: '{{user.username}}' } },
    { fill: { label: 'Secret', with: '{{user.password}}' } },
    { press: { label: 'Secret', key: 'Enter' } },
    { fill: { label: 'Code', with: '{{user.oneTimePassword}}' } },
    { click: { text: 'Trust this device' } },
    { click: { role: 'button', name: 'Next' } },
    { click: { role: 'link', name: 'Continue' } },
  ]);
  expect(remarks.join()).toContain('one-time password');
  expect(JSON.stringify(steps)).not.toMatch(/hunter2|123456|someone/);
});

test('who presses twice what leads away has pressed it once, and what stays, twice', async () => {
  const server = await servePages(() => ({
    '/': '<button type=button onclick="this.dataset.times = 1">More</button><form action="/in" method="post"><button>Go</button></form>',
    '/in': (response) => {
      setTimeout(() => response.writeHead(302, { location: '/end' }).end(), 500);
    },
    '/end': `<a href="${back}">Continue</a>`,
  }));
  const { steps } = await record(journeyTo(`${server.origin}/`), async (page) => {
    for (const name of ['More', 'Go']) {
      const { x, y } = (await page.getByRole('button', { name }).boundingBox()) ?? { x: 0, y: 0 };
      for (let press = 0; press < 2; press += 1) {
        await page.mouse.click(x + 5, y + 5);
        await wait(100);
      }
    }
    await page.getByText('Continue').click();
  });
  expect(steps.map((step) => Object.values(step)[0])).toMatchObject(
    ['More', 'More', 'Go', 'Continue'].map((name) => ({ name })),
  );
});

test('a field without a name is not known by what was typed into it', async () => {
  const server = await servePages(() => ({
    '/': `<form action="/end"><input oninput="this.setAttribute('value', this.value)"><input type="password"
      oninput="this.setAttribute('value', this.value)"><button>Go</button></form>`,
    '/end': `<a href="${back}">Continue</a>`,
  }));
  const { outcome, steps } = await record(
    journeyTo(`${server.origin}/`, { values: { user, data: {} } }),
    async (page) => {
      await page.locator('input').first().pressSequentially('ann');
      await page.locator('[type=password]').pressSequentially('hunter2');
      await page.keyboard.press('Enter');
      await page.getByText('Continue').click();
    },
  );
  expect(outcome).toMatchObject({ kind: 'returned' });
  expect(JSON.stringify(steps)).not.toMatch(/ann"|hunter/);
  expect(steps).toMatchObject([
    { fill: { with: '{{user.username}}' } },
    { fill: { css: 'input[type="password"]', with: '{{user.password}}' } },
    { press: { css: 'input[type="password"]', key: 'Enter' } },
    { click: { role: 'link', name: 'Continue' } },
  ]);
});
