import type { JourneyRecord } from '../kit/index.ts';
import { isAt } from './address.ts';
import { type CertificateCheckOptions, createCertificateCheck } from './certificate-check.ts';
import { type Chromium, type ChromiumOptions, startChromium } from './chromium.ts';
import { driveJourney, type Surroundings } from './drive-journey.ts';
import type { AuthorizeBrowser, BrowserSession, JourneyOutcome } from './journey.ts';
import { type Recorder, recordExchanges } from './record-exchanges.ts';

export interface BrowserOptions extends CertificateCheckOptions, ChromiumOptions, Recorder {
  /** One to share, which is left running; one of its own unless given. */
  readonly chromium?: Promise<Chromium>;
  /** Keeps a picture (JPEG) and gives the name of its file; no pictures are taken unless given. */
  readonly attach?: (picture: Uint8Array) => Promise<string>;
  /** Told of each journey when it has ended. */
  readonly onJourney?: (journey: JourneyRecord) => void;
  /** Ends the journeys under way. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the browser of a run; Chromium starts when the first session is opened, and again when it has crashed.
 * Sessions throw Block when there is no browser.
 */
export function createBrowser(options: BrowserOptions): AuthorizeBrowser {
  const certificateProblem = createCertificateCheck(options);
  let own: Promise<Chromium> | null = null;

  const running = async (): Promise<Chromium> => {
    if (options.chromium) return options.chromium;
    if (own && !(await own).browser.isConnected()) own = null;
    own ??= startChromium(options);
    return own;
  };

  const openSession = async (): Promise<BrowserSession> => {
    const { browser, catcher } = await running();
    const context = await browser.newContext({ ignoreHTTPSErrors: true, acceptDownloads: false, locale: 'en-US' });
    const surroundings: Surroundings = {
      context,
      until: new Set(),
      travellers: new Set(),
      exchanges: recordExchanges(context, options, (url) => [...surroundings.until].some((kept) => isAt(url, kept))),
      timeoutMs: options.timeoutMs,
      headed: options.headed ?? false,
      ...(options.attach && { attach: options.attach }),
      ...(options.signal && { signal: options.signal }),
    };
    await catcher.watch(context, {
      until: () => [...surroundings.until],
      caught(arrival) {
        for (const traveller of surroundings.travellers) traveller.arrive(arrival);
      },
      async refuses(url) {
        const problem = await certificateProblem(url);
        if (problem) for (const traveller of surroundings.travellers) traveller.distrust(url, problem);
        return problem?.message ?? null;
      },
    });
    return {
      async drive(journey) {
        const startedAt = new Date();
        const outcome = await driveJourney(journey, surroundings);
        options.onJourney?.(recordOf(outcome, startedAt));
        return outcome;
      },
      close: () => context.close(),
    };
  };

  return {
    openSession,
    async close() {
      const started = await own?.catch(() => null);
      await started?.close();
    },
  };
}

function recordOf(outcome: JourneyOutcome, startedAt: Date): JourneyRecord {
  return {
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    outcome: outcome.kind,
    ...(outcome.kind === 'stopped' && { cause: outcome.cause, message: outcome.message }),
    exchanges: outcome.exchanges.map(({ id }) => id),
    pictures: outcome.strip,
  };
}
