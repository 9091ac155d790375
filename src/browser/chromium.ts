import type { Browser } from 'playwright';
import { attachCatcher, type Catcher } from './catcher.ts';
import { type LaunchOptions, launchChromium } from './launch-chromium.ts';

/** A browser that runs. */
export interface Running {
  readonly browser: Browser;
  readonly catcher: Catcher;
}

/** A browser that starts when it is first needed, and again when it has crashed. Several runs may share one. */
export interface Chromium {
  /** @throws Block when there is none */
  run(): Promise<Running>;
  close(): Promise<void>;
}

export function createChromium(options: LaunchOptions): Chromium {
  let running: Promise<Running> | undefined;
  const forget = () => {
    running = undefined;
  };
  const launch = async (): Promise<Running> => {
    const browser = await launchChromium(options);
    browser.once('disconnected', forget);
    return { browser, catcher: await attachCatcher(browser, options.env) };
  };
  return {
    run() {
      if (!running) {
        running = launch();
        running.catch(forget);
      }
      return running;
    },
    async close() {
      const { browser } = (await running?.catch(() => undefined)) ?? {};
      await browser?.close().catch(() => undefined);
    },
  };
}
