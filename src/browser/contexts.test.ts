import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../http/testing/closing.ts';
import { createChromium } from './chromium.ts';
import { createTestBrowser, journeyTo, redirect, servePages } from './testing/driving.ts';

const chromium = createChromium({ headed: false, loopbackOnly: true, env: process.env, reuseContexts: true });
const { browser } = createTestBrowser({ chromium });
afterEach(closeAll);
afterAll(async () => {
  await browser.close();
  await chromium.close();
});

const back = redirect('https://app.example.org/callback?code=1');
const contextOf = async () => chromium.contexts.open(await chromium.run());

test('a session that is closed twice leaves one context to the next', async () => {
  const server = await servePages(() => ({ '/': back }));
  const session = await browser.openSession();
  expect((await session.drive(journeyTo(`${server.origin}/`))).kind).toBe('returned');
  await Promise.all([session.close(), session.close()]);
  const [one, other] = [await contextOf(), await contextOf()];
  expect(one.context).not.toBe(other.context);
  expect(one.idle).toHaveLength(1);
  await Promise.all([chromium.contexts.close(one), chromium.contexts.close(other)]);
});

test('a context is handed on when the journey in it has ended, and has no page but those that wait', async () => {
  const server = await servePages(() => ({ '/': back, '/stays': 'nothing to do here' }));
  const session = await browser.openSession();
  await session.drive(journeyTo(`${server.origin}/`));
  const interrupted = session.drive(journeyTo(`${server.origin}/stays`));
  await session.close();
  const { context, idle } = await contextOf();
  expect(await interrupted).toMatchObject({ kind: 'stopped', cause: 'interrupted' });
  expect(context.pages()).toEqual(idle);
  expect((await session.drive(journeyTo(`${server.origin}/`))).kind).toBe('stopped');
  expect(idle.every((page) => !page.isClosed())).toBe(true);
});

test('a page that was closed while it waited is not used again', async () => {
  const server = await servePages(() => ({ '/': back }));
  const opened = await contextOf();
  await opened.context.newPage().then((page) => {
    opened.idle.push(page);
    return page.close();
  });
  await chromium.contexts.close(opened);
  const session = await browser.openSession();
  expect((await session.drive(journeyTo(`${server.origin}/`))).kind).toBe('returned');
  await session.close();
});
