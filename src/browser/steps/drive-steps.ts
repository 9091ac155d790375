import { setTimeout as wait } from 'node:timers/promises';
import type { Page, Locator as PageLocator } from 'playwright';
import type { Locator, Step } from '../../kit/configuration.ts';
import type { AutoEnd, AutoOptions } from '../auto/drive-auto.ts';
import type { Journey } from '../journey.ts';
import { describeStep, locatorParts } from './describe-step.ts';
import { fillTemplate, NoSuchValue } from './fill-template.ts';
import { createScope, type Scope } from './scope.ts';

export interface StepsOptions extends AutoOptions {
  /** The user has been here before: steps for pages that are not shown again may be passed over. */
  readonly isReturning: boolean;
}

const pollMs = 50;
/** How long the reason may take to follow when a page has closed. */
const closedMs = 500;
/**
 * How long an element is waited for before a later step's is taken for the next: what is asked for depends on the scopes,
 * too, so that a page may be left out at the first visit already.
 */
const passOverMs = { returning: 1000, first: 3000 } as const;
/** How long an element is waited for on what may be an error page. */
const errorPageMs = 5000;

/** Does the steps that the configuration gives, each as soon as its element can be seen. */
export async function driveSteps(options: StepsOptions): Promise<AutoEnd> {
  const { journey, ended, timeoutMs } = options;
  const scope = createScope(options.page);
  for (let index = 0; index < journey.steps.length; index += 1) {
    const found = await awaitElement(index, scope, options);
    if (ended()) return { kind: 'ended' };
    if (found === null) return noSuchStep(index, options);
    index = found.index;
    const page = options.page();
    try {
      await perform(found.step, found.element, scope, options);
    } catch (thrown) {
      // A pop-up may close on the click that ends its work; if the browser closed it, an event is about to tell.
      if (page.isClosed()) await awaitEnd(ended, closedMs);
      else if (!ended()) return noSuchStep(index, options, thrown);
    }
    await options.note(`step ${index + 1}: ${describeStep(found.step)}`);
  }
  await awaitEnd(ended, timeoutMs);
  return ended() ? { kind: 'ended' } : whatIsShown(options);
}

async function awaitEnd(ended: () => boolean, limitMs: number): Promise<void> {
  const until = Date.now() + limitMs;
  while (!ended() && Date.now() < until) await wait(pollMs);
}

interface Found {
  readonly index: number;
  readonly step: Step;
  /** None for `goto`. */
  readonly element: PageLocator | null;
}

/** Waits until the element of a step can be seen. @returns null when it cannot within the timeout */
async function awaitElement(from: number, scope: Scope, options: StepsOptions): Promise<Found | null> {
  const { journey, ended, timeoutMs, isReturning } = options;
  const started = Date.now();
  const limitMs = () => (isError(options) ? Math.min(timeoutMs, errorPageMs) : timeoutMs);
  while (!ended() && Date.now() < started + limitMs()) {
    const mayPassOver = Date.now() > started + passOverMs[isReturning ? 'returning' : 'first'];
    for (const [index, step] of journey.steps.entries()) {
      if (index < from || (index > from && !mayPassOver)) continue;
      if ('goto' in step) {
        if (index === from) return { index, step, element: null };
        break;
      }
      const element = await visible(filledLocator(step, journey.values), scope);
      if (element) return { index, step, element };
    }
    await wait(pollMs);
  }
  return null;
}

async function visible(locator: Locator, scope: Scope): Promise<PageLocator | null> {
  try {
    const found = (await scope.find(locator)).filter({ visible: true }).first();
    return (await found.count()) > 0 ? found : null;
  } catch {
    // The page is just being replaced.
    return null;
  }
}

/** @throws NoSuchValue */
function filledLocator(step: Exclude<Step, { goto: string }>, values: Journey['values']): Locator {
  const [locator = {}] = Object.values(step);
  const parts = Object.entries(locatorParts(locator));
  return Object.fromEntries(parts.map(([kind, text]) => [kind, fillTemplate(text, values)]));
}

async function perform(step: Step, element: PageLocator | null, scope: Scope, options: StepsOptions): Promise<void> {
  const { page, journey, timeoutMs: timeout } = options;
  const filled = (template: string) => fillTemplate(template, journey.values);
  if ('goto' in step) {
    scope.leave();
    await open(page(), filled(step.goto), timeout);
  }
  if (element === null) return;
  // `noWaitAfter` is the default: what a click leads to is awaited by the next step.
  if ('click' in step) await element.click({ timeout });
  if ('fill' in step) await element.fill(filled(step.fill.with), { timeout });
  if ('select' in step) await element.selectOption(filled(step.select.option), { timeout });
  if ('check' in step) await element.check({ timeout });
  if ('uncheck' in step) await element.uncheck({ timeout });
  if ('press' in step) await element.press(step.press.key, { timeout });
  if ('frame' in step) scope.enter(element);
}

/** What becomes of the page is told by its events. */
async function open(page: Page, url: string, timeout: number): Promise<void> {
  await page.goto(url, { waitUntil: 'commit', timeout }).catch(() => undefined);
}

function isError({ lastStatus }: StepsOptions): boolean {
  return (lastStatus() ?? 0) >= 400;
}

function noSuchStep(index: number, options: StepsOptions, thrown?: unknown): AutoEnd {
  const { journey, page, timeoutMs, lastStatus } = options;
  const step = journey.steps[index];
  const what = `step ${index + 1} of ${journey.steps.length} (${step ? describeStep(step) : ''})`;
  const why =
    thrown === undefined
      ? `its element was not to be seen within ${timeoutMs / 1000} s`
      : thrown instanceof NoSuchValue
        ? thrown.message
        : `it could not be done: ${thrown instanceof Error ? thrown.message.split('\n')[0] : thrown}`;
  if (thrown === undefined && isError(options)) {
    const message = `an error page: the server answered ${lastStatus()} at ${addressOf(page())}, where ${what} has no element`;
    return { kind: 'stopped', cause: 'error-page', message };
  }
  return { kind: 'stopped', cause: 'no-such-step', message: `${what}: ${why}, on ${addressOf(page())}` };
}

async function whatIsShown({ journey, page, lastStatus }: StepsOptions): Promise<AutoEnd> {
  const status = lastStatus();
  const done = `all ${journey.steps.length} steps were done, and the browser was not sent back to the app`;
  const title = await page()
    .title()
    .catch(() => '');
  const shown = `it shows "${title.slice(0, 100)}" at ${addressOf(page())}`;
  return status !== null && status >= 400
    ? { kind: 'stopped', cause: 'error-page', message: `${done}: the server answered ${status}; ${shown}` }
    : { kind: 'stopped', cause: 'stuck', message: `${done}; ${shown}` };
}

/** Without what may hold secrets. */
function addressOf(page: Page): string {
  const url = page.url();
  return URL.canParse(url) && /^https?:/.test(url)
    ? `${new URL(url).origin}${new URL(url).pathname}`
    : url.slice(0, 100);
}
