import { setMaxListeners } from 'node:events';
import type { BrowserContext, Page } from 'playwright';
import type { Chromium, Running } from './chromium.ts';
import { driveJourney } from './drive-journey.ts';
import type { BrowserSession, Journey, JourneyOutcome, StopCause } from './journey.ts';
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
 * @param chromium - the browser that runs, or is to be started
 */
export function createSession(chromium: Chromium, options: SessionOptions): BrowserSession {
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  setMaxListeners(0, signal, closing.signal);
  let opened: Opened | undefined;
  let isReturning = false;
  const underWay = new Set<Promise<JourneyOutcome>>();

  const openContext = async (): Promise<Opened> => {
    const by = await chromium.run();
    if (opened?.by !== by) {
      isReturning = false;
      opened = { by, context: newContext(by), idle: [] };
    }
    return opened;
  };

  const travel = async (journey: Journey): Promise<JourneyOutcome> => {
    const { by, context, idle } = await openContext();
    const surroundings = { ...options, ...by, context: await context, idle, isReturning, signal };
    const outcome = await driveJourney(journey, surroundings);
    isReturning ||= outcome.kind === 'returned';
    return outcome;
  };

  return {
    async drive(journey) {
      if (journey.drive === 'manual' && !canSee(options)) return notBegun('needs-person', windowless);
      // Also so that no browser is started that nobody would end.
      if (signal.aborted) return notBegun('interrupted', 'the run was interrupted');
      const travelling = travel(journey);
      underWay.add(travelling);
      try {
        return await travelling;
      } finally {
        underWay.delete(travelling);
      }
    },
    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
      const context = await opened?.context.catch(() => undefined);
      await context?.close().catch(() => undefined);
    },
  };
}

/** The cookies of one sign-in, and the pages that wait for a journey: a new one costs more than all else. */
interface Opened {
  readonly by: Running;
  readonly context: Promise<BrowserContext>;
  readonly idle: Page[];
}

/** A browser context in which nobody has signed in. */
export function newContext({ browser }: Running): Promise<BrowserContext> {
  return browser.newContext({
    // The origins are verified by Node: the browser knows no authority but its own.
    ignoreHTTPSErrors: true,
    // A worker would fetch pages on its own account.
    serviceWorkers: 'block',
    acceptDownloads: false,
  });
}

/** Whether a person can see the browser. */
export function canSee({ headed, env }: Pick<SessionOptions, 'headed' | 'env'>): boolean {
  const hasDisplay = process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return headed && hasDisplay;
}

const windowless =
  'these pages are to be gone through by hand (drive: manual), which needs a window: run it on a desktop';

function notBegun(cause: StopCause, message: string): JourneyOutcome {
  return { kind: 'stopped', cause, message, lastStatus: null, exchanges: [], strip: [] };
}
