import type { Browser } from 'playwright';
import { type ProxyServer, proxyFor } from '../http/proxy.ts';
import { Block } from '../kit/unobtainable.ts';
import { findBrowser } from './find-browser.ts';
import { browserAdvice } from './install-browser.ts';

export interface LaunchOptions {
  /** With a window, for a person to act in. */
  readonly headed: boolean;
  /** Nothing but this machine can be reached: for tests. */
  readonly loopbackOnly: boolean;
  /** Whether a headless shell will do, if there is one: for many launches at a server of our own. */
  readonly light?: boolean;
  /** Where SMART_CHECK_BROWSER, PATH and the proxies are looked for. */
  readonly env: NodeJS.ProcessEnv;
}

const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // What the browser asks its makers for on its own account (updates, who is signed in) goes nowhere.
  '--component-updater=url-source=http://127.0.0.1:1/',
  '--gaia-url=http://127.0.0.1:1/',
];

/**
 * What Playwright turns off, which a list of our own would turn on again, and the pages that a window's address bar
 * loads for itself: half of what a fresh window costs.
 */
const unwantedFeatures = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'RenderDocument',
  'SpareRendererForSitePerProcess',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
];

const launchLimitMs = 60_000;

/**
 * Starts the browser.
 *
 * @throws Block when there is none, or it does not start
 */
export async function launchChromium({ headed, loopbackOnly, light = false, env }: LaunchOptions): Promise<Browser> {
  const found = await findBrowser(env, light && !headed);
  if (!found) throw new Block(`there is no browser: ${browserAdvice}`);
  const { chromium } = await import('playwright');
  const isRoot = process.getuid?.() === 0;
  const args = [
    ...quiet,
    `--disable-features=${unwantedFeatures.join(',')}`,
    ...(isRoot ? ['--no-sandbox'] : []),
    ...(loopbackOnly ? ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'] : []),
    ...proxyArguments(env),
  ];
  try {
    const { path: executablePath } = found;
    // Left to itself, Playwright ends the program on Ctrl-C, before it has reported.
    const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
    return await chromium.launch({ executablePath, headless: !headed, args, timeout: launchLimitMs, ...signals });
  } catch (thrown) {
    const why = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    throw new Block(`the browser ${found.path} does not start: ${why}`);
  }
}

/** The same proxies as the HTTP client's; credentials are given when a proxy asks. */
function proxyArguments(env: NodeJS.ProcessEnv): string[] {
  const servers = proxiesOf(env).map(([scheme, { origin }]) => `${scheme}=${origin}`);
  if (servers.length === 0) return ['--no-proxy-server'];
  const exempt = (env.no_proxy ?? env.NO_PROXY ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  // Left to itself, Chromium exempts loopback, which the HTTP client does not.
  return [`--proxy-server=${servers.join(';')}`, `--proxy-bypass-list=${['<-loopback>', ...exempt].join(';')}`];
}

/** By scheme of the request: the proxies named in the environment. */
export function proxiesOf(env: NodeJS.ProcessEnv): [scheme: string, ProxyServer][] {
  const named = { ...env, NO_PROXY: '', no_proxy: '' };
  return ['http', 'https'].flatMap((scheme): [string, ProxyServer][] => {
    const proxy = proxyFor(new URL(`${scheme}://example.org/`), named);
    return proxy ? [[scheme, proxy]] : [];
  });
}
