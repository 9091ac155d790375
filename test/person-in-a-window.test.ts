import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { findBrowser } from '../src/browser/find-browser.ts';
import { readConfiguration } from '../src/index.ts';
import type { Report } from '../src/kit/index.ts';
import { type RunningServer, startServer, writeConfiguration } from '../src/server/index.ts';
import { finished, smartCheck, start, temporaryFolder } from './fixtures/command-line.ts';

const folder = temporaryFolder();
let server: RunningServer;
let config: string;
beforeAll(async () => {
  server = await startServer({});
  config = join(folder, 'reference.yaml');
  await writeConfiguration(server, config);
});
afterAll(() => server.close());

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** A browser whose window nobody sees, and at which a second client sits: the person. */
async function window(name: string) {
  const found = await findBrowser(process.env);
  const port = await freePort();
  const path = join(folder, `${name}.sh`);
  writeFileSync(path, `#!/bin/sh\nexec '${found?.path}' --headless=new --remote-debugging-port=${port} "$@"\n`);
  chmodSync(path, 0o755);
  const env = { SMART_CHECK_BROWSER: path, DISPLAY: process.env.DISPLAY ?? ':77' };
  const sit = async (): Promise<Browser> => {
    for (;;) {
      const person = await chromium.connectOverCDP(`http://127.0.0.1:${port}`).catch(() => null);
      if (person) return person;
      await wait(100);
    }
  };
  return { env, sit };
}

async function openPage(person: Browser): Promise<Page> {
  for (;;) {
    const page = person
      .contexts()
      .flatMap((context) => context.pages())
      .find((candidate) => candidate.url().startsWith(server.fhirBaseUrl.replace(/\/fhir$/, '')));
    if (page) return page;
    await wait(50);
  }
}

/** One thing that a person would do on the page as it is. */
async function act(page: Page): Promise<void> {
  const soon = { timeout: 2000 };
  const username = page.locator('input[name=username]');
  if ((await username.count()) > 0 && (await username.inputValue(soon)) === '') {
    await username.pressSequentially('ann', soon);
    await page.locator('input[type=password]').pressSequentially(passwordOf('ann'), soon);
  }
  await page
    .getByRole('button', { name: /sign in|select|choose|allow|approve|continue|open/i })
    .first()
    .click(soon);
}

/** Acts on whatever page is open until the program has ended. */
async function goThrough(person: Browser, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const page = await Promise.race([openPage(person), ended]);
    if (page && typeof page === 'object' && 'url' in page) await act(page as Page).catch(() => {});
    await wait(100);
  }
  await person.close().catch(() => {});
}

function passwordOf(username: string): string {
  const user = Object.values(server.configuration().users ?? {}).find((one) => one.username === username);
  return user?.password ?? '';
}

it('drive: manual: a person goes through the pages in the window, and the launch is completed', async () => {
  const manual = join(folder, 'manual.yaml');
  const { fhirBaseUrl, clients } = parse(readFileSync(config, 'utf8'));
  const known = { fhirBaseUrl, clients: { public: clients.public }, authorize: { drive: 'manual' } };
  writeFileSync(manual, stringify(known));
  const { env, sit } = await window('manual');
  const output = join(folder, 'manual');
  const child = start(
    ['run', '-c', manual, '-o', output, '-r', 'terminal,json', '--test', 'app-launch/standalone-launch-completes'],
    env,
  );
  const ended = finished(child);
  await goThrough(await sit(), ended);
  const { code, stdout } = await ended;
  expect(stdout).toContain('A window opens for ');
  const report: Report = JSON.parse(readFileSync(join(output, 'results.json'), 'utf8'));
  expect(report.tests.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['app-launch/standalone-launch-completes', 'passed'],
  ]);
  expect(code).toBe(0);
}, 120_000);

it('record: the steps of one sign-in are written into the configuration, tried, and hold no password', async () => {
  const recorded = join(folder, 'recorded.yaml');
  writeFileSync(recorded, `# my notes\n${readFileSync(config, 'utf8')}`);
  const { env, sit } = await window('record');
  const child = start(['record', '-c', recorded, '--write'], env);
  const ended = finished(child);
  await goThrough(await sit(), ended);
  const { code, stdout, stderr } = await ended;
  expect(stderr).toBe('');
  expect(stdout).toContain('tried: the steps lead back to the app');
  expect(code).toBe(0);
  const text = readFileSync(recorded, 'utf8');
  expect(text).toContain('# my notes');
  const { authorize } = parse(text);
  expect(authorize.drive).toBe('steps');
  expect(JSON.stringify(authorize.steps)).toContain('{{user.username}}');
  expect(JSON.stringify(authorize.steps)).not.toContain(passwordOf('ann'));
  expect(stdout).not.toContain(passwordOf('ann'));
  await readConfiguration({ file: recorded, env: {}, overrides: {} });
  // The steps are those of signing in at the authorization page: the EHR's own pages have none, and are gone through as ever.
  const launches = ['app-launch/standalone-launch-completes', 'app-launch/ehr-launch-completes'];
  const run = await smartCheck(['run', '-c', recorded, '-o', join(folder, 'run'), '--test', launches.join(',')]);
  expect(run.stdout).toMatch(/^✓ app-launch\/standalone-launch-completes$/m);
  expect(run.stdout).toMatch(/^✓ app-launch\/ehr-launch-completes$/m);
}, 120_000);

it('without a screen, record says so', async () => {
  const { code, stderr } = await smartCheck(['record', '-c', config], { DISPLAY: '', WAYLAND_DISPLAY: '' });
  expect(code).toBe(3);
  expect(stderr).toContain('there is no screen');
});
