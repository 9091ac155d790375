import type { BrowserContext, Frame } from 'playwright';
import type { Chromium } from '../chromium.ts';
import { newContext } from '../create-session.ts';
import { driveJourney } from '../drive-journey.ts';
import type { Journey, JourneyOutcome } from '../journey.ts';
import { createRecorder } from '../recorder.ts';
import { createOriginVerifier, type TlsOptions } from '../verify-origins.ts';
import { type Done, type RecordedSteps, stepsOf } from './steps-of.ts';
import { type Deed, teller, watchPage } from './watch-page.ts';

export interface RecordOptions {
  readonly timeoutMs: number;
  readonly tls: TlsOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Has a person go through the pages of a journey in a window, and watches; nothing that ends it at the app is sent.
 *
 * @throws Block when there is no browser
 */
export async function recordJourney(
  chromium: Chromium,
  journey: Journey,
  options: RecordOptions,
): Promise<RecordedSteps & { readonly outcome: JourneyOutcome }> {
  const done: Done[] = [];
  const outcome = await once(chromium, { ...journey, drive: 'manual' }, options, (context) => watch(context, done));
  return { outcome, ...stepsOf(done, journey.values) };
}

/** Does the steps in a browser in which nobody has signed in. */
export function tryJourney(chromium: Chromium, journey: Journey, options: RecordOptions): Promise<JourneyOutcome> {
  return once(chromium, { ...journey, drive: 'steps' }, options, async () => {});
}

async function once(
  chromium: Chromium,
  journey: Journey,
  { tls, ...options }: RecordOptions,
  prepare: (context: BrowserContext) => Promise<void>,
): Promise<JourneyOutcome> {
  const by = await chromium.run();
  const context = await newContext(by);
  const verifier = createOriginVerifier(tls, options);
  let count = 0;
  const nextId = () => {
    count += 1;
    return `x${count}`;
  };
  try {
    await prepare(context);
    return await driveJourney(journey, {
      ...by,
      context,
      idle: [],
      ...options,
      recorder: createRecorder({ record: () => {}, nextId }),
      verifier,
      screenshots: false,
      isReturning: false,
    });
  } finally {
    verifier.close();
    await context.close().catch(() => undefined);
  }
}

async function watch(context: BrowserContext, done: Done[]): Promise<void> {
  // Known beforehand: a click may take the frame away.
  const frames = new Map<Frame, Promise<Locator | null>>();
  context.on('page', (page) => {
    page.on('framenavigated', (frame) => {
      frames.set(
        frame,
        frameLocator(frame).catch(() => null),
      );
    });
  });
  await context.exposeBinding(teller, async ({ frame }, text: unknown) => {
    const deed = deedIn(text);
    if (deed === null) return;
    // Put down at once: the order is the order of telling.
    const at = done.push({ deed, frame: null }) - 1;
    const within = await (frames.get(frame) ?? frameLocator(frame).catch(() => null));
    if (within !== null) done[at] = { deed, frame: within };
  });
  await context.addInitScript(watchPage, teller);
}

type Locator = Readonly<Record<string, string>>;

/** How the frame is found on its page; null for the page itself. */
async function frameLocator(frame: Frame): Promise<Locator | null> {
  if (frame.parentFrame() === null) return null;
  const element = await frame.frameElement();
  const css = await element.evaluate((one: Element) => {
    const named = ['id', 'name', 'title'].find((name) => one.getAttribute(name));
    return named === undefined ? 'iframe' : `iframe[${named}=${JSON.stringify(one.getAttribute(named))}]`;
  });
  return { css };
}

const acts = ['click', 'fill', 'select', 'check', 'uncheck', 'press'];

/** A page may call the teller, too: what it says is looked at. */
function deedIn(text: unknown): Deed | null {
  try {
    const deed: Deed = JSON.parse(String(text));
    const isLocator = Object.values(deed.locator).every((value) => typeof value === 'string' && value.length < 500);
    return acts.includes(deed.act) && isLocator ? deed : null;
  } catch {
    return null;
  }
}
