import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll } from '../http/testing/closing.ts';
import type { Journey } from './journey.ts';
import { createTestBrowser, journeyTo, type Page, servePages } from './testing/driving.ts';

const { browser } = createTestBrowser({ timeoutMs: 4000 });
afterEach(closeAll);
afterAll(() => browser.close());

const app = 'https://app.example.org/callback';
const posted: string[] = [];
const answering =
  (location: string): Page =>
  (response, body) => {
    posted.push(body);
    response.writeHead(302, { location }).end();
  };
const form = (attributes: string) =>
  `<p>App wants access</p><form method=post ${attributes}><input type=hidden name=ticket value="t 1&amp;2">
  <button name=d value=yes>Allow access</button></form>`;

async function travel(pages: Readonly<Record<string, Page>>, changes: Partial<Journey>) {
  posted.length = 0;
  const server = await servePages(() => pages);
  const session = await browser.openSession();
  const journey = journeyTo(`${server.origin}/`, { drive: 'auto', ...changes });
  return { server, session, journey, outcome: await session.drive(journey) };
}

test('the form that gives consent is caught, never sent, and can be sent later, from the same browser and to the end', async () => {
  const pages = {
    '/': `<form method=post action=/next><button>Continue</button></form>`,
    '/next': answering('/consent'),
    '/consent': form('action=/decide?id=7'),
    '/decide': answering(`${app}?code=1`),
  };
  const { server, session, journey, outcome } = await travel(pages, { holdsConsent: true });
  expect(outcome).toMatchObject({ kind: 'returned', from: 'consent', method: 'POST' });
  if (outcome.kind !== 'returned') return;
  expect(outcome.url).toBe(`${server.origin}/decide?id=7`);
  expect(Object.fromEntries(outcome.parameters)).toEqual({ ticket: 't 1&2', d: 'yes' });
  expect(posted).toEqual(['']);

  // The address is nobody's end but that of the journey that was held there.
  const approved = await session.drive(journeyTo(journey.start.url, { drive: 'auto' }));
  expect(approved).toMatchObject({ kind: 'returned', from: 'query', method: 'GET' });
  expect(posted).toContain('ticket=t+1%262&d=yes');
});

const byScript = `event.preventDefault(); fetch('/noted', { method: 'POST', body: new URLSearchParams('d=yes') })
  .then(() => { location = '/decide' })`;

test.each([
  ['by a script', form(`onsubmit="${byScript}"`)],
  ['in another encoding', form('action=/decide enctype=multipart/form-data')],
])('consent that is given %s is not held', async (_, page) => {
  const { outcome } = await travel(
    { '/': page, '/noted': 'thank you', '/decide': answering(`${app}?code=1`) },
    { holdsConsent: true },
  );
  expect(outcome).toMatchObject({ kind: 'returned', from: 'query' });
});

test('a form is posted as from another site, with its cookies, and nothing is done on the page that comes', async () => {
  const headers: IncomingHttpHeaders[] = [];
  const { server, session } = await travel(
    {
      '/': (response) => {
        response.setHeader('set-cookie', ['careful=1; SameSite=Lax', 'careless=1']);
        response.writeHead(302, { location: `${app}?code=1` }).end();
      },
      '/decide': (response) => {
        headers.push(response.req.headers);
        response.writeHead(200, { 'content-type': 'text/html' }).end(form('action=/again'));
      },
      '/again': answering(`${app}?code=2`),
    },
    {},
  );
  const start = { url: `${server.origin}/decide`, form: new URLSearchParams({ d: 'yes' }) };
  const outcome = await session.drive(journeyTo('', { start, drive: 'auto', looksOnly: true }));
  expect(outcome).toMatchObject({ kind: 'stopped', cause: 'stuck' });
  expect(headers).toMatchObject([
    { cookie: 'careless=1', origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' },
  ]);
  expect(posted).toEqual([]);
});
