/**
 * Every test of the kit against a server that answers anything: nothing crashes, hangs or is our own error, and no
 * secret is written. A sample here; `npm run storm` has the whole, `STORM_SEED=…` repeats one.
 */
import { chromium as playwright } from 'playwright';
import { afterAll, expect, it } from 'vitest';
import { createChromium } from '../src/browser/chromium.ts';
import { findBrowser } from '../src/browser/find-browser.ts';
import { noProxy } from '../src/cli/with-reference-server.ts';
import { suites } from '../suites/index.ts';
import { temporaryFolder } from './fixtures/command-line.ts';
import { storm } from './storm/storm.ts';

const wanted = Number(process.env.STORM ?? 0);
const seed = Number(process.env.STORM_SEED ?? (wanted > 0 ? Date.now() % 1_000_000 : 1));
const folder = temporaryFolder();
const chromium = createChromium({ headed: false, loopbackOnly: true, light: true, env: noProxy });
afterAll(() => chromium.close());

it.skipIf(wanted > 0)(
  'a sample of the storm is weathered',
  async () => {
    const met = await storm({ seed, cases: 60, untilAll: false, limitMs: 45_000, chromium: null, folder });
    expect(met.cases).toBeGreaterThanOrEqual(60);
  },
  60_000,
);

it.skipIf(wanted === 0)(
  'the storm is weathered by every test',
  async () => {
    process.stdout.write(`storm: seed ${seed}\n`);
    const began = Date.now();
    const met = await storm({ seed, cases: wanted, untilAll: true, limitMs: 15 * 60_000, chromium, folder });
    process.stdout.write(
      `storm: ${met.cases} malformed answers in ${met.runs} runs of ${met.tests.size} tests, ${((Date.now() - began) / 1000).toFixed(0)} s: ${JSON.stringify(met.kinds)}\n`,
    );
    expect(met.cases).toBeGreaterThanOrEqual(wanted);
    expect(met.tests.size).toBe(suites.flatMap(({ tests }) => tests).length);
    // What the pages hold is text, and runs nowhere.
    const found = await findBrowser(noProxy);
    const browser = await playwright.launch({ executablePath: found?.path ?? '', args: ['--no-sandbox'] });
    try {
      for (const html of met.pages) {
        const page = await browser.newPage();
        await page.setContent(html);
        expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
        await page.close();
      }
    } finally {
      await browser.close();
    }
  },
  20 * 60_000,
);
