import type { BrowserContext, Frame, Page, Request } from 'playwright';

/** What happens on the pages of a journey. */
export interface PageEvents {
  crashed(): void;
  /** Something was sent over a WebSocket. */
  spoke(): void;
  /** A dialog was raised and dismissed. */
  dialog(kind: string, text: string): void;
  downloading(name: string, url: string): void;
  /** The main document of a page did not come; `error` such as `net::ERR_CONNECTION_RESET`. */
  failed(url: string, error: string): void;
  /** The last page was closed, by itself or by a person. */
  closed(): void;
}

/** The page a journey began on, and the pop-ups it opened. */
export interface Pages {
  /** The one to act on: the latest that is open. */
  current(): Page;
  /** Whether one of them sent this request; null when it came from a page that is known to nobody. */
  sent(request: Request): boolean | null;
  /** Whether one of them has this frame (its DevTools id). */
  holds(frame: string): Promise<boolean>;
  close(): Promise<void>;
  /** Ends following, closes the pop-ups and gives back the first page, if it is still there. */
  release(): Promise<Page | null>;
}

const patienceMs = 1000;

export function followPages(first: Page, events: PageEvents): Pages {
  const open: Page[] = [];

  let isOver = false;
  const follow = (page: Page): void => {
    if (isOver) {
      page.close().catch(() => undefined);
      return;
    }
    open.push(page);
    page.on('popup', follow);
    page.on('crash', () => events.crashed());
    page.on('websocket', (socket) => socket.on('framesent', () => events.spoke()));
    page.on('dialog', (dialog) => {
      const kind = dialog.type();
      // To stay on the page would be to stand in the way of whoever leaves it.
      const answered = kind === 'beforeunload' ? dialog.accept() : dialog.dismiss();
      answered.catch(() => undefined);
      if (kind !== 'beforeunload') events.dialog(kind, dialog.message());
    });
    page.on('download', (download) => {
      events.downloading(download.suggestedFilename(), download.url());
      download.cancel().catch(() => undefined);
    });
    page.on('requestfailed', (request) => {
      const error = request.failure()?.errorText ?? '';
      if (request.isNavigationRequest() && frameOf(request) === page.mainFrame()) events.failed(request.url(), error);
    });
    page.on('close', () => {
      open.splice(open.indexOf(page), 1);
      if (open.length === 0) events.closed();
    });
  };

  follow(first);
  // One that is closed already raises no event.
  if (first.isClosed()) events.closed();
  return {
    current: () => open.at(-1) ?? first,
    sent(request) {
      const page = frameOf(request)?.page();
      return page ? open.includes(page) : null;
    },
    async holds(id) {
      for (const frame of open.flatMap((page) => page.frames())) {
        if ((await framesOfProcess(first.context(), frame)).includes(id)) return true;
      }
      return false;
    },
    async close() {
      await Promise.allSettled([...open].map((page) => page.close()));
    },
    async release() {
      isOver = true;
      const others = open.filter((page) => page !== first);
      for (const event of ['popup', 'crash', 'websocket', 'dialog', 'download', 'requestfailed', 'close'] as const) {
        first.removeAllListeners(event);
      }
      await Promise.allSettled(others.map((page) => page.close()));
      return first.isClosed() ? null : first;
    },
  };
}

/** The ids of the frames that share a process with this one, where it is the top of them. */
async function framesOfProcess(context: BrowserContext, frame: Frame): Promise<string[]> {
  try {
    const session = await context.newCDPSession(frame.parentFrame() === null ? frame.page() : frame);
    try {
      const { frameTree } = await session.send('Page.getFrameTree', undefined, { timeout: patienceMs });
      return idsOf(frameTree);
    } finally {
      session.detach().catch(() => undefined);
    }
  } catch {
    // One that has no session of its own is in its parent's.
    return [];
  }
}

interface FrameTree {
  readonly frame: { readonly id: string };
  readonly childFrames?: readonly FrameTree[];
}

function idsOf({ frame, childFrames = [] }: FrameTree): string[] {
  return [frame.id, ...childFrames.flatMap(idsOf)];
}

function frameOf(request: Request): Frame | null {
  try {
    return request.frame();
  } catch {
    // Of a page that was never there.
    return null;
  }
}
