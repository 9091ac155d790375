import type { BrowserContext, Request } from 'playwright';
import type { Exchange } from '../kit/index.ts';

export interface Recorder {
  /** The id of the next exchange. */
  readonly nextId: () => string;
  /** Takes each exchange when it has ended, secrets and all. */
  readonly record: (exchange: Exchange) => void;
}

/** What a browser context has exchanged with servers. */
export interface ContextRecord {
  /** Those since the last time, in the order of sending, once all that is under way has been written down. */
  taken(): Promise<readonly Exchange[]>;
}

const recorded = ['document', 'xhr', 'fetch'];

/** What may take longer is not waited for. */
const patienceMs = 1000;

/** Records documents and what scripts ask for, not the style sheets and pictures around them. */
export function recordExchanges(
  context: BrowserContext,
  { nextId, record }: Recorder,
  /** Whether an address is one that no request is let out to. */
  isKept: (url: string) => boolean,
): ContextRecord {
  const underWay = new Set<Promise<void>>();
  const ids = new Map<Request, { id: string; startedAt: number }>();
  let exchanges: Exchange[] = [];

  context.on('request', (request) => {
    const url = request.url();
    if (recorded.includes(request.resourceType()) && /^https?:/.test(url) && !isKept(url)) {
      ids.set(request, { id: nextId(), startedAt: Date.now() });
    }
  });
  const finish = (request: Request): void => {
    const begun = ids.get(request);
    if (!begun) return;
    ids.delete(request);
    const writing = exchangeOf(request, begun.id, begun.startedAt).then((exchange) => {
      exchanges.push(exchange);
      record(exchange);
    });
    const settled = writing.catch(() => undefined).finally(() => underWay.delete(settled));
    underWay.add(settled);
  };
  context.on('requestfinished', finish);
  context.on('requestfailed', finish);

  return {
    async taken() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([Promise.all(underWay), patience]);
      clearTimeout(timer);
      const now = exchanges;
      exchanges = [];
      return now.sort((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)));
    },
  };
}

async function exchangeOf(request: Request, id: string, startedAt: number): Promise<Exchange> {
  const durationMs = Date.now() - startedAt;
  const failure = request.failure();
  const response = await request.response().catch(() => null);
  const headers = await request.allHeaders().catch(() => request.headers());
  const isRedirect = response !== null && response.status() >= 300 && response.status() < 400;
  // Chromium forgets bodies of pages it has left.
  const body = response && !isRedirect ? await response.body().catch(() => null) : null;
  return {
    id,
    by: 'browser',
    startedAt: new Date(startedAt).toISOString(),
    durationMs,
    request: { method: request.method(), url: request.url(), headers: visible(headers), body: request.postData() },
    response: response && {
      status: response.status(),
      headers: visible(await response.allHeaders().catch(() => response.headers())),
      body: body?.toString('utf8') ?? '',
      bodyBytes: body?.length ?? 0,
      truncated: body === null && !isRedirect,
    },
    error: failure && {
      kind: 'connection',
      code: failure.errorText,
      message: `The browser says ${failure.errorText}.`,
    },
    jwts: [],
  };
}

/** Without the pseudo-headers of HTTP/2. */
function visible(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}
