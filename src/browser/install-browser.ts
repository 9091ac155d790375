import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type FoundBrowser, findBrowser } from './find-browser.ts';

const execute = promisify(execFile);
const require = createRequire(import.meta.url);

/** Playwright's servers are out of reach behind many firewalls; then its download only hangs. */
const downloadLimitMs = 60_000;
const packageLimitMs = 10 * 60_000;

/** What a person can do where nothing worked. */
export const browserAdvice =
  'install Chrome or Chromium (Debian, Ubuntu: apt-get update && apt-get install -y chromium; elsewhere: ' +
  'npx playwright install chromium), or name one in SMART_CHECK_BROWSER';

/**
 * Installs a browser: Playwright's download, else Debian's package where that is possible.
 *
 * @param say - is told what is being tried, a line each
 * @returns null when nothing worked
 */
export async function installBrowser(say: (line: string) => void): Promise<FoundBrowser | null> {
  const playwright = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
  const attempts = [
    {
      name: 'downloading Chromium by Playwright',
      run: () => execute(process.execPath, [playwright, 'install', 'chromium'], { timeout: downloadLimitMs }),
    },
    {
      name: "installing the system's chromium package",
      run: async () => {
        const noQuestions = { timeout: packageLimitMs, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
        await execute('apt-get', ['update'], noQuestions);
        await execute('apt-get', ['install', '-y', 'chromium'], noQuestions);
      },
    },
  ];
  for (const { name, run } of attempts) {
    say(`${name} ...`);
    try {
      await run();
    } catch (error) {
      say(`  that failed: ${firstLine(error)}`);
    }
    const found = await findBrowser();
    if (found) return found;
  }
  return null;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
