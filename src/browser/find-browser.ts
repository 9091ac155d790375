import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface FoundBrowser {
  readonly path: string;
  readonly source: 'SMART_CHECK_BROWSER' | 'installed' | 'playwright';
}

/** Names under which Chrome and Chromium are installed, on the PATH of Unix systems. */
const commandNames = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];

/** Where installers put them otherwise. */
const installedAt: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((variable) =>
    join(process.env[variable] ?? 'C:\\', 'Google\\Chrome\\Application\\chrome.exe'),
  ),
};

/**
 * Finds a browser: `SMART_CHECK_BROWSER`, an installed Chrome or Chromium, Playwright's own download, in this order.
 *
 * @param env - for SMART_CHECK_BROWSER and PATH
 * @returns null when there is none
 */
export async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<FoundBrowser | null> {
  const named = env.SMART_CHECK_BROWSER;
  if (named) return isExecutable(named) ? { path: named, source: 'SMART_CHECK_BROWSER' } : null;
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((folder) => commandNames.map((name) => join(folder, name)));
  const installed = [...onPath, ...(installedAt[process.platform] ?? [])].find(isExecutable);
  if (installed) return { path: installed, source: 'installed' };
  const { chromium } = await import('playwright');
  const downloaded = chromium.executablePath();
  return existsSync(downloaded) ? { path: downloaded, source: 'playwright' } : null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
