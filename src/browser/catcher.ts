import type { Browser, BrowserContext, CDPSession, Page, Request } from 'playwright';
import { isAt } from './address.ts';

/**
 * What stands between a browser and the network: it keeps requests from the addresses of apps, so that no code ever
 * reaches one, and asks before each request whether it may go out.
 */
export interface Catcher {
  /** Watches over a browser context until it closes. */
  watch(context: BrowserContext, watcher: Watcher): Promise<void>;
}

export interface Watcher {
  /** Addresses at which the browser must not arrive. */
  until(): readonly string[];
  /** A navigation that was kept from one of them. */
  caught(arrival: Arrival): void;
  /** Whether a request may go out: why not, or null. */
  refuses(url: URL): Promise<string | null>;
}

export interface Arrival {
  /** With its fragment. */
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
  /** Where it happened; null when that cannot be told. */
  readonly page: Page | null;
}

interface Paused {
  readonly requestId: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: {
    readonly url: string;
    readonly urlFragment?: string;
    readonly method: string;
    readonly postData?: string;
  };
}

/** What is known of a browser context that is watched. */
interface Watched {
  readonly watcher: Watcher;
  readonly pageOfFrame: Map<string, Page>;
  /** By the addresses at which they were about to arrive. */
  readonly arriving: Map<string, Page>;
}

/** Time for a pop-up to become known, after its first request. */
const patienceMs = 1000;

/**
 * Attaches to a whole browser. A page's own session would miss redirects, pop-ups and frames of other sites; the
 * browser's sees every request of every page before it is sent.
 */
export async function createCatcher(browser: Browser): Promise<Catcher> {
  const session = await browser.newBrowserCDPSession();
  const contexts = new Map<string, Watched>();

  session.on('Fetch.requestPaused', (paused: Paused) => {
    // A page that closed meanwhile has no request to answer for.
    answer(paused).catch(() => undefined);
  });
  await session.send('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] });

  async function answer({ requestId, frameId, resourceType, request }: Paused): Promise<void> {
    const watched = await watchedAt(frameId, request.url);
    const url = request.url + (request.urlFragment ?? '');
    if (watched && isKept(watched, url)) {
      await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      if (resourceType !== 'Document') return;
      const page = await pageOf(watched, frameId, request.url);
      watched.watcher.caught({ url, method: request.method, body: request.postData ?? null, page });
      return;
    }
    const refusal = watched && isWeb(url) ? await watched.watcher.refuses(new URL(url)) : null;
    if (refusal === null) await session.send('Fetch.continueRequest', { requestId });
    else await session.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionFailed' });
  }

  async function watchedAt(frameId: string, url: string): Promise<Watched | undefined> {
    const all = [...contexts.values()];
    const known = all.find(({ pageOfFrame }) => pageOfFrame.has(frameId));
    if (known) return known;
    const contextId = await contextOfTarget(session, frameId);
    // A request of nobody, a service worker's say, must not reach an app either.
    return contexts.get(contextId ?? '') ?? all.find((watched) => isKept(watched, url));
  }

  return {
    async watch(context, watcher) {
      const watched: Watched = { watcher, pageOfFrame: new Map(), arriving: new Map() };
      const page = await context.newPage();
      const pageSession = await context.newCDPSession(page);
      const { targetInfo } = await pageSession.send('Target.getTargetInfo');
      const contextId = targetInfo.browserContextId ?? '';
      contexts.set(contextId, watched);
      context.on('close', () => contexts.delete(contextId));
      context.on('page', (opened) => void follow(context, opened, watched).catch(() => undefined));
      context.on('request', (request) => {
        const url = request.url();
        if (!request.isNavigationRequest() || !isKept(watched, url)) return;
        const at = pageOfRequest(request);
        if (at) watched.arriving.set(withoutFragment(url), at);
        // Requests to a scheme of an app's own are never paused.
        if (!isWeb(url)) watcher.caught({ url, method: request.method(), body: request.postData(), page: at });
      });
      await page.close();
    },
  };
}

/** Learns the frames of a page. */
async function follow(context: BrowserContext, page: Page, { pageOfFrame }: Watched): Promise<void> {
  const pageSession = await context.newCDPSession(page);
  pageSession.on('Page.frameAttached', ({ frameId }) => pageOfFrame.set(frameId, page));
  await pageSession.send('Page.enable');
  const { frameTree } = await pageSession.send('Page.getFrameTree');
  pageOfFrame.set(frameTree.frame.id, page);
  page.on('close', () => {
    for (const [frameId, owner] of pageOfFrame) if (owner === page) pageOfFrame.delete(frameId);
  });
}

async function pageOf({ pageOfFrame, arriving }: Watched, frameId: string, url: string): Promise<Page | null> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const page = pageOfFrame.get(frameId) ?? arriving.get(url);
    if (page || Date.now() > deadline) return page ?? null;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Null for a request of a page that is not known yet, or of a service worker. */
function pageOfRequest(request: Request): Page | null {
  try {
    return request.frame().page();
  } catch {
    return null;
  }
}

function isKept({ watcher }: Watched, url: string): boolean {
  return watcher.until().some((address) => isAt(url, address));
}

function withoutFragment(url: string): string {
  return url.replace(/#.*$/, '');
}

/** The context of a page or of a frame that has a process of its own: their ids are those of their targets. */
async function contextOfTarget(session: CDPSession, targetId: string): Promise<string | null> {
  try {
    const { targetInfo } = await session.send('Target.getTargetInfo', { targetId });
    return targetInfo.browserContextId ?? null;
  } catch {
    return null;
  }
}

function isWeb(url: string): boolean {
  return /^https?:/i.test(url);
}
