import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../http/testing/closing.ts';
import { serveBytes, serveTcp } from '../http/testing/servers.ts';
import type { Stopped } from './journey.ts';
import { createTestBrowser, driveOnce, journeyTo, redirect, servePages } from './testing/driving.ts';

const { browser } = createTestBrowser({ timeoutMs: 1500 });
afterAll(() => browser.close());
afterEach(closeAll);

function stopped(outcome: unknown): Pick<Stopped, 'cause' | 'message'> {
  expect(outcome).toMatchObject({ kind: 'stopped' });
  const { cause, message } = outcome as Stopped;
  return { cause, message };
}

test('names a download', async () => {
  const server = await servePages(() => ({
    '/': `<a href="/file">file</a><script>document.links[0].click()</script>`,
    '/file': (response) =>
      response.writeHead(200, { 'content-disposition': 'attachment; filename="report.pdf"' }).end('%PDF'),
  }));
  const { cause, message } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/`)));
  expect(cause).toBe('download');
  expect(message).toContain('"report.pdf"');
});

test.for(['alert', 'confirm', 'prompt'])('dismisses a dialog (%s), and says what it said', async (kind) => {
  const server = await servePages(() => ({ '/': `<script>${kind}('Invalid Client ID')</script>` }));
  const { message } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/`)));
  expect(message).toContain(`${kind} "Invalid Client ID"`);
});

test('goes on after a dialog, also one that wants to keep it on the page', async () => {
  const server = await servePages(() => ({
    '/': `<script>
      onbeforeunload = (event) => { event.preventDefault(); return 'stay'; };
      alert('hello');
      location = '/on';
    </script>`,
    '/on': redirect('https://app.example.org/callback?code=c0de'),
  }));
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(outcome.kind).toBe('returned');
});

test.for([
  ['never answers', () => serveTcp(() => {})],
  ['never ends its head', () => serveBytes('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n', () => {})],
  [
    'never ends its page',
    () => serveBytes('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<p>', () => {}),
  ],
] as const)('does not wait for a server that %s', async ([, serve]) => {
  const server = await serve();
  const { cause, message } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/slow?code=x`)));
  expect(cause).toBe('timeout');
  expect(message).toBe(`${server.origin}/slow did not answer within 1.5 s`);
});

test('ends a journey that goes on and on', async () => {
  const server = await servePages(() => ({
    '/': `<p id="p0">on<script>
      let count = 0;
      setInterval(() => { document.querySelector('p').id = 'p' + (count += 1); }, 1000);
    </script>`,
  }));
  const steps = Array.from({ length: 12 }, (_, n) => ({ waitFor: { css: `#p${n}` } }));
  const { cause, message } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/`, { steps })));
  expect(cause).toBe('timeout');
  expect(message).toBe('the browser was not sent back to the app within 6 s');
});

test('names a redirect loop', async () => {
  const server = await servePages(() => ({ '/': redirect('/again'), '/again': redirect('/') }));
  const { cause } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/`)));
  expect(cause).toBe('redirect-loop');
});

test('says that nothing listens', async () => {
  const gone = await servePages(() => ({}));
  await closeAll();
  const { cause, message } = stopped(await driveOnce(browser, journeyTo(`${gone.origin}/`)));
  expect(cause).toBe('network');
  expect(message).toBe(`${gone.origin}/ could not be opened: net::ERR_CONNECTION_REFUSED`);
});

test('says that a name is not known', async () => {
  const { cause, message } = stopped(await driveOnce(browser, journeyTo('http://ehr.example.org/')));
  expect(cause).toBe('network');
  expect(message).toContain('ERR_NAME_NOT_RESOLVED');
});

test.for([
  ['before its answer', ''],
  ['in its answer', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<p>half'],
] as const)('notices a server that dies %s', async ([, bytes]) => {
  const dying = await serveBytes(bytes, (socket) => socket.destroy());
  const server = await servePages(() => ({ '/': `<script>location = '${dying.origin}/two'</script>` }));
  const { cause } = stopped(await driveOnce(browser, journeyTo(`${server.origin}/`)));
  expect(cause).toBe('network');
});

test('names an error without a page', async () => {
  const server = await servePages(() => ({ '/': (response) => response.writeHead(500).end() }));
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(outcome).toMatchObject({ cause: 'error-page', lastStatus: 500 });
});

test('names an error page', async () => {
  const server = await servePages(() => ({}));
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/`));
  expect(outcome).toMatchObject({ cause: 'error-page', lastStatus: 404 });
});

test('survives a page that crashes', async () => {
  const session = await browser.openSession();
  const steps = [{ goto: 'chrome://crash' }];
  const server = await servePages(() => ({ '/': 'hello', '/on': redirect('https://app.example.org/callback?code=1') }));
  const outcome = await session.drive(journeyTo(`${server.origin}/`, { steps }));
  expect(stopped(outcome).cause).toBe('crashed');
  expect((await session.drive(journeyTo(`${server.origin}/on`))).kind).toBe('returned');
  await session.close();
});

/** The browsers that this process has started. */
async function browserProcesses(): Promise<number[]> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

test('starts a new browser when the browser crashed', async () => {
  const before = await browserProcesses();
  const { browser } = createTestBrowser({ timeoutMs: 20_000 });
  const session = await browser.openSession();
  const server = await servePages(() => ({ '/': 'hello', '/on': redirect('https://app.example.org/callback?code=1') }));
  const waiting = [session.drive(journeyTo(`${server.origin}/`)), driveOnce(browser, journeyTo(`${server.origin}/`))];
  await expect.poll(() => server.arrived.length, { timeout: 5000 }).toBeGreaterThanOrEqual(2);
  const started = (await browserProcesses()).filter((id) => !before.includes(id));
  expect(started).toHaveLength(1);
  for (const id of started) process.kill(id, 'SIGKILL');
  for (const outcome of await Promise.all(waiting)) expect(stopped(outcome).cause).toBe('crashed');
  const outcomes = [
    session.drive(journeyTo(`${server.origin}/on`)),
    driveOnce(browser, journeyTo(`${server.origin}/on`)),
  ];
  for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).toBe('returned');
  expect((await browserProcesses()).filter((id) => !before.includes(id))).toHaveLength(1);
  await browser.close();
});

test('ends at once when the run is interrupted, and when the session is closed', async () => {
  const interruption = new AbortController();
  const { browser } = createTestBrowser({ timeoutMs: 20_000, signal: interruption.signal });
  const server = await serveTcp(() => {});
  const session = await browser.openSession();
  const closed = session.drive(journeyTo(`${server.origin}/`));
  await wait(1500);
  await session.close();
  expect(stopped(await closed).cause).toBe('interrupted');
  const driven = driveOnce(browser, journeyTo(`${server.origin}/`));
  await wait(500);
  interruption.abort();
  expect(stopped(await driven).cause).toBe('interrupted');
  await browser.close();
});

test('leaves Ctrl-C to the program, and starts no browser once it is closed', async () => {
  const listeners = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal));
  const [listening, before] = [listeners(), await browserProcesses()];
  const { browser } = createTestBrowser();
  const server = await servePages(() => ({ '/': redirect('https://app.example.org/callback?code=1') }));
  const session = await browser.openSession();
  expect((await session.drive(journeyTo(`${server.origin}/`))).kind).toBe('returned');
  expect(listeners()).toEqual(listening);
  await browser.close();
  expect(stopped(await session.drive(journeyTo(`${server.origin}/`))).cause).toBe('interrupted');
  expect(await browserProcesses()).toEqual(before);
});

test('asks for a person where pages are to be gone through by hand without a window', async () => {
  const outcome = await driveOnce(browser, journeyTo('http://127.0.0.1:9/', { drive: 'manual' }));
  expect(stopped(outcome).cause).toBe('needs-person');
});

test('says that there is no browser', async () => {
  const { browser } = createTestBrowser({ env: { SMART_CHECK_BROWSER: '/nowhere' } });
  await expect(driveOnce(browser, journeyTo('http://127.0.0.1:9/'))).rejects.toThrow('there is no browser');
});
