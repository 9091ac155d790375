import { setMaxListeners } from 'node:events';
import { type Chromium, createChromium } from './chromium.ts';
import { createSession } from './create-session.ts';
import type { AuthorizeBrowser, JourneyOutcome } from './journey.ts';
import type { LaunchOptions } from './launch-chromium.ts';
import { createRecorder, type RecorderOptions } from './recorder.ts';
import { createOriginVerifier, type TlsOptions } from './verify-origins.ts';

export interface BrowserOptions extends RecorderOptions, LaunchOptions {
  /** One that others use, too, and that is left running; one of its own unless given. */
  readonly chromium?: Chromium;
  /** For one page; a whole journey may take four times as long. Milliseconds. */
  readonly timeoutMs: number;
  readonly tls: TlsOptions;
  /** Whether journeys take pictures. */
  readonly screenshots: boolean;
  /** Told of each journey when it has ended. */
  readonly onJourney?: (outcome: JourneyOutcome, startedAt: Date) => Promise<void>;
  /** Ends the journeys under way, and those begun later, as interrupted. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the browser that drives a server's pages. It starts when the first journey does, and again when it has crashed.
 * Nothing that would end a journey at its app ever leaves it.
 */
export function createBrowser(options: BrowserOptions): AuthorizeBrowser {
  const { timeoutMs, screenshots, headed, tls, env, onJourney } = options;
  const recorder = createRecorder(options);
  const verifier = createOriginVerifier(tls, { timeoutMs, env });
  const closing = new AbortController();
  // Every journey under way listens.
  setMaxListeners(0, closing.signal);
  const close = () => closing.abort();
  options.signal?.addEventListener('abort', close, { once: true });
  if (options.signal?.aborted) close();
  const chromium = options.chromium ?? createChromium(options);

  return {
    async openSession() {
      const { signal } = closing;
      const session = createSession(chromium, {
        recorder,
        verifier,
        timeoutMs,
        screenshots,
        headed,
        env,
        signal,
      });
      return {
        close: session.close,
        async drive(journey) {
          const startedAt = new Date();
          const outcome = await session.drive(journey);
          await onJourney?.(outcome, startedAt);
          return outcome;
        },
      };
    },
    async close() {
      close();
      options.signal?.removeEventListener('abort', close);
      verifier.close();
      if (chromium !== options.chromium) await chromium.close();
    },
  };
}
