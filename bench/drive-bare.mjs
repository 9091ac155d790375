/**
 * What a script by hand would be: Playwright alone, with the selectors of the reference server's pages in it, goes
 * through the launches that the self-test's browser went through, in as many contexts and as many at once. It looks at
 * nothing, records nothing and judges nothing.
 */
import { readFileSync } from 'node:fs';

const built = (name) => import(new URL(`../build/${name}`, import.meta.url).href);
const { origin, most, journeys } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [{ startServer }, { launchChromium }, { totp }] = await Promise.all([
  built('src/server/index.js'),
  built('src/browser/launch-chromium.js'),
  built('src/server/totp.js'),
]);
const server = await startServer({ https: true });
const { users } = server.configuration();
// The same binary with the same flags as in the self-test.
const browser = await launchChromium({ headed: false, loopbackOnly: false, light: true, env: process.env });
const launches = new Map();
const counts = {};

/** What was written down of the other server, in terms of this one. */
const here = (text) => {
  let said = text
    .replaceAll(origin, server.origin)
    .replaceAll(encodeURIComponent(origin), encodeURIComponent(server.origin));
  for (const [before, now] of launches) said = said.replaceAll(before, now);
  return said;
};

const known = (username) => Object.values(users).find((user) => user.username === username);

async function drive(context, journey) {
  const page = await context.newPage();
  const returned = new Promise((resolve) => {
    page.on('request', (request) => {
      if (request.isNavigationRequest() && journey.until.some((url) => request.url().startsWith(here(url))))
        resolve(request.url());
    });
  });
  const landed = () => new Promise((resolve) => page.once('domcontentloaded', () => resolve(null)));
  const act = async (action) => {
    const next = Promise.race([returned, landed()]);
    await action();
    return next;
  };
  const { url, form: sent, ends, pick, consent, user, launch } = journey;
  let caught = await act(async () => {
    if (!sent) return page.goto(here(url)).catch(() => null);
    const fields = sent.map(
      ([name, value]) => `<input name="${name}" value="${here(value).replaceAll('"', '&quot;')}">`,
    );
    await page.setContent(`<form method="post" action="${here(url)}">${fields.join('')}</form>`);
    const posted = landed();
    await page.evaluate(() => document.forms[0].submit());
    return Promise.race([posted, returned]);
  });
  let passwordSent = false;
  while (caught === null && ends !== 'looked') {
    const form = await page.evaluate(() => document.forms[0]?.method ?? null);
    if (form === null) break;
    if ((await page.locator('input[name=password]').count()) > 0) {
      if (passwordSent || !user) break;
      passwordSent = true;
      await page.fill('input[name=username]', user);
      await page.fill('input[name=password]', known(user).password);
      caught = await act(() => page.click('button'));
    } else if ((await page.locator('input[autocomplete=one-time-code]').count()) > 0) {
      await page.fill('input[autocomplete=one-time-code]', totp(known(user).totpSecret, Date.now()));
      caught = await act(() => page.click('button'));
    } else if ((await page.locator('button[name=decision]').count()) > 0) {
      if (ends === 'held') break;
      for (const scope of consent.withhold ?? []) await page.uncheck(`input[value="${scope}"]`);
      caught = await act(() => page.click(`button[value=${consent === 'deny' ? 'deny' : 'allow'}]`));
    } else if ((await page.locator('button[name=patient], button[name=encounter]').count()) > 0) {
      const wanted = page.locator(`button[value="${pick.patient}"], button[value="${pick.encounter}"]`);
      const row = (await wanted.count()) > 0 ? wanted : page.locator('button[name=patient], button[name=encounter]');
      caught = await act(() => row.first().click());
    } else {
      caught = await act(() => page.locator('button').first().click());
    }
  }
  if (caught !== null && launch !== undefined) launches.set(launch, new URL(caught).searchParams.get('launch'));
  const how = caught !== null ? 'returned' : ends || 'stopped';
  counts[how] = (counts[how] ?? 0) + 1;
  if (how !== (ends || 'returned'))
    console.error(`${ends || 'returned'} became ${how}: ${here(url).slice(0, 60)} at ${page.url().slice(0, 60)}`);
  await page.close();
}

const chains = [...new Set(journeys.map(({ context }) => context))]
  .map((context) => journeys.filter((journey) => journey.context === context))
  .values();
await Promise.all(
  Array.from({ length: most }, async () => {
    for (const chain of chains) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      for (const journey of chain) await drive(context, journey);
      await context.close();
    }
  }),
);
await browser.close();
await server.close();
process.stdout.write(`${JSON.stringify(counts)}\n`);
