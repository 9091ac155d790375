import type { Exchange, HttpClient } from '../../kit/index.ts';
import { type Caught, caughtFrom } from '../caught.ts';
import {
  type AuthorizeBrowser,
  type BrowserSession,
  forWantOf,
  type Journey,
  type JourneyOutcome,
  type Picture,
  pickingVisit,
  type StopCause,
  type Travelled,
} from '../journey.ts';
import { placeOf } from '../place-of.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { alertOf, frameIn, type PlainForm, readForm, textOf } from './read-form.ts';

export interface PlainBrowserOptions {
  readonly http: HttpClient;
  /** Told of each journey when it has ended. */
  readonly onJourney?: (outcome: JourneyOutcome, startedAt: Date) => Promise<void>;
}

/** What a browser sends, and where it lands. */
interface Request {
  readonly url: string;
  readonly form?: URLSearchParams | undefined;
  /** `Origin` of the form's page; another site's where it is not the target's. */
  readonly origin?: string;
  readonly fromElsewhere?: boolean;
}

type Arrival =
  | { readonly kind: 'caught'; readonly caught: Caught }
  | { readonly kind: 'page'; readonly url: string; readonly status: number; readonly html: string }
  | { readonly kind: 'stopped'; readonly cause: StopCause; readonly message: string };

/** Redirects that a browser follows. */
const mostRedirects = 20;
/** Pages of one journey. */
const mostPages = 15;

/**
 * Makes a browser that neither draws pages nor runs scripts: it follows redirects, keeps cookies and sends the forms of
 * the reference server's plain pages, for a hundredth of the time. For proving what the kit judges, not how it drives.
 */
export function createPlainBrowser({ http, onJourney }: PlainBrowserOptions): AuthorizeBrowser {
  return {
    async openSession(): Promise<BrowserSession> {
      const jar = createCookieJar();
      return {
        async drive(journey) {
          const startedAt = new Date();
          const outcome = await travel(journey, jar, http);
          await onJourney?.(outcome, startedAt);
          return outcome;
        },
        close: async () => undefined,
      };
    },
    close: async () => undefined,
  };
}

async function travel(journey: Journey, jar: CookieJar, http: HttpClient): Promise<JourneyOutcome> {
  const exchanges: Exchange[] = [];
  const strip: Picture[] = [];
  const travelled: Travelled = { exchanges, strip };
  const { start, until } = journey;
  const visit = (request: Request) => follow(request, { until, jar, http, exchanges });
  const tried = { password: false };
  let arrival = await visit({
    ...start,
    ...(start.form && { origin: originOf(until[0]), fromElsewhere: true }),
  });
  let embedded = false;
  for (let pages = 0; arrival.kind === 'page'; pages += 1) {
    const frame = frameIn(arrival.html);
    if (frame !== null && pages < mostPages) {
      embedded = true;
      arrival = await visit({ url: new URL(frame, arrival.url).href });
      continue;
    }
    const step = pages < mostPages ? answerTo(arrival, journey, tried) : stopped('stuck', 'the pages come back');
    if (step.kind === 'held') arrival = { kind: 'caught', caught: step.caught };
    else if (step.kind === 'stopped') arrival = step;
    else {
      strip.push({ title: step.what, jpeg: null });
      arrival = await visit(step.request);
    }
  }
  if (arrival.kind === 'caught') return { kind: 'returned', ...arrival.caught, embedded, ...travelled };
  const lastStatus = exchanges.at(-1)?.response?.status ?? null;
  return { kind: 'stopped', cause: arrival.cause, message: arrival.message, lastStatus, ...travelled };
}

/** Sends a request and those it is redirected to. */
async function follow(
  request: Request,
  surroundings: {
    readonly until: readonly string[];
    readonly jar: CookieJar;
    readonly http: HttpClient;
    readonly exchanges: Exchange[];
  },
): Promise<Arrival> {
  const { until, jar, http, exchanges } = surroundings;
  let { url, form } = request;
  let isFirst = true;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const place = placeOf(url);
    const method = form ? 'POST' : 'GET';
    if (until.some((address) => placeOf(address) === place)) {
      return { kind: 'caught', caught: caughtFrom({ url, method, body: form ? String(form) : null }) };
    }
    const target = new URL(url);
    if (!/^https?:$/.test(target.protocol) || !/^(127\.0\.0\.1|localhost)$/.test(target.hostname)) {
      return stopped('network', `${target.protocol}//${target.host}${target.pathname} could not be opened`);
    }
    const exchange = await http.send({
      url,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
        ...jar.header(target, isFirst && form !== undefined && request.fromElsewhere === true),
        ...(form && request.origin !== undefined && { origin: request.origin }),
      },
      ...(form && { method, body: form }),
    });
    exchanges.push(exchange);
    const { response, error } = exchange;
    if (!response) return stopped(causeOf(error?.kind), error?.message ?? 'no answer came');
    jar.keep(target, response.headers['set-cookie']);
    const { location } = response.headers;
    const isRedirect = response.status >= 300 && response.status < 400 && location !== undefined;
    if (!isRedirect || !URL.canParse(location, url)) {
      return { kind: 'page', url, status: response.status, html: response.body };
    }
    url = new URL(location, url).href;
    if (response.status !== 307 && response.status !== 308) form = undefined;
    isFirst = false;
  }
  return stopped('redirect-loop', `${request.url} was reached by more than ${mostRedirects} redirects`);
}

type Answer =
  | { readonly kind: 'send'; readonly request: Request; readonly what: string }
  | { readonly kind: 'held'; readonly caught: Caught }
  | Stop;

/** What a user does on a page. */
function answerTo(
  { url, status, html }: Extract<Arrival, { kind: 'page' }>,
  journey: Journey,
  tried: { password: boolean },
): Answer {
  const form = readForm(html);
  if (status >= 400 || !form) {
    const cause = status >= 400 ? 'error-page' : 'stuck';
    return stopped(cause, `the server answered ${status} with a page that says "${textOf(html).slice(0, 300)}"`);
  }
  if (journey.looksOnly) return stopped('stuck', 'the page waits for somebody to act');
  if (journey.drive !== 'auto') return stopped('stuck', 'steps are for a browser that runs scripts');
  const values = new URLSearchParams();
  for (const { name, type, value } of form.fields) {
    if (type === 'hidden') values.append(name, value);
    if (type === 'checkbox' && !isWithheld(value, journey)) values.append(name, value);
  }
  const isSigningIn = form.fields.some(({ type }) => type === 'password');
  if (isSigningIn) {
    const alert = alertOf(html);
    const { username, password } = journey.user ?? {};
    if (tried.password) {
      return stopped(/lock/i.test(alert ?? '') ? 'locked' : 'wrong-credentials', alert ?? 'the page asks again');
    }
    if (username === undefined || password === undefined) return stopped('stuck', 'nobody is configured to sign in');
    tried.password = true;
    values.append('username', username);
    values.append('password', password);
  } else if (form.fields.some(({ type }) => type === 'text')) {
    return stopped('needs-otp', 'the page asks for what nobody here knows');
  }
  const button = chosenButton(form, journey);
  if (button && button.name !== '') values.append(button.name, button.value);
  const what = isSigningIn ? `sign in as ${journey.user?.username}` : doneBy(button, journey);
  const isConsent = button?.name === 'decision' && button.value === 'allow';
  const action = new URL(form.action, url);
  if (form.method === 'get') {
    action.search = String(values);
    return { kind: 'send', request: { url: action.href }, what };
  }
  if (isConsent && journey.holdsConsent) {
    return { kind: 'held', caught: { url: action.href, method: 'POST', parameters: values, from: 'consent' } };
  }
  const origin = new URL(url).origin;
  return { kind: 'send', request: { url: action.href, form: values, origin }, what };
}

/** The button to press, where there is one. */
function chosenButton({ buttons }: PlainForm, { pick, consent }: Journey): PlainForm['buttons'][number] | undefined {
  const named = (name: string) => buttons.filter((button) => button.name === name);
  for (const [name, wanted] of [
    ['patient', pick.patient],
    ['encounter', pick.encounter],
  ] as const) {
    const offered = named(name);
    if (offered.length > 0) return offered.find(({ value }) => value === wanted) ?? offered[0];
  }
  const decisions = named('decision');
  if (decisions.length > 0) {
    return decisions.find(({ value }) => value === (consent === 'deny' ? 'deny' : 'allow'));
  }
  return buttons[0];
}

/** What was done, in words that begin as those of the driver do. */
function doneBy(button: PlainForm['buttons'][number] | undefined, { pick }: Journey): string {
  const { name, value } = button ?? { name: '', value: '' };
  if (name === 'patient' || name === 'encounter') {
    const wanted = pick[name];
    return `${name === 'encounter' ? pickingVisit : 'pick '}${value}${wanted === undefined || wanted === value ? '' : `${forWantOf}"${wanted}"`}`;
  }
  if (name === 'decision') return value === 'deny' ? 'deny' : 'approve';
  return 'go on';
}

function isWithheld(scope: string, { consent }: Journey): boolean {
  return typeof consent === 'object' && consent.withhold.includes(scope);
}

type Stop = Extract<Arrival, { kind: 'stopped' }>;

function stopped(cause: StopCause, message: string): Stop {
  return { kind: 'stopped', cause, message };
}

function causeOf(kind: string | undefined): StopCause {
  if (kind === 'certificate' || kind === 'tls') return 'tls';
  return kind === 'timeout' || kind === 'interrupted' ? kind : 'network';
}

function originOf(url: string | undefined): string {
  return url === undefined ? 'null' : new URL(url).origin;
}
