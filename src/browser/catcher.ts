import type { Browser } from 'playwright';
import type { Exchange, ExchangeError, ExchangeResponse } from '../kit/exchange.ts';
import { type Caught, caughtFrom } from './caught.ts';
import type { StopCause } from './journey.ts';
import { proxiesOf } from './launch-chromium.ts';
import { createOwners } from './owners.ts';
import { bodyOf, isAnswered, networkError, type Paused, requestOf, responseHeadersOf, wholeUrl } from './paused.ts';
import { placeOf } from './place-of.ts';
import type { OpenExchange, Recorder } from './recorder.ts';
import type { OriginVerifier } from './verify-origins.ts';

/** A journey, as the catcher deals with it. */
export interface Traveller {
  /** Makes exchanges of what it sends. */
  readonly recorder: Recorder;
  /** Says to whom it may send. */
  readonly verifier: OriginVerifier;
  readonly until: readonly string[];
  /** Of its authorization request, if it has one. */
  readonly state: string | null;
  /** Whence its form is posted that starts it, if one is: the app's origin, for want of which a browser says `null`. */
  readonly posts: { readonly url: string; readonly origin: string } | null;
  /** How long a page may take to arrive. */
  readonly timeoutMs: number;
  /** Whether a frame, in the process of its page, is in one of its pages. */
  holds(frame: string): Promise<boolean>;
  caught(caught: Caught): void;
  /** Whether it ends with the form that is posted next. */
  endsAtForm(): boolean;
  stop(cause: StopCause, message: string): void;
  /** A request whose answer pages may wait for has gone out: for a page, or for what a page asks for itself. */
  sending(isPage: boolean): void;
  exchanged(exchange: Exchange): void;
  /** The main document of a page came. */
  arrived(status: number): void;
}

/** Catches, before they leave, the requests that would end a journey at its app; records the others. */
export interface Catcher {
  /** Deals with what this page, and those it opens, send; to be called before it sends anything. */
  follow(traveller: Traveller, target: string): void;
  /** Forgets a journey; what it waits for is caught for ever. */
  leave(traveller: Traveller): void;
  /** For addresses that never become a request of Fetch, such as those of another scheme. */
  guards(url: string): boolean;
}

/** What a report shows of the pages; pictures, styles and scripts it does not. */
const recorded = ['Document', 'XHR', 'Fetch'] as const;

/** A request of a journey whose answer is awaited, or was a redirect. */
interface Sent {
  readonly owner: Traveller;
  readonly frame: string;
  readonly exchange: OpenExchange;
  /** It is the main document of a page. */
  readonly isPage: boolean;
  readonly timer: NodeJS.Timeout | undefined;
  ended: boolean;
}

/** Bytes of a body that is read. */
const longestBody = 4 * 1024 * 1024;

/**
 * Attaches to the whole browser: a session of one page sees neither pop-ups nor frames of other sites, and
 * Playwright's own routing does not see redirected requests.
 *
 * @param env - where the credentials for proxies are looked for
 */
export async function attachCatcher(browser: Browser, env: NodeJS.ProcessEnv): Promise<Catcher> {
  const session = await browser.newBrowserCDPSession();
  const owners = createOwners<Traveller>(session, (traveller, frame) => traveller.holds(frame));
  const travellers = new Set<Traveller>();
  /** Never shrinks: a page may send its code when its journey is over. */
  const guarded = new Set<string>();
  const sent = new Map<string, Sent>();
  /** What went back to an app before, whole. */
  const wentBack = new Set<string>();

  /** A page may go back once more, of itself or by its link, when its journey is over: that answers nobody else. */
  const isEcho = (caught: Caught, key: string, owner: Traveller): boolean =>
    wentBack.has(key) && caught.parameters.has('state') && caught.parameters.get('state') !== owner.state;

  const guards = (url: string): boolean => {
    const place = placeOf(url);
    return place !== null && guarded.has(place);
  };

  /** By its frame; a frame that is gone already leaves whoever alone waits for this address, with this state. */
  const ownerOfCaught = async (frame: string, caught: Caught): Promise<Traveller | undefined> => {
    const owner = await owners.find(frame);
    if (owner) return owner;
    const waiting = [...travellers].filter((traveller) => awaits(traveller, caught));
    const [one, another] =
      waiting.length > 1 ? waiting.filter(({ state }) => state === caught.parameters.get('state')) : waiting;
    return another ? undefined : one;
  };

  const hold = async (paused: Paused): Promise<void> => {
    const { requestId, frameId, request, resourceType } = paused;
    try {
      // A picture or a script at that address is kept from the app, too, but is no way back to it.
      if (resourceType !== 'Document') return;
      const body = bodyOf(paused);
      const caught = caughtFrom({ url: wholeUrl(paused), method: request.method, body });
      const owner = await ownerOfCaught(frameId, caught);
      const key = [request.method, caught.url, body].join(' ');
      if (owner && isEcho(caught, key, owner)) return;
      wentBack.add(key);
      if (owner && awaits(owner, caught)) {
        owner.caught({ ...caught, embedded: !(await owners.isPage(frameId)) });
      } else
        owner?.stop('stuck', `the browser was sent to ${placeOf(caught.url)}, not to where this request goes back to`);
    } finally {
      await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    }
  };

  const begin = async (paused: Paused): Promise<void> => {
    const { requestId, redirectedRequestId = '', frameId, resourceType, request } = paused;
    const url = new URL(request.url);
    const owner = await owners.find(frameId);
    if (owner?.endsAtForm() && isForm(paused)) {
      const caught = caughtFrom({ url: wholeUrl(paused), method: request.method, body: bodyOf(paused) });
      owner.caught({ ...caught, from: 'consent' });
      await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    const { error = null, tls } = (await owner?.verifier.verify(url)) ?? {};
    if (owner && recorded.some((type) => type === resourceType)) {
      const isPage = resourceType === 'Document' && (await owners.isPage(frameId));
      const exchange = owner.recorder.begin(requestOf(paused), sent.get(redirectedRequestId)?.exchange, tls);
      const tooLate = async () => {
        if (!(await owners.isThere(frameId))) return;
        owner.stop('timeout', `${url.origin}${url.pathname} did not answer within ${owner.timeoutMs / 1000} s`);
      };
      owner.sending(isPage);
      if (isPage) supersede(frameId);
      const timer = isPage ? setTimeout(tooLate, owner.timeoutMs) : undefined;
      sent.set(requestId, { owner, frame: frameId, exchange, isPage, timer, ended: false });
      if (error) end(requestId, { error });
      if (error && resourceType === 'Document') owner.stop(causeOf(error), error.message);
    }
    await (error
      ? session.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionFailed' })
      : session.send('Fetch.continueRequest', { requestId, ...(owner && originOf(paused, owner)) }));
  };

  const end = (requestId: string, ending: { response: ExchangeResponse } | { error: ExchangeError }): void => {
    const request = sent.get(requestId);
    if (!request || request.ended) return;
    request.ended = true;
    clearTimeout(request.timer);
    request.owner.exchanged(request.owner.recorder.end(request.exchange, ending));
  };

  /** A page that is sent elsewhere waits no longer for what it was sent for before. */
  const supersede = (frameId: string): void => {
    for (const [requestId, { frame, isPage }] of sent) {
      if (isPage && frame === frameId) end(requestId, { error: givenUp });
    }
  };

  const readBody = async (paused: Paused, headers: Readonly<Record<string, string>>): Promise<Buffer> => {
    const isShown = /text\/(?!event-stream)|json|xml|form|^$/i.test(headers['content-type'] ?? '');
    const isFile = /^\s*attachment/i.test(headers['content-disposition'] ?? '');
    const isLong = Number(headers['content-length'] ?? 0) > longestBody;
    if (isRedirect(paused) || !isShown || isFile || isLong) return Buffer.alloc(0);
    const { requestId } = paused;
    const { body, base64Encoded } = await session.send('Fetch.getResponseBody', { requestId });
    return Buffer.from(body, base64Encoded ? 'base64' : 'utf8');
  };

  const answered = async (paused: Paused): Promise<void> => {
    const { requestId, responseStatusCode: status, responseErrorReason: reason } = paused;
    const request = sent.get(requestId);
    try {
      if (!request) return;
      if (status === undefined) return end(requestId, { error: networkError(reason ?? 'Failed', paused) });
      const headers = responseHeadersOf(paused);
      const bytes = await readBody(paused, headers);
      if (request.isPage && !isRedirect(paused)) request.owner.arrived(status);
      const truncated = Number(headers['content-length'] ?? 0) > longestBody;
      const response = { status, headers, body: bytes.toString('utf8'), bodyBytes: bytes.length, truncated };
      end(requestId, { response });
    } catch (thrown) {
      end(requestId, { error: brokenOff(thrown) });
    } finally {
      await session.send('Fetch.continueRequest', { requestId });
    }
  };

  session.on('Fetch.requestPaused', (paused) => {
    const handle = isAnswered(paused) ? answered : guards(paused.request.url) ? hold : begin;
    // What the browser cannot be told about a request is that its page, or the browser itself, is gone.
    handle(paused).catch(() => undefined);
  });
  const authenticated = new Set<string>();
  session.on('Fetch.authRequired', ({ requestId, authChallenge: { source, origin } }) => {
    // Asked twice, what was given the first time was wrong.
    const credentials = source === 'Proxy' && !authenticated.has(requestId) ? proxyCredentials(origin, env) : null;
    authenticated.add(requestId);
    const authChallengeResponse = credentials
      ? { response: 'ProvideCredentials' as const, ...credentials }
      : { response: 'CancelAuth' as const };
    session.send('Fetch.continueWithAuth', { requestId, authChallengeResponse }).catch(() => undefined);
  });
  const patterns = [
    { requestStage: 'Request' as const },
    ...recorded.map((resourceType) => ({ requestStage: 'Response' as const, resourceType })),
  ];
  await session.send('Fetch.enable', { patterns, handleAuthRequests: true });

  return {
    follow(traveller, target) {
      travellers.add(traveller);
      for (const place of traveller.until.map(placeOf)) {
        if (place !== null) guarded.add(place);
      }
      owners.claim(target, traveller);
    },
    leave(traveller) {
      travellers.delete(traveller);
      owners.disclaim(traveller);
      for (const [requestId, { owner }] of sent) {
        if (owner !== traveller) continue;
        end(requestId, { error: givenUp });
        sent.delete(requestId);
      }
    },
    guards,
  };
}

function awaits({ until }: Traveller, { url }: Caught): boolean {
  return until.some((address) => placeOf(address) === placeOf(url));
}

const givenUp: ExchangeError = {
  kind: 'interrupted',
  code: 'GIVEN_UP',
  message: 'The browser went on, or was closed, before the answer had arrived.',
};

function proxyCredentials(origin: string, env: NodeJS.ProcessEnv): { username: string; password: string } | null {
  const [, proxy] = proxiesOf(env).find(([, known]) => known.origin === origin) ?? [];
  if (!proxy?.authorization) return null;
  const [, username = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(atob(proxy.authorization.slice('Basic '.length))) ?? [];
  return { username, password };
}

function brokenOff(thrown: unknown): ExchangeError {
  const why = thrown instanceof Error ? thrown.message : '';
  return { kind: 'connection', code: 'BODY', message: `The answer broke off while it was being read (${why}).` };
}

/** The headers of the form that starts a journey, with the origin that it would have in the app. */
function originOf({ request }: Paused, { posts }: Traveller): { headers?: { name: string; value: string }[] } {
  const { Origin: origin, ...others } = request.headers;
  if (!posts || origin !== 'null' || request.method !== 'POST' || request.url !== posts.url) return {};
  const headers = Object.entries({ ...others, Origin: posts.origin });
  return { headers: headers.map(([name, value]) => ({ name, value })) };
}

/** A page's form, of the kind that can be posted again as it is. */
function isForm(paused: Paused): boolean {
  const { resourceType, request } = paused;
  const [, type = ''] = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const isEncoded = /^application\/x-www-form-urlencoded\b/i.test(type);
  return resourceType === 'Document' && request.method === 'POST' && isEncoded && Boolean(bodyOf(paused));
}

function isRedirect({ responseStatusCode: status = 0, responseHeaders = [] }: Paused): boolean {
  return status >= 300 && status < 400 && responseHeaders.some(({ name }) => name.toLowerCase() === 'location');
}

function causeOf({ kind }: ExchangeError): StopCause {
  if (kind === 'certificate' || kind === 'tls') return 'tls';
  return kind === 'timeout' ? 'timeout' : 'network';
}
