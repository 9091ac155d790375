import type { ElementHandle, Frame, Page } from 'playwright';
import type { Journey, StopCause } from '../journey.ts';
import type { Action, Decision, PageSnapshot } from './action.ts';
import { chooseAction } from './choose-action.ts';
import { describeStuck } from './describe-stuck.ts';
import { withoutOtherDoors } from './doors.ts';
import { emptyMemory, type Memory, remembering } from './memory.ts';
import { type FrameSnapshot, takeSnapshot } from './snapshot.ts';
import { stillLoading } from './words.ts';

export interface AutoOptions {
  /** The one to act on now: pop-ups change it. */
  readonly page: () => Page;
  readonly journey: Journey;
  /** Whether the journey is over, whatever the driver does. */
  readonly ended: () => boolean;
  /** For one page. */
  readonly timeoutMs: number;
  /** Of the last document. */
  readonly lastStatus: () => number | null;
  /** Whether a request of the pages waits for its answer. */
  readonly awaits: () => boolean;
  /** When the last of their requests was answered (milliseconds since the epoch). */
  readonly answeredAt: () => number;
  /** Whether the page has asked for anything itself since it came. */
  readonly isScripted: () => boolean;
  /** How often the pages have sent something. */
  readonly sent: () => number;
  /** Told when consent is about to be given. */
  readonly consenting: () => void;
  /** Takes a picture of what was done. */
  readonly note: (title: string) => Promise<void>;
}

/** How a driver ended: the journey was over, or the driver knows no further. */
export type AutoEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };

/** Pages that one journey may take. */
const mostActions = 25;
/** Time in which a page that does nothing, and is answered nothing, is taken to be done. */
const quietMs = 1200;
/** The same while answers come, or are awaited, that the page may need; some pages never stop asking. */
const longQuietMs = 10_000;
/** Time in which a page that does nothing has shown what it has, if perhaps not all. */
const settlingMs = 400;
/** Time for which something that could be done is put off at most. */
const mostHeldMs = 5000;
/** Between looks at a page that has not changed: short at first, since most answers come soon. */
const pollsMs = [5, 10, 20, 40, 60];
/** Times that pages may look the same when something is done to them. */
const mostRepeats = 2;

/**
 * Gets through the pages of a server unaided: looks at a page as a person does, acts as soon as something fitting can be
 * used, and stops when a page stays as it is or comes back.
 */
export async function driveAuto({
  page,
  journey,
  ended,
  timeoutMs,
  lastStatus,
  awaits,
  answeredAt,
  isScripted,
  sent,
  consenting,
  note,
}: AutoOptions): Promise<AutoEnd> {
  let memory = emptyMemory;
  const repeats = new Map<string, number>();
  let acted: string | null = null;
  /** What was known before it, and what had been sent. */
  let last = null as Acted | null;
  let seen = { look: '', since: Date.now() };
  let looks = 0;
  /** Since when something is not done as the page may not have come to rest. */
  let heldSince: number | null = null;

  while (!ended()) {
    const { snapshot, frames } = await look(page(), lastStatus());
    if (!snapshot) {
      await pause(looks++);
      continue;
    }
    const ways = withoutOtherDoors(snapshot, journey.userKind);
    const appearance = appearanceOf(snapshot);
    if (appearance !== seen.look) seen = { look: appearance, since: Date.now() };
    const isLoading = stillLoading.test(snapshot.text);
    const longestMs = isLoading ? timeoutMs : Math.min(timeoutMs, longQuietMs);
    // An answer that was long in coming is acted upon after it has come.
    const isIdle = !isLoading && !awaits() && Date.now() - Math.max(seen.since, answeredAt()) > quietMs;
    const isQuiet = snapshot.loaded && (isIdle || Date.now() - seen.since > longestMs);
    // What was done shows in what follows: until then there is nothing to decide, unless nothing follows.
    let decision: Decision | null = appearance === acted && !isQuiet ? null : chooseAction(ways, journey, memory);
    const inVain: Acted | null = isQuiet && last?.sent === sent() && leadsNowhere(decision) ? last : null;
    if (inVain) {
      // Nothing was sent: it may have missed what moved just then. A person would do it again, once.
      if (inVain.isSecond) return stopped('stuck', `nothing comes of this: ${memory.done.at(-1)}`, snapshot);
      decision = chooseAction(ways, journey, inVain.memory);
    }
    const isEarly = awaits() || Date.now() - Math.max(seen.since, answeredAt()) < settlingMs;
    if (decision?.kind === 'act' && isHasty(decision, isScripted()) && isEarly && !isQuiet) {
      heldSince ??= Date.now();
      // Some pages never come to rest.
      if (Date.now() - heldSince < mostHeldMs) decision = null;
    }
    if (decision?.kind === 'stop') return stopped(decision.cause, decision.message, snapshot);
    if (decision?.kind === 'wait' && isQuiet)
      return stopped(decision.otherwise.cause, decision.otherwise.message, snapshot);
    if (decision?.kind === 'act' && journey.looksOnly) {
      if (isQuiet) return stopped('stuck', `the page waits for somebody to ${decision.why}`, snapshot);
      await pause(looks++);
    } else if (decision?.kind === 'act') {
      const repeated = `${lookOf(snapshot)} ${decision.why}`;
      repeats.set(repeated, (repeats.get(repeated) ?? 0) + 1);
      if (memory.done.length >= mostActions || (repeats.get(repeated) ?? 0) > mostRepeats) {
        return stopped('stuck', `the page comes back after this: ${decision.why}`, snapshot);
      }
      looks = 0;
      heldSince = null;
      await note(decision.why);
      if (decision.consents) consenting();
      last = { memory: inVain?.memory ?? memory, sent: sent(), isSecond: inVain !== null };
      const isDone = await perform(decision.actions, frames, ended, timeoutMs);
      if (isDone) memory = remembering(memory, decision.why, decision.marks);
      acted = isDone ? appearance : null;
      seen = { look: appearance, since: Date.now() };
    } else {
      await pause(looks++);
    }
  }
  return { kind: 'ended' };

  function stopped(
    cause: Extract<Decision, { kind: 'stop' }>['cause'],
    message: string,
    snapshot: PageSnapshot,
  ): AutoEnd {
    return { kind: 'stopped', cause, message: cause === 'stuck' ? describeStuck(message, snapshot, memory) : message };
  }
}

/** What is searched for may be about to be shown; what is consented to, about to be drawn, or drawn anew, by a script. */
function isHasty({ marks, actions, consents }: Extract<Decision, { kind: 'act' }>, isScripted: boolean): boolean {
  if (marks.searched !== undefined) return true;
  return isScripted && (consents === true || actions.some(({ do: what }) => what === 'tick' || what === 'untick'));
}

interface Acted {
  readonly memory: Memory;
  readonly sent: number;
  readonly isSecond: boolean;
}

function leadsNowhere(decision: Decision | null): boolean {
  const end = decision?.kind === 'wait' ? decision.otherwise : decision;
  return end?.kind === 'stop' && (end.cause === 'stuck' || end.cause === 'wrong-credentials');
}

const pause = (looks: number) =>
  new Promise((resolve) => setTimeout(resolve, pollsMs[Math.min(looks, pollsMs.length - 1)]));

/** All frames of a page; null while it is being left. */
async function look(
  page: Page,
  status: number | null,
): Promise<{ snapshot: PageSnapshot | null; frames: readonly Frame[] }> {
  const seen = await Promise.all(page.frames().map(lookAtFrame));
  const [main] = seen;
  if (!main) return { snapshot: null, frames: [] };
  const present = seen.filter((frame) => frame !== null);
  const snapshots = present.map(({ snapshot }) => snapshot);
  const joined = (part: (snapshot: FrameSnapshot) => string) => snapshots.map(part).join(' ').trim();
  return {
    frames: present.map(({ frame }) => frame),
    snapshot: {
      ...main.snapshot,
      url: page.url(),
      status,
      controls: snapshots.flatMap(({ controls }, frame) => controls.map((control) => ({ ...control, frame }))),
      text: joined(({ text }) => text),
      alerts: joined(({ alerts }) => alerts),
      headings: snapshots.flatMap(({ headings }) => headings),
      hasCaptcha: snapshots.some(({ hasCaptcha }) => hasCaptcha),
      loaded: snapshots.every(({ loaded }) => loaded),
    },
  };
}

async function lookAtFrame(frame: Frame) {
  try {
    return { frame, snapshot: await frame.evaluate(takeSnapshot) };
  } catch {
    return null;
  }
}

async function perform(
  actions: readonly Action[],
  frames: readonly Frame[],
  ended: () => boolean,
  timeoutMs: number,
): Promise<boolean> {
  for (const action of actions) {
    if (ended()) return true;
    const element = await elementOf(action, frames);
    if (!element) return false;
    // An element may go or be covered while this is done; the next look at the page tells.
    const done = await performOne(action, element, Math.min(timeoutMs, 3000)).then(
      () => true,
      () => false,
    );
    if (!done) return false;
  }
  return true;
}

async function elementOf({ control }: Action, frames: readonly Frame[]): Promise<ElementHandle | null> {
  const found = await frames[control.frame]
    ?.evaluateHandle((index) => Reflect.get(window, Symbol.for('smart-check'))[index], control.index)
    .catch(() => undefined);
  return found?.asElement() ?? null;
}

async function performOne(action: Action, element: ElementHandle, timeout: number): Promise<void> {
  // What follows a click is for the next look; it may be a page that never comes.
  const options = { timeout, noWaitAfter: true };
  // What is in view was seen to be uncovered: Playwright need not wait to see it, too.
  const press = { ...options, force: action.control.inView };
  switch (action.do) {
    case 'fill':
      return element.fill(action.text, options);
    case 'click':
      return element.click(press);
    case 'enter':
      return element.press('Enter', options);
    case 'choose':
      await element.selectOption({ value: action.value }, options);
      return;
    case 'tick':
    case 'untick':
      return setBox(element, action.control.on, action.do === 'tick', press);
  }
}

/** By a click where the box itself is hidden behind its label. */
async function setBox(
  element: ElementHandle,
  isOn: boolean,
  on: boolean,
  options: { timeout: number; force: boolean },
): Promise<void> {
  if (isOn !== on) await element.click(options);
}

/** Changes with everything that a person could see change. */
function appearanceOf(snapshot: PageSnapshot): string {
  return `${snapshot.born} ${lookOf(snapshot)} ${snapshot.controls.map(({ on, value }) => `${on}${value}`).join()}`;
}

/** The same for two pages that look alike. */
function lookOf({ url, text, controls }: PageSnapshot): string {
  const path = url.replace(/[?#].*$/, '');
  return `${path} ${text} ${controls.map(({ kind, names, text: words }) => `${kind}${names}${words}`).join()}`;
}
