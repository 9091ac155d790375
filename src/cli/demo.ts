import { findBrowser } from '../browser/find-browser.ts';
import { browserAdvice, installBrowser } from '../browser/install-browser.ts';
import { say } from './say.ts';
import { selfTest } from './self-test.ts';

/** Sets up what a run needs, then checks the reference server with every suite. */
export async function demo(): Promise<void> {
  const browser = (await findBrowser()) ?? (await installBrowser(say));
  say(browser ? `browser: ${browser.path}` : `no browser, so launches will be blocked: ${browserAdvice}`);
  await selfTest({
    suite: [],
    test: [],
    output: 'smart-check-report',
    failOn: 'fail',
    concurrency: 8,
    timeout: 30,
    color: true,
  });
}
