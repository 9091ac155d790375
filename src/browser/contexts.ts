import type { BrowserContext, Page } from 'playwright';
import type { Running } from './chromium.ts';

/** The cookies of one sign-in, and the pages that wait for a journey. */
export interface OpenContext {
  readonly by: Running;
  readonly context: BrowserContext;
  /** A new one costs more than all else. */
  readonly idle: Page[];
}

/** Opens browser contexts in which nobody has signed in, and closes them. */
export interface Contexts {
  open(by: Running): Promise<OpenContext>;
  close(opened: OpenContext): Promise<void>;
}

/** Pages that a context keeps for whoever has it next. */
const mostIdle = 3;

/**
 * @param reuse - hands out again what was closed, without its cookies: for servers that keep nothing else in a browser
 */
export function createContexts(reuse: boolean): Contexts {
  const spare: OpenContext[] = [];
  return {
    async open(by) {
      const at = spare.findIndex((opened) => opened.by === by);
      const [kept] = at < 0 ? [] : spare.splice(at, 1);
      if (kept) return kept;
      const context = await by.browser.newContext({
        // The origins are verified by Node: the browser knows no authority but its own.
        ignoreHTTPSErrors: true,
        // A worker would fetch pages on its own account.
        serviceWorkers: 'block',
        acceptDownloads: false,
      });
      return { by, context, idle: [] };
    },
    async close(opened) {
      const { context, idle } = opened;
      if (!reuse) return context.close();
      // Whoever still has what was closed finds no page in it that somebody else may have by now.
      const kept = idle.splice(0).filter((page, index) => index < mostIdle && !page.isClosed());
      await Promise.all([
        context.clearCookies(),
        ...context.pages().flatMap((page) => (kept.includes(page) ? [] : [page.close()])),
      ]);
      spare.push({ ...opened, idle: kept });
    },
  };
}
