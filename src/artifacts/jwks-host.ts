import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { artifact, Block, type Client, configuration, type Exchange, seed } from '../kit/index.ts';
import { publicPart } from '../oauth/jwk.ts';
import { namedClients } from './named-clients.ts';

/** Takes exchanges into the record of the run that the HTTP client has not sent. */
export interface ExchangeRecorder {
  nextId(): string;
  record(exchange: Exchange): void;
}

export const recorder = seed<ExchangeRecorder>()('recorder');

/** One place of the listener, and who has asked for it. */
export interface HostedJwks {
  readonly url: string;
  /** The requests for it that have come, each with what was answered. */
  readonly fetches: readonly Exchange[];
  /** @param cacheControl - the value of Cache-Control */
  serve(keys: readonly object[], cacheControl: string): void;
}

/** Serves JWK Sets of clients to the target, where the configuration says so (`jwksListen`). */
export interface JwksHost {
  /** The JWK Set of a client that is registered by URL; null for every other client. */
  of(client: Client): HostedJwks | null;
  /** A place that belongs to no client, as an attacker would have one; every other path of the host leads there, too. */
  readonly foreign: Omit<HostedJwks, 'serve'>;
  /** Serves one more key there: each who plays an attacker has one. */
  addForeign(key: object): void;
}

/** Kept for no time at all, so that a later change is seen at once. */
const usualCaching = 'no-store';

/** Open from the first token request of a run to its end; null where `jwksListen` is not configured. */
export const jwksHost = artifact({
  name: 'jwksHost',
  needs: [configuration, recorder],
  async obtain({ configuration, recorder }): Promise<(JwksHost & Closable) | null> {
    const { jwksListen } = configuration;
    if (jwksListen === undefined) return null;
    const registered = namedClients(configuration).filter(({ jwksUrl }) => jwksUrl !== undefined);
    return openHost(jwksListen, registered, recorder);
  },
  release: async (host) => host?.close(),
});

interface Closable {
  close(): Promise<void>;
}

async function openHost(
  address: string,
  clients: readonly Client[],
  recorder: ExchangeRecorder,
): Promise<JwksHost & Closable> {
  const places = new Map<string, HostedJwks & { answer(request: IncomingMessage): Answer }>();
  for (const { jwksUrl = '', keys } of clients) {
    const place = openPlace(jwksUrl, recorder);
    place.serve((keys?.keys ?? []).map(publicPart), usualCaching);
    places.set(pathOf(jwksUrl), place);
  }
  const base = clients[0]?.jwksUrl ?? `http://${address}`;
  const foreignKeys: object[] = [];
  const foreign = openPlace(new URL('/smart-check-foreign.jwks.json', base).href, recorder);

  const server = createServer((request, response) => {
    const place = places.get(pathOf(`http://host${request.url ?? '/'}`)) ?? foreign;
    const { status, headers, body } = place.answer(request);
    response.writeHead(status, headers).end(body);
  });
  const { host, port } = splitAddress(address);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Block(`the JWK Sets of clients cannot be served at jwksListen (${address}): ${why}`);
  }
  return {
    of: ({ jwksUrl }) => (jwksUrl === undefined ? null : (places.get(pathOf(jwksUrl)) ?? null)),
    foreign,
    addForeign(key) {
      foreignKeys.push(key);
      foreign.serve(foreignKeys, usualCaching);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function openPlace(url: string, recorder: ExchangeRecorder) {
  const fetches: Exchange[] = [];
  let served: Answer = jwksAnswer([], usualCaching);
  return {
    url,
    fetches,
    serve(keys: readonly object[], cacheControl: string) {
      served = jwksAnswer(keys, cacheControl);
    },
    answer(request: IncomingMessage): Answer {
      const exchange = exchangeOf(new URL(request.url ?? '', url).href, request, served, recorder.nextId());
      fetches.push(exchange);
      recorder.record(exchange);
      return served;
    },
  };
}

function jwksAnswer(keys: readonly object[], cacheControl: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': cacheControl },
    body: JSON.stringify({ keys }),
  };
}

function exchangeOf(url: string, request: IncomingMessage, { status, headers, body }: Answer, id: string): Exchange {
  const received = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return {
    id,
    by: 'http',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    request: { method: request.method ?? '', url, headers: Object.fromEntries(received), body: null },
    response: { status, headers, body, bodyBytes: Buffer.byteLength(body), truncated: false },
    error: null,
    jwts: [],
  };
}

/** Proxies in front may change scheme and host; the path and query say which JWK Set is meant. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** `host:port`, the host of IPv6 in brackets, or a port alone. */
function splitAddress(address: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d+)$/.exec(address) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
