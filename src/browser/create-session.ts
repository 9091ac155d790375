import { setMaxListeners } from 'node:events';
import type { BrowserContext, Page } from 'playwright';
import type { Running } from './chromium.ts';
import { driveJourney } from './drive-journey.ts';
import type { BrowserSession, JourneyOutcome, StopCause } from './journey.ts';
import type { Recorder } from './recorder.ts';
import type { OriginVerifier } from './verify-origins.ts';

export interface SessionOptions {
  readonly recorder: Recorder;
  readonly verifier: OriginVerifier;
  readonly timeoutMs: number;
  readonly screenshots: boolean;
  readonly headed: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the journeys under way. */
  readonly signal: AbortSignal;
}

/**
 * Makes a session: a browser context of its own, and a new one, in which nobody has signed in, when the browser has
 * crashed.
 *
 * @param run - gives the browser that runs, or starts it
 */
export function createSession(run: () => Promise<Running>, options: SessionOptions): BrowserSession {
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  setMaxListeners(0, signal, closing.signal);
  let opened: { readonly by: Running; readonly context: Promise<BrowserContext>; readonly idle: Page[] } | undefined;
  let isReturning = false;

  const openContext = async () => {
    const by = await run();
    if (opened?.by !== by) {
      isReturning = false;
      const context = by.browser.newContext({
        // The origins are verified by Node: the browser knows no authority but its own.
        ignoreHTTPSErrors: true,
        // A worker would fetch pages on its own account.
        serviceWorkers: 'block',
        acceptDownloads: false,
      });
      opened = { by, context, idle: [] };
    }
    return { ...by, context: await opened.context, idle: opened.idle };
  };

  return {
    async drive(journey) {
      if (journey.drive === 'manual' && !canSee(options)) return notBegun('needs-person', windowless);
      // Also so that no browser is started that nobody would end.
      if (signal.aborted) return notBegun('interrupted', 'the run was interrupted');
      const { context, catcher, browser, idle } = await openContext();
      const outcome = await driveJourney(journey, {
        ...options,
        context,
        catcher,
        browser,
        idle,
        isReturning,
        signal,
      });
      isReturning ||= outcome.kind === 'returned';
      return outcome;
    },
    async close() {
      closing.abort();
      const context = await opened?.context.catch(() => undefined);
      await context?.close().catch(() => undefined);
    },
  };
}

function canSee({ headed, env }: SessionOptions): boolean {
  const hasDisplay = process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return headed && hasDisplay;
}

const windowless =
  'these pages are to be gone through by hand (drive: manual), which needs a window: run it on a desktop';

function notBegun(cause: StopCause, message: string): JourneyOutcome {
  return { kind: 'stopped', cause, message, lastStatus: null, exchanges: [], strip: [] };
}
