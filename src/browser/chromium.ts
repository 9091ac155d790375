import type { Browser } from 'playwright';
import { Block } from '../kit/index.ts';
import { type Catcher, createCatcher } from './catcher.ts';
import { findBrowser } from './find-browser.ts';
import { browserAdvice } from './install-browser.ts';

/** A running Chromium, which several runs may share. */
export interface Chromium {
  readonly browser: Browser;
  readonly catcher: Catcher;
  close(): Promise<void>;
}

export interface ChromiumOptions {
  readonly headed?: boolean;
  /** For our own tests: no address but loopback can be reached. */
  readonly loopbackOnly?: boolean;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked for. */
  readonly env: NodeJS.ProcessEnv;
}

const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a browser.
 *
 * @throws Block when there is none, or it does not start
 */
export async function startChromium({ headed = false, loopbackOnly = false, env }: ChromiumOptions): Promise<Chromium> {
  const found = await findBrowser();
  if (!found) throw new Block(`no Chrome or Chromium was found; ${browserAdvice}`);
  const { chromium } = await import('playwright');
  const proxy = proxyOf(env);
  const browser = await chromium
    .launch({
      executablePath: found.path,
      headless: !headed,
      timeout: 60_000,
      args: [
        ...quiet,
        // Certificates are verified by Node before a request goes out.
        '--ignore-certificate-errors',
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...(loopbackOnly ? ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'] : []),
      ],
      ...(proxy && { proxy }),
    })
    .catch((error: Error) => {
      throw new Block(`the browser ${found.path} did not start: ${error.message.split('\n')[0]}`);
    });
  const catcher = await createCatcher(browser);
  return { browser, catcher, close: () => browser.close() };
}

function proxyOf(env: NodeJS.ProcessEnv) {
  const server = env.https_proxy ?? env.HTTPS_PROXY ?? env.http_proxy ?? env.HTTP_PROXY;
  const bypass = env.no_proxy ?? env.NO_PROXY;
  return server ? { server, ...(bypass && { bypass }) } : null;
}
