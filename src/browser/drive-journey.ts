import type { BrowserContext, Page } from 'playwright';
import type { ExchangeError } from '../kit/index.ts';
import { isAt } from './address.ts';
import { driveAuto } from './auto/drive-auto.ts';
import type { Arrival } from './catcher.ts';
import type { Journey, JourneyOutcome, Picture, StopCause } from './journey.ts';
import { waitForPerson } from './manual/wait-for-person.ts';
import type { ContextRecord } from './record-exchanges.ts';
import { driveSteps } from './steps/drive-steps.ts';

/** The browser context in which journeys are made. */
export interface Surroundings {
  readonly context: BrowserContext;
  /** No request goes to these addresses, also after the journey that named them. */
  readonly until: Set<string>;
  readonly travellers: Set<Traveller>;
  readonly exchanges: ContextRecord;
  /** For one page. */
  readonly timeoutMs: number;
  readonly headed: boolean;
  readonly attach?: (picture: Uint8Array) => Promise<string>;
  readonly signal?: AbortSignal;
}

/** A journey under way, told of what happens to the context. */
export interface Traveller {
  arrive(arrival: Arrival): void;
  distrust(url: URL, problem: ExchangeError): void;
}

/** How a driver ended: the journey was over, or the driver knows no further. */
export type DriverEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };

/** What a driver gets to work with. */
export interface Driving {
  /** The page to act on now: pop-ups change it. */
  readonly page: () => Page;
  readonly journey: Journey;
  /** Whether the journey is over, whatever the driver does. */
  readonly ended: () => boolean;
  /** For one page. */
  readonly timeoutMs: number;
  /** Of the last document. */
  readonly lastStatus: () => number | null;
  /** Takes a picture of what was done. */
  readonly note: (title: string) => Promise<void>;
}

type End = { readonly kind: 'arrived'; readonly arrival: Arrival } | Exclude<DriverEnd, { kind: 'ended' }>;

/** Pages that one journey may take, in the time of one page. */
const mostPages = 4;
const mostPictures = 12;

/** Makes a journey in a page of its own; never rejects and never takes longer than a few pages may. */
export async function driveJourney(journey: Journey, surroundings: Surroundings): Promise<JourneyOutcome> {
  const { context, until, travellers, exchanges, timeoutMs, signal } = surroundings;
  for (const address of journey.until) until.add(address);
  const strip: Picture[] = [];
  const remarks: string[] = [];
  let lastStatus: number | null = null;
  let over = false;
  let finish: (end: End) => void = () => undefined;
  const finished = new Promise<End>((resolve) => {
    finish = (end) => {
      over = true;
      resolve(end);
    };
  });
  const stop = (cause: StopCause, message: string) => finish({ kind: 'stopped', cause, message });

  const traveller: Traveller = {
    arrive(arrival) {
      // Two journeys may be made at once in one context, with one redirect URI and the same state.
      const isTheirs = arrival.page === null ? travellers.size === 1 : pages.includes(arrival.page);
      const isThere = journey.until.some((address) => isAt(arrival.url, address));
      if (isTheirs && isThere) finish({ kind: 'arrived', arrival });
    },
    distrust: (url, problem) =>
      stop(
        problem.kind === 'certificate' || problem.kind === 'tls' ? 'tls' : 'network',
        `${url.origin}: ${problem.message}`,
      ),
  };
  let pages: Page[] = [];
  const timer = setTimeout(
    () => stop('timeout', `the pages led nowhere within ${(mostPages * timeoutMs) / 1000} s`),
    mostPages * timeoutMs,
  );
  const interrupt = () => stop('interrupted', 'the run was interrupted');
  signal?.addEventListener('abort', interrupt, { once: true });
  travellers.add(traveller);

  const page = (): Page => {
    const current = pages.at(-1);
    if (!current) throw new Error('the journey has no page');
    return current;
  };
  const attend = (opened: Page): void => {
    pages.push(opened);
    opened.on('popup', attend);
    opened.on('close', () => {
      pages = pages.filter((other) => other !== opened);
      if (pages.length === 0) stop('crashed', 'the page closed itself before it came back to the app');
    });
    opened.on('crash', () => stop('crashed', 'the page crashed'));
    opened.on('dialog', (dialog) => {
      remarks.push(`a dialog said "${dialog.message().slice(0, 200)}"`);
      dialog.dismiss().catch(() => undefined);
    });
    opened.on('download', (download) =>
      stop(
        'download',
        `the server sent a file to save, ${download.suggestedFilename().slice(0, 100)}, instead of a page`,
      ),
    );
    opened.on('response', (response) => {
      if (response.request().isNavigationRequest() && response.frame() === opened.mainFrame()) {
        lastStatus = response.status();
      }
    });
    opened.on('requestfailed', (request) => {
      const failure = request.failure()?.errorText ?? '';
      const isMain = request.isNavigationRequest() && request.frame() === opened.mainFrame();
      // ERR_ABORTED: another navigation took its place, it was caught, or it became a download.
      if (isMain && failure !== 'net::ERR_ABORTED' && /^https?:/.test(request.url())) {
        const { origin, pathname } = new URL(request.url());
        stop(causeOf(failure), `${origin}${pathname} could not be opened: the browser says ${failure}`);
      }
    });
  };
  const note = async (title: string): Promise<void> => {
    if (over) return;
    const attach = strip.length < mostPictures ? surroundings.attach : undefined;
    strip.push({ title, file: attach ? await pictureOf(page(), attach) : null });
  };

  try {
    const first = await context.newPage();
    attend(first);
    context.browser()?.once('disconnected', () => stop('crashed', 'the browser ended'));
    const drive = async (): Promise<void> => {
      await start(first, journey, timeoutMs, () => over);
      if (over) return;
      const driving = { page, journey, ended: () => over, timeoutMs, lastStatus: () => lastStatus, note };
      const end = await drivers[journey.drive](driving, surroundings.headed);
      if (end.kind === 'stopped') finish(end);
      else if (!over) stop('stuck', 'the pages led nowhere');
    };
    // What a page does while it is being closed is no concern of the driver's.
    drive().catch((error: Error) => stop(causeOf(error.message), error.message.split('\n')[0] ?? ''));
    const end = await finished;
    if (end.kind === 'stopped' && surroundings.attach && pages.length > 0) {
      strip.push({ title: end.message.split('\n')[0] ?? '', file: await pictureOf(page(), surroundings.attach) });
    }
    const said = remarks.length > 0 ? `; ${remarks.join('; ')}` : '';
    const travelled = { exchanges: await exchanges.taken(), strip };
    if (end.kind === 'arrived') return { kind: 'returned', ...travelled, ...parametersOf(end.arrival) };
    return { kind: 'stopped', cause: end.cause, message: end.message + said, lastStatus, ...travelled };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { kind: 'stopped', cause: 'crashed', message, lastStatus, exchanges: await exchanges.taken(), strip };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
    travellers.delete(traveller);
    over = true;
    // Not waited for: a page that hangs may take its time to close.
    for (const open of pages) open.close().catch(() => undefined);
  }
}

const drivers: Readonly<Record<Journey['drive'], (driving: Driving, headed: boolean) => Promise<DriverEnd>>> = {
  auto: driveAuto,
  steps: driveSteps,
  manual: waitForPerson,
};

/** Opens the first page: by GET, or by a form that sends itself. */
async function start(
  page: Page,
  { start: { url, form } }: Journey,
  timeout: number,
  isOver: () => boolean,
): Promise<void> {
  try {
    if (!form) {
      await page.goto(url, { waitUntil: 'commit', timeout });
      return;
    }
    const arriving = page.waitForNavigation({ waitUntil: 'commit', timeout });
    await page.setContent(selfSendingForm(url, form), { waitUntil: 'commit', timeout });
    await page.evaluate('document.forms[0].submit()').catch(() => undefined);
    await arriving;
  } catch (error) {
    // Caught on its way, or stopped already: the journey knows.
    if (isOver()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!isOver()) throw error;
  }
}

function selfSendingForm(url: string, form: URLSearchParams): string {
  const inputs = [...form].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<form method="post" action="${escaped(url)}">${inputs.join('')}</form>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('\n', '&#10;');
}

function causeOf(error: string): StopCause {
  if (error.includes('ERR_TOO_MANY_REDIRECTS')) return 'redirect-loop';
  if (/ERR_CERT|ERR_SSL/.test(error)) return 'tls';
  if (/ERR_TIMED_OUT|Timeout .*exceeded/.test(error)) return 'timeout';
  if (/crashed|has been closed/.test(error)) return 'crashed';
  return /net::ERR/.test(error) ? 'network' : 'stuck';
}

function parametersOf({ url, method, body }: Arrival) {
  const at = new URL(url);
  if (method === 'POST' && body !== null)
    return { url, method, from: 'form', parameters: new URLSearchParams(body) } as const;
  const fragment = new URLSearchParams(at.hash.slice(1));
  const isInFragment = ['code', 'error', 'access_token', 'state'].some((name) => fragment.has(name));
  return isInFragment && !at.searchParams.has('code') && !at.searchParams.has('error')
    ? ({ url, method, from: 'fragment', parameters: fragment } as const)
    : ({ url, method, from: 'query', parameters: at.searchParams } as const);
}

/** Fields that hold secrets are masked. */
async function pictureOf(page: Page, attach: NonNullable<Surroundings['attach']>): Promise<string | null> {
  const secret = 'input[type=password], input[autocomplete=one-time-code], input[name*=otp i], input[name*=code i]';
  return page
    .screenshot({ type: 'jpeg', quality: 50, timeout: 2000, mask: [page.locator(secret)], animations: 'disabled' })
    .then(attach)
    .catch(() => null);
}
