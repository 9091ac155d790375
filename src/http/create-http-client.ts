import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Exchange, ExchangeRequest } from '../kit/exchange.ts';
import type { HttpClient, HttpRequest } from '../kit/http-client.ts';
import { checkPem } from './check-pem.ts';
import { createConnector } from './connector.ts';
import { ExchangeFailure, interrupted, maxHeaderBytes, sentence } from './exchange-failure.ts';
import { type ProxyServer, proxyFor } from './proxy.ts';
import { type Hop, redirectOf } from './redirect.ts';
import { retrying } from './retrying.ts';
import { createThrottle } from './throttle.ts';
import { failed, type Line, type Outcome, shut, transfer } from './transfer.ts';
import { watchClock } from './watch-clock.ts';

export interface HttpClientOptions {
  /** For one exchange, from the look-up of the name to the last byte of the body; milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of decoded body after which reading stops; 5 MiB unless given. */
  readonly maxBodyBytes?: number;
  /** How many redirects are followed; 5 unless given. */
  readonly maxRedirects?: number;
  /** PEM text, trusted beside Node's own roots. */
  readonly ca?: string;
  /** Any certificate will do. */
  readonly insecure: boolean;
  /** Headers that go with every request to the target's own origins, and nowhere else. */
  readonly targetHeaders?: {
    readonly headers: Readonly<Record<string, string>>;
    readonly isTargetOrigin: (origin: string) => boolean;
  };
  /** Takes each exchange when it has ended, secrets and all. */
  readonly record: (exchange: Exchange) => void;
  /** Gives each exchange its id; the client counts `x1`, `x2`, … itself unless given. */
  readonly nextId?: () => string;
  /** Ends the exchanges under way, and those begun later, as interrupted; not those that outlast an interruption. */
  readonly signal?: AbortSignal;
  /** Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are looked for; no proxy unless given. */
  readonly env?: NodeJS.ProcessEnv;
  readonly userAgent: string;
  /** How often a request that met with transport trouble is sent again; never unless given. */
  readonly retries?: number;
}

/** The recording HTTP client, with the connections it holds. */
export interface RecordingHttpClient extends HttpClient {
  /** Ends what is under way as interrupted, and all connections. */
  close(): Promise<void>;
}

/**
 * Makes the HTTP client that records what it sends and receives. It follows redirects by hand, each hop an exchange;
 * waits, for ten seconds at most, where a server asks for it (429, or 503 with Retry-After); and sends a safe
 * request once more when a connection kept alive turns out to be dead. With `retries` it sends a request again that met
 * with transport trouble, each attempt an exchange: a safe one, or one that cannot have arrived.
 *
 * @throws UsageError when `ca` is not PEM
 */
export function createHttpClient(options: HttpClientOptions): RecordingHttpClient {
  if (options.ca !== undefined) {
    checkPem(options.ca);
  }
  const maxRedirects = options.maxRedirects ?? 5;
  const underWay = new Map<AbortController, HttpRequest>();
  const lines = new Map<string, Promise<Line>>();
  const interruption = new AbortController();
  const closing = new AbortController();
  // Whoever waits listens.
  for (const { signal } of [interruption, closing]) setMaxListeners(0, signal);
  const retries = retrying(options.retries ?? 0);
  const throttle = createThrottle(options.record);
  let count = 0;
  const nextId =
    options.nextId ??
    (() => {
      count += 1;
      return `x${count}`;
    });

  /** Not one signal with a listener per request: thousands of them would pile up. */
  function interrupt(): void {
    interruption.abort();
    endExchanges(({ outlastsInterruption }) => outlastsInterruption !== true);
  }

  function endExchanges(concerned: (request: HttpRequest) => boolean): void {
    for (const [controller, request] of underWay) {
      if (concerned(request)) controller.abort(new ExchangeFailure(interrupted));
    }
  }

  /** What has ended the client for such a request, or will. */
  function endFor({ outlastsInterruption }: HttpRequest): AbortSignal {
    return outlastsInterruption === true ? closing.signal : interruption.signal;
  }

  options.signal?.addEventListener('abort', interrupt, { once: true });
  if (options.signal?.aborted === true) {
    interrupt();
  }

  async function openLine(tunnel: ProxyServer | null, versions: HttpRequest['tls'], forwards = false): Promise<Line> {
    const [{ default: Agent }, { default: request }] = await Promise.all([
      import('undici/lib/dispatcher/agent.js'),
      import('undici/lib/api/api-request.js'),
    ]);
    const { ca, insecure, timeoutMs } = options;
    const connector = createConnector({ ca, insecure, timeoutMs, versions, tunnel, forwards });
    // The whole exchange has one timeout, ours; undici's own would only blur it.
    const dispatcher = new Agent({
      connect: connector.connect,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { dispatcher, connector, request: (asked) => request.call(dispatcher, asked) };
  }

  function lineFor(tunnel: ProxyServer | null, forwards: boolean): Promise<Line> {
    const key = tunnel === null ? (forwards ? 'forwards' : '') : `${tunnel.origin} ${tunnel.authorization}`;
    const line = lines.get(key) ?? openLine(tunnel, undefined, forwards);
    lines.set(key, line);
    return line;
  }

  /** Sends one hop and gives back its exchange, not yet recorded, and whether it died on a connection kept alive. */
  async function exchangeOnce(hop: Hop, request: HttpRequest): Promise<{ exchange: Exchange; stale: boolean }> {
    const id = nextId();
    const started = Date.now();
    const clock = performance.now();
    const headers = headersFor(hop);
    const controller = new AbortController();
    underWay.set(controller, request);
    const timeoutMs = request.timeoutMs ?? options.timeoutMs;
    const watch = watchClock(timeoutMs, (seconds) => {
      const message = `The answer was not complete after ${seconds} s.`;
      controller.abort(new ExchangeFailure({ kind: 'timeout', code: 'TIMEOUT', message }));
    });
    let own: Line | undefined;
    let outcome: Outcome;
    let stale = false;
    try {
      if (endFor(request).aborted) {
        throw new ExchangeFailure(interrupted);
      }
      const proxy = findProxy(hop.url);
      const tunnel = hop.url.protocol === 'https:' ? proxy : null;
      if (request.tls !== undefined && hop.url.protocol === 'https:') {
        own = await openLine(tunnel, request.tls);
      }
      const forward = tunnel === null ? proxy : null;
      const line = own ?? (await lineFor(tunnel, forward !== null));
      const opened = line.connector.opened(hop.url);
      const limit = request.maxBodyBytes ?? options.maxBodyBytes ?? 5 * 1024 * 1024;
      const receive = request.receive && watch.listening(request.receive);
      outcome = await transfer(line, hop, headers, forward, limit, controller.signal, receive);
      stale =
        outcome.response === null &&
        outcome.error?.kind === 'connection' &&
        opened > 0 &&
        line.connector.opened(hop.url) === opened;
    } catch (thrown) {
      outcome = failed(thrown);
    } finally {
      watch.stop();
      underWay.delete(controller);
      if (own !== undefined) {
        void shut(own);
      }
    }
    const { response, error, tls } = outcome;
    const sent: ExchangeRequest = {
      method: hop.method,
      url: hop.url.href,
      headers: Object.fromEntries([...headers].map(([lower, [, value]]) => [lower, value])),
      body: hop.body,
    };
    const exchange: Exchange = {
      id,
      by: 'http',
      startedAt: new Date(started).toISOString(),
      durationMs: Math.round(performance.now() - clock),
      request: sent,
      response,
      error,
      jwts: [],
      ...(tls === undefined ? {} : { tls }),
    };
    return { exchange, stale };
  }

  /** By name in lower case: the name as written, and the value. */
  function headersFor(hop: Hop): Map<string, readonly [string, string]> {
    const headers = new Map<string, readonly [string, string]>();
    const { targetHeaders } = options;
    const layers = [
      { 'user-agent': options.userAgent, 'accept-encoding': 'gzip, deflate, br' },
      targetHeaders?.isTargetOrigin(hop.url.origin) === true ? targetHeaders.headers : {},
      hop.headers,
    ];
    for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
      headers.set(name.toLowerCase(), [name, value]);
    }
    return headers;
  }

  function findProxy(url: URL): ProxyServer | null {
    try {
      return proxyFor(url, options.env ?? {});
    } catch (thrown) {
      const why = thrown instanceof Error ? sentence(thrown.message) : '';
      const message = `The proxy named in the environment cannot be used: ${why}`;
      throw new ExchangeFailure({ kind: 'connection', code: 'PROXY_INVALID', message });
    }
  }

  async function send(request: HttpRequest): Promise<Exchange> {
    let hop = firstHop(request);
    const hops = [hop];
    const redirectedFrom: string[] = [];
    let mayRepeat = true;
    let retryOf: readonly string[] = [];
    for (;;) {
      const sendOnce = async () => {
        const { exchange: made, stale } = await exchangeOnce(hop, request);
        const exchange: Exchange = {
          ...made,
          ...(redirectedFrom.length > 0 && { redirectedFrom: [...redirectedFrom] }),
          ...(retryOf.length > 0 && { retryOf }),
        };
        return { exchange, stale };
      };
      const sending = { send: sendOnce, wait: (ms: number) => waited(ms, endFor(request)) };
      const sent = isRepeatable(hop.method) ? await throttle.through(hop.url, sending) : await sendOnce();
      const { exchange, stale } = sent;
      if ('isRecorded' in sent) return exchange;
      const { response } = exchange;
      if (mayRepeat && stale && safeMethods.has(hop.method)) {
        mayRepeat = false;
        options.record(exchange);
        if (endFor(request).aborted) return exchange;
        continue;
      }
      const pause = request.tls === undefined ? retries.pauseBefore(exchange, retryOf.length) : null;
      if (pause !== null && (await waited(pause, endFor(request)))) {
        options.record(exchange);
        retryOf = [...retryOf, exchange.id];
        continue;
      }
      retryOf = [];
      const follows = response !== null && exchange.error === null && request.redirect !== 'manual';
      const redirect = follows ? redirectOf(response, hops, maxRedirects) : undefined;
      if (redirect?.kind === 'follow') {
        options.record(exchange);
        redirectedFrom.push(exchange.id);
        hop = redirect.hop;
        hops.push(hop);
        continue;
      }
      const last = redirect?.kind === 'refused' ? { ...exchange, error: redirect.error } : exchange;
      options.record(last);
      return last;
    }
  }

  /** Whether the time has passed, rather than the run been interrupted. */
  async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
    return wait(ms, true, { signal }).catch(() => false);
  }

  return {
    send,
    async close() {
      options.signal?.removeEventListener('abort', interrupt);
      interrupt();
      closing.abort();
      endExchanges(() => true);
      const open = [...lines.values()];
      lines.clear();
      await Promise.all(open.map(async (line) => shut(await line)));
    },
  };
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request turned away unheard may come again when it is safe, or a POST: token requests are the ones that are limited. */
function isRepeatable(method: string): boolean {
  return safeMethods.has(method) || method === 'POST';
}

function firstHop({ url, method = 'GET', headers = {}, body }: HttpRequest): Hop {
  const target = new URL(url);
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new TypeError(`cannot send a request to ${target.protocol} URLs, only to http and https`);
  }
  // A fragment never leaves the client (RFC 9110 section 7.1).
  target.hash = '';
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const type: Record<string, string> =
    body instanceof URLSearchParams && !isTyped ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  return { method, url: target, headers: { ...type, ...headers }, body: body === undefined ? null : body.toString() };
}
