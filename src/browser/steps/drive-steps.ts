import type { Locator as Found, FrameLocator, Page } from 'playwright';
import type { Locator, Step } from '../../kit/index.ts';
import type { DriverEnd, Driving } from '../drive-journey.ts';
import { fillIn } from './fill-in.ts';

type Place = Page | FrameLocator;

/** Does what the configured steps say, one after the other. */
export async function driveSteps({ page, journey, ended, timeoutMs, note }: Driving): Promise<DriverEnd> {
  let frame: FrameLocator | null = null;
  for (const [index, step] of journey.steps.entries()) {
    if (ended()) return { kind: 'ended' };
    const [name] = Object.keys(step);
    try {
      if ('frame' in step) frame = frameAt(frame ?? page(), step.frame);
      else if ('goto' in step) await page().goto(fillIn(step.goto, journey.values), { timeout: timeoutMs });
      else await act(step, frame ?? page(), journey.values, timeoutMs);
    } catch (error) {
      if (ended()) return { kind: 'ended' };
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      const what = `step ${index + 1} of ${journey.steps.length} (${name} ${JSON.stringify(Object.values(step)[0])})`;
      return { kind: 'stopped', cause: 'no-such-step', message: `${what} cannot be done: ${why}` };
    }
    await note(`step ${index + 1}: ${name}`);
  }
  const deadline = Date.now() + timeoutMs;
  while (!ended() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  if (ended()) return { kind: 'ended' };
  const message = `all ${journey.steps.length} steps are done, and the browser is still at ${locationOf(page())}`;
  return { kind: 'stopped', cause: 'stuck', message };
}

async function act(
  step: Exclude<Step, { goto: string } | { frame: Locator }>,
  place: Place,
  values: Readonly<Record<string, unknown>>,
  timeout: number,
): Promise<void> {
  if ('click' in step) return find(place, step.click, values).click({ timeout });
  if ('fill' in step) return find(place, step.fill, values).fill(fillIn(step.fill.with, values), { timeout });
  if ('check' in step) return find(place, step.check, values).check({ timeout });
  if ('uncheck' in step) return find(place, step.uncheck, values).uncheck({ timeout });
  if ('press' in step) return find(place, step.press, values).press(step.press.key, { timeout });
  if ('waitFor' in step) return find(place, step.waitFor, values).waitFor({ timeout });
  const label = fillIn(step.select.option, values);
  await find(place, step.select, values).selectOption({ label }, { timeout });
}

function find(place: Place, locator: Locator, values: Readonly<Record<string, unknown>>): Found {
  const { label, role, name, text, placeholder, testId, css } = locator;
  const said = (words: string) => fillIn(words, values);
  if (label !== undefined) return place.getByLabel(said(label)).first();
  // Playwright's names of roles are a closed list; what is none of them finds nothing.
  if (role !== undefined)
    return place.locator(`role=${role}${name === undefined ? '' : `[name=${quoted(said(name))}]`}`).first();
  if (text !== undefined) return place.getByText(said(text)).first();
  if (placeholder !== undefined) return place.getByPlaceholder(said(placeholder)).first();
  if (testId !== undefined) return place.getByTestId(said(testId)).first();
  return place.locator(said(css ?? '')).first();
}

function frameAt(place: Place, { css, name }: Locator): FrameLocator {
  return place.frameLocator(
    css ?? (name === undefined ? 'iframe' : `iframe[name=${quoted(name)}], iframe[title=${quoted(name)}]`),
  );
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function locationOf(page: Page): string {
  const { origin, pathname } = new URL(page.url());
  return origin + pathname;
}
