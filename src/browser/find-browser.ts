import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface FoundBrowser {
  readonly path: string;
  readonly source: 'SMART_CHECK_BROWSER' | 'installed' | 'playwright';
}

/** Names under which Chrome and Chromium are installed, on the PATH of Unix systems. */
const commandNames = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];

/** The same engine without a window: half the work for each page. */
const lightNames = ['chrome-headless-shell', 'chromium-headless-shell'];

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
 * @param prefersLight - takes an installed headless shell first
 * @returns null when there is none
 */
export async function findBrowser(
  env: NodeJS.ProcessEnv = process.env,
  prefersLight = false,
): Promise<FoundBrowser | null> {
  const named = env.SMART_CHECK_BROWSER;
  if (named) return isExecutable(named) ? { path: named, source: 'SMART_CHECK_BROWSER' } : null;
  const folders = (env.PATH ?? '').split(delimiter);
  const onPath = (names: readonly string[]) => folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const candidates = [...onPath(commandNames), ...(installedAt[process.platform] ?? [])];
  const installed = [...(prefersLight ? onPath(lightNames) : []), ...candidates].find(isExecutable);
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
