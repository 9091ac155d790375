import type { Browser, BrowserContext, Frame, Page, Request } from 'playwright';
import type { Exchange } from '../kit/exchange.ts';
import { driveAuto } from './auto/drive-auto.ts';
import type { Catcher, Traveller } from './catcher.ts';
import { caughtFrom } from './caught.ts';
import { createEnding, type End, type Ending } from './ending.ts';
import type { Journey, JourneyOutcome } from './journey.ts';
import { followPages, type PageEvents, type Pages } from './pages.ts';
import { placeOf } from './place-of.ts';
import type { Recorder } from './recorder.ts';
import { clearPage, startJourney } from './start-journey.ts';
import { driveSteps } from './steps/drive-steps.ts';
import { createStrip, type Strip } from './strip.ts';
import type { OriginVerifier } from './verify-origins.ts';
import { within } from './within.ts';

export interface Surroundings {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly catcher: Catcher;
  /** Pages of this context that wait for a journey. */
  readonly idle: Page[];
  readonly recorder: Recorder;
  readonly verifier: OriginVerifier;
  /** For one page. */
  readonly timeoutMs: number;
  readonly screenshots: boolean;
  /** A journey in this context has come back before. */
  readonly isReturning: boolean;
  /** Ends the journeys under way. */
  readonly signal: AbortSignal;
}

/** What was seen on the way. */
interface Log {
  readonly exchanges: Exchange[];
  readonly dialogs: string[];
  readonly strip: Strip;
  lastStatus: number | null;
  /** Requests that have not been answered. */
  awaited: number;
  /** What may have carried something to the server, by whichever way. */
  sent: number;
  /** When the last answer came. */
  answeredAt: number;
  /** The page has asked for something itself. */
  isScripted: boolean;
  /** The user gives consent. */
  consents: boolean;
}

/** How long a journey may take, in times of what one page may. */
const longestJourney = 4;
/** How long an event may take to follow its cause. */
const eventMs = 1000;
/** How long pages may take to close. */
const closingMs = 5000;
/** How long a person is waited for. */
const personMs = 5 * 60_000;

/** Travels once, within limits of its own, however it ends. */
export async function driveJourney(journey: Journey, surroundings: Surroundings): Promise<JourneyOutcome> {
  const { browser, context, timeoutMs, signal } = surroundings;
  const ending = createEnding();
  const log: Log = {
    exchanges: [],
    dialogs: [],
    strip: createStrip(surroundings.screenshots),
    lastStatus: null,
    awaited: 0,
    sent: 0,
    answeredAt: 0,
    isScripted: false,
    consents: false,
  };
  const totalMs =
    journey.drive === 'manual' ? Math.max(personMs, longestJourney * timeoutMs) : longestJourney * timeoutMs;
  const tooLate = () => ending.stop('timeout', `the browser was not sent back to the app within ${totalMs / 1000} s`);
  const timer = setTimeout(tooLate, totalMs);
  const interrupt = () => ending.stop('interrupted', 'the run was interrupted');
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const crashed = () => ending.stop('crashed', 'the browser crashed or was closed');
  browser.once('disconnected', crashed);
  try {
    // A browser that hangs gives no page.
    const page = ending.isReached()
      ? null
      : await Promise.race([openIdle(surroundings.idle) ?? context.newPage(), ending.reached.then(() => null)]);
    if (page) await travel(page, journey, surroundings, ending, log);
  } catch (thrown) {
    // The page went away under the journey's feet: why, an event is about to tell.
    await within(eventMs, ending.reached);
    if (!ending.isReached()) throw thrown;
  } finally {
    clearTimeout(timer);
    browser.off('disconnected', crashed);
    signal.removeEventListener('abort', interrupt);
  }
  return outcomeOf(await ending.reached, log);
}

/** A page that waits, and is still there. */
function openIdle(idle: Page[]): Page | undefined {
  const page = idle.pop();
  return page?.isClosed() ? openIdle(idle) : page;
}

/** Follows the journey on this page until it has ended. */
async function travel(page: Page, journey: Journey, surroundings: Surroundings, ending: Ending, log: Log) {
  const { context, catcher } = surroundings;
  const pages = followPages(page, eventsOf(ending, log));
  const traveller = travellerOf(journey, surroundings, pages, ending, log);
  const onRequest = (request: Request) => {
    if (!passive.includes(request.resourceType())) log.sent += 1;
    catchOtherScheme(request, journey, pages, traveller);
  };
  context.on('request', onRequest);
  let hasNavigated = false;
  const onNavigated = (frame: Frame) => {
    hasNavigated ||= frame === page.mainFrame();
  };
  page.on('framenavigated', onNavigated);
  /** Whether there is nothing to see but what an earlier journey left. */
  const isUntouched = () => pages.current() === page && !hasNavigated;
  let driving: Promise<void> = Promise.resolve();
  try {
    catcher.follow(traveller, await targetOf(page));
    driving = drive(journey, surroundings, pages, ending, log, isUntouched);
    const end = await ending.reached;
    const isThere = end.kind === 'returned' || end.cause !== 'crashed';
    if (isThere && !isUntouched()) await log.strip.take(pages.current(), 'the end', true);
  } finally {
    context.off('request', onRequest);
    page.off('framenavigated', onNavigated);
    catcher.leave(traveller);
    // A click that is still on its way would land on the next journey's page.
    const isStill = await within(
      eventMs,
      driving.then(() => true),
    );
    await within(closingMs, ending.hasReturned() && isStill ? keep(page, pages, surroundings) : pages.close());
  }
}

/** Has the page wait for the next journey, empty: what a page does by the clock would come in between. */
async function keep(page: Page, pages: Pages, { idle, context, timeoutMs }: Surroundings): Promise<void> {
  if (!page.isClosed()) await clearPage(page, timeoutMs).catch(() => page.close());
  const released = await pages.release();
  if (released && context.pages().includes(released)) idle.push(released);
}

/** Requests for what a page looks like: they carry nothing. */
const passive = ['image', 'stylesheet', 'font', 'media'];

const targets = new WeakMap<Page, string>();

async function targetOf(page: Page): Promise<string> {
  const known = targets.get(page);
  if (known !== undefined) return known;
  const session = await page.context().newCDPSession(page);
  const { targetInfo } = await session.send('Target.getTargetInfo');
  await session.detach();
  targets.set(page, targetInfo.targetId);
  return targetInfo.targetId;
}

function eventsOf(ending: Ending, log: Log): PageEvents {
  return {
    crashed: () => ending.stop('crashed', 'the page crashed'),
    spoke: () => {
      log.sent += 1;
    },
    dialog: (kind, text) => log.dialogs.push(`${kind} "${text}"`),
    downloading: (name, url) => ending.stop('download', `${shown(url)} sent a file, "${name}", in place of a page`),
    failed(url, error) {
      // A request that was caught, or given up for another, is aborted.
      if (error === 'net::ERR_ABORTED') return;
      if (error === 'net::ERR_TOO_MANY_REDIRECTS') {
        ending.stop('redirect-loop', `${shown(url)} was reached by more than 20 redirects, and redirects again`);
      } else if (error === 'net::ERR_HTTP_RESPONSE_CODE_FAILURE') {
        ending.stop('error-page', `${shown(url)} answered ${log.lastStatus ?? 'with an error'} and an empty page`);
      } else if (error === 'net::ERR_CACHE_MISS') {
        ending.stop(
          'stuck',
          `the browser was sent back to ${shown(url)}, which a form had led to and which is not kept`,
        );
      } else {
        ending.stop('network', `${shown(url)} could not be opened: ${error}`);
      }
    },
    // Pages are closed, too, when the browser has crashed, which is told after it.
    closed: () => setTimeout(() => ending.stop('interrupted', 'the page was closed'), eventMs).unref(),
  };
}

/** Without what may hold secrets. */
function shown(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : url;
}

function travellerOf(
  journey: Journey,
  { timeoutMs, recorder, verifier }: Surroundings,
  pages: Pages,
  ending: Ending,
  log: Log,
): Traveller {
  const { start, until } = journey;
  const back = until[0] === undefined ? 'null' : new URL(until[0]).origin;
  return {
    recorder,
    verifier,
    until,
    state: start.form?.get('state') ?? new URL(start.url).searchParams.get('state'),
    posts: start.form && back !== 'null' ? { url: new URL(start.url).href, origin: back } : null,
    timeoutMs,
    holds: pages.holds,
    caught: ending.returned,
    endsAtForm: () => journey.holdsConsent === true && log.consents,
    stop: ending.stop,
    sending(isPage) {
      log.awaited += 1;
      if (!isPage) log.isScripted = true;
    },
    exchanged(exchange) {
      log.awaited -= 1;
      log.answeredAt = Date.now();
      log.exchanges.push(exchange);
    },
    arrived(status) {
      log.lastStatus = status;
      log.isScripted = false;
    },
  };
}

/** Addresses of other schemes (`com.example.app:/callback`) never become a request that the catcher sees. */
function catchOtherScheme(request: Request, { until }: Journey, pages: Pages, traveller: Traveller): void {
  const url = request.url();
  if (/^https?:/i.test(url) || !until.some((address) => placeOf(address) === placeOf(url))) return;
  const caught = caughtFrom({ url, method: request.method(), body: request.postData() });
  const isHis = pages.sent(request) ?? caught.parameters.get('state') === traveller.state;
  if (isHis) traveller.caught(caught);
}

/** Sees to it that the journey ends. */
async function drive(
  journey: Journey,
  { timeoutMs, isReturning }: Surroundings,
  pages: Pages,
  ending: Ending,
  log: Log,
  isUntouched: () => boolean,
): Promise<void> {
  const note = async (title: string) => {
    if (!ending.isReached()) await log.strip.take(pages.current(), title);
  };
  try {
    // Its failure is told by the page's events, where it is one.
    await startJourney(journey, pages.current(), timeoutMs).catch(() => undefined);
    // Nobody is to act on another journey's page where nothing new comes.
    if (!ending.isReached() && isUntouched()) await clearPage(pages.current(), timeoutMs).catch(() => undefined);
    if (journey.drive === 'manual' || ending.isReached()) return;
    const lastStatus = () => log.lastStatus;
    const awaits = () => log.awaited > 0;
    const answeredAt = () => log.answeredAt;
    const isScripted = () => log.isScripted;
    const sent = () => log.sent;
    const consenting = () => {
      log.consents = true;
    };
    const told = { lastStatus, awaits, answeredAt, isScripted, sent, consenting, note };
    const options = { page: pages.current, journey, ended: ending.isReached, timeoutMs, ...told };
    const end = await (journey.drive === 'auto' ? driveAuto(options) : driveSteps({ ...options, isReturning }));
    if (end.kind === 'stopped') ending.stop(end.cause, withRefusal(end.message, log));
  } catch (thrown) {
    // When the page went away, an event is about to tell why.
    await within(eventMs, ending.reached);
    const why = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
    ending.stop('stuck', `the page could not be acted on: ${why}`);
  }
}

/** What the page itself was answered last, where that was an error: pages do not always show it. */
function withRefusal(message: string, { exchanges }: Log): string {
  const last = exchanges.findLast(({ request, response }) => response !== null && request.method !== 'OPTIONS');
  const { request, response } = last ?? {};
  if (!request || !response || response.status < 400 || !/json/i.test(response.headers['content-type'] ?? '')) {
    return message;
  }
  const [first = '', ...rest] = message.split('\n');
  const said = response.body.replace(/\s+/g, ' ').slice(0, 300);
  return [`${first}; ${request.method} ${shown(request.url)} was answered ${response.status} ${said}`, ...rest].join(
    '\n',
  );
}

function outcomeOf(end: End, { exchanges, dialogs, strip, lastStatus }: Log): JourneyOutcome {
  const travelled = { exchanges, strip: strip.pictures };
  if (end.kind === 'returned') return { kind: 'returned', ...end.caught, ...travelled };
  const raised = dialogs.length > 0 ? `; the pages raised ${dialogs.join(', ')}` : '';
  return { kind: 'stopped', cause: end.cause, message: `${end.message}${raised}`, lastStatus, ...travelled };
}
