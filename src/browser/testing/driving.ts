import type { ServerResponse } from 'node:http';
import { createRedactor } from '../../http/create-redactor.ts';
import type { TestServer } from '../../http/testing/servers.ts';
import { serveHttp } from '../../http/testing/servers.ts';
import type { Exchange } from '../../kit/exchange.ts';
import { type BrowserOptions, createBrowser } from '../create-browser.ts';
import type { AuthorizeBrowser, Journey, JourneyOutcome } from '../journey.ts';

/** A browser for tests, which can reach nothing but this machine, and the exchanges it recorded, redacted. */
export function createTestBrowser(options: Partial<BrowserOptions> = {}) {
  const reported: Exchange[] = [];
  const redact = createRedactor({ secrets: [], headerNames: [] });
  let count = 0;
  const browser = createBrowser({
    timeoutMs: 5000,
    headed: false,
    screenshots: false,
    loopbackOnly: true,
    tls: { insecure: false },
    env: { PATH: process.env.PATH, SMART_CHECK_BROWSER: process.env.SMART_CHECK_BROWSER },
    record: (exchange) => reported.push(redact(exchange)),
    nextId: () => {
      count += 1;
      return `x${count}`;
    },
    ...options,
  });
  return { browser, reported };
}

/** Where tests begin: nothing is done on the pages, they go on by themselves. */
export function journeyTo(url: string, others: Partial<Journey> = {}): Journey {
  return {
    start: { url },
    until: ['https://app.example.org/callback'],
    pick: {},
    consent: 'approve',
    drive: 'steps',
    steps: [],
    values: {},
    ...others,
  };
}

/** Drives once, in a session of its own. */
export async function driveOnce(browser: AuthorizeBrowser, journey: Journey): Promise<JourneyOutcome> {
  const session = await browser.openSession();
  try {
    return await session.drive(journey);
  } finally {
    await session.close();
  }
}

export type Page = string | ((response: ServerResponse, body: string) => void);

/** Serves pages by path: HTML, or what a function answers. */
export function servePages(pages: (origin: string) => Readonly<Record<string, Page>>): Promise<TestServer> {
  return serveHttp((request, response, { body }) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const page = pages(`http://${request.headers.host}`)[pathname];
    if (typeof page === 'function') return page(response, body);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' });
    response.end(page === undefined ? 'nothing here' : `<!doctype html><title>A page</title>${page}`);
  });
}

export function redirect(location: string): Page {
  return (response) => response.writeHead(302, { location }).end();
}

export function html(page: string): string {
  return page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
