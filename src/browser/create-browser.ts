import { attachCatcher } from './catcher.ts';
import { createSession, type Running } from './create-session.ts';
import type { AuthorizeBrowser } from './journey.ts';
import { type LaunchOptions, launchChromium } from './launch-chromium.ts';
import { createRecorder, type RecorderOptions } from './recorder.ts';
import { createOriginVerifier, type TlsOptions } from './verify-origins.ts';

export interface BrowserOptions extends RecorderOptions, LaunchOptions {
  /** For one page; a whole journey may take four times as long. Milliseconds. */
  readonly timeoutMs: number;
  readonly tls: TlsOptions;
  /** Whether journeys take pictures. */
  readonly screenshots: boolean;
  /** Ends the journeys under way, and those begun later, as interrupted. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the browser that drives a server's pages. It starts when the first journey does, and again when it has crashed.
 * Nothing that would end a journey at its app ever leaves it.
 */
export function createBrowser(options: BrowserOptions): AuthorizeBrowser {
  const { timeoutMs, screenshots, headed, tls, env } = options;
  const recorder = createRecorder(options);
  const verifier = createOriginVerifier(tls, { timeoutMs, env });
  const closing = new AbortController();
  const close = () => closing.abort();
  options.signal?.addEventListener('abort', close, { once: true });
  if (options.signal?.aborted) close();
  let running: Promise<Running> | undefined;

  const launch = async (): Promise<Running> => {
    const browser = await launchChromium(options);
    browser.once('disconnected', forget);
    return { browser, catcher: await attachCatcher(browser, { recorder, verifier, env }) };
  };
  const forget = () => {
    running = undefined;
  };
  /** @throws Block when there is no browser */
  const run = (): Promise<Running> => {
    if (!running) {
      running = launch();
      running.catch(forget);
    }
    return running;
  };

  return {
    async openSession() {
      return createSession(run, { timeoutMs, screenshots, headed, env, signal: closing.signal });
    },
    async close() {
      close();
      options.signal?.removeEventListener('abort', close);
      verifier.close();
      const { browser } = (await running?.catch(() => undefined)) ?? {};
      await browser?.close().catch(() => undefined);
    },
  };
}
