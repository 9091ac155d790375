import { setMaxListeners } from 'node:events';
import type { User } from '../kit/index.ts';
import type { Chromium, Running } from './chromium.ts';
import type { OpenContext } from './contexts.ts';
import { driveJourney } from './drive-journey.ts';
import type { BrowserSession, Journey, JourneyOutcome, SignedIn, StopCause } from './journey.ts';
import type { Recorder } from './recorder.ts';
import type { OriginVerifier } from './verify-origins.ts';

export interface SessionOptions {
  readonly recorder: Recorder;
  readonly verifier: OriginVerifier;
  readonly timeoutMs: number;
  readonly screenshots: boolean;
  /** Null where nobody is signed in before a journey. */
  readonly signedIn: SignedIn | null;
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
  let opened: { readonly by: Running; readonly context: Promise<OpenContext> } | undefined;
  let isReturning = false;
  const underWay = new Set<Promise<JourneyOutcome>>();

  const openContext = async (user: User | undefined): Promise<OpenContext> => {
    const by = await chromium.run();
    if (opened?.by !== by) {
      isReturning = false;
      opened = { by, context: openFor(by, user) };
    }
    return opened.context;
  };
  const openFor = async (by: Running, user: User | undefined): Promise<OpenContext> => {
    const fresh = await chromium.contexts.open(by);
    if (options.signedIn && user) await fresh.context.addCookies([...options.signedIn(user)]);
    return fresh;
  };

  const travel = async (journey: Journey): Promise<JourneyOutcome> => {
    const { by, context, idle } = await openContext(journey.user);
    const outcome = await driveJourney(journey, { ...options, ...by, context, idle, isReturning, signal });
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
      // A context that was closed twice would be handed out twice.
      if (closing.signal.aborted) return;
      closing.abort();
      // What a journey leaves behind would be the next one's.
      await Promise.allSettled(underWay);
      const context = await opened?.context.catch(() => undefined);
      if (context) await chromium.contexts.close(context).catch(() => undefined);
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
