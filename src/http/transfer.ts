import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ExchangeError, ExchangeResponse, TlsSummary } from '../kit/exchange.ts';
import type { ResponseHead } from '../kit/http-client.ts';
import type { Connector } from './connector.ts';
import { ExchangeFailure, exchangeErrorOf } from './exchange-failure.ts';
import type { ProxyServer } from './proxy.ts';
import { type BodyRead, readBody, type Sink } from './read-body.ts';
import type { Hop } from './redirect.ts';

/** An undici dispatcher with what opens its connections. */
export interface Line {
  readonly dispatcher: Dispatcher;
  readonly connector: Connector;
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
}

/** What became of a request. */
export interface Outcome {
  readonly response: ExchangeResponse | null;
  readonly error: ExchangeError | null;
  readonly tls?: TlsSummary;
}

/** Puts one request on the wire and reads what comes back; never rejects. */
export async function transfer(
  line: Line,
  hop: Hop,
  headers: ReadonlyMap<string, readonly [string, string]>,
  forward: ProxyServer | null,
  maxBodyBytes: number,
  signal: AbortSignal,
  receive: (head: ResponseHead) => Sink | null = () => null,
): Promise<Outcome> {
  const { url } = hop;
  const path = `${url.pathname}${url.search}`;
  const wire = Object.fromEntries(headers.values());
  if (forward !== null) {
    // Absolute form, for a proxy that forwards (RFC 9112 section 3.2.2).
    if (!headers.has('host')) {
      wire.host = url.host;
    }
    if (forward.authorization !== null) {
      wire['proxy-authorization'] = forward.authorization;
    }
  }
  let unheard = (): void => {};
  try {
    signal.throwIfAborted();
    const asking = line.request({
      origin: forward?.origin ?? url.origin,
      path: forward === null ? path : `${url.origin}${path}`,
      method: hop.method,
      headers: wire,
      body: hop.body,
      signal,
    });
    // While a connection is being opened, undici does not hear the signal.
    const aborted = new Promise<never>((_, reject) => {
      unheard = () => reject(signal.reason);
      signal.addEventListener('abort', unheard, { once: true });
    });
    const answer = await Promise.race([asking, aborted]);
    signal.removeEventListener('abort', unheard);
    const received = joinValues(answer.headers);
    const sink = receive({ status: answer.statusCode, headers: received });
    const coding = received['content-encoding'] ?? '';
    const announced = Number(received['content-length'] ?? 0);
    const body =
      sink !== null && announced > maxBodyBytes
        ? leave(answer.body, announced, maxBodyBytes)
        : await readBody(answer.body, coding, maxBodyBytes, sink);
    const tls = url.protocol === 'https:' ? line.connector.tlsOf(url) : undefined;
    return {
      response: {
        status: answer.statusCode,
        headers: received,
        // Not a TextDecoder: it would take a byte order mark away.
        body: body.bytes.toString('utf8'),
        bodyBytes: body.length,
        truncated: body.truncated,
      },
      error: body.error,
      ...(tls === undefined ? {} : { tls }),
    };
  } catch (thrown) {
    return failed(thrown);
  } finally {
    signal.removeEventListener('abort', unheard);
  }
}

/** A body that says beforehand that it is more than will be read. */
function leave(body: Readable, announced: number, maxBytes: number): BodyRead {
  body.on('error', () => {}).destroy();
  const message = `The answer announces ${announced} bytes, of which at most ${maxBytes} would be read.`;
  const error = { kind: 'too-large', code: 'BODY_LIMIT', message } as const;
  return { bytes: Buffer.alloc(0), length: 0, truncated: true, error };
}

/** The outcome of a request that brought nothing back. */
export function failed(thrown: unknown): Outcome {
  const tls = thrown instanceof ExchangeFailure ? thrown.tls : undefined;
  return { response: null, error: exchangeErrorOf(thrown), ...(tls === undefined ? {} : { tls }) };
}

/** Ends all connections of a line. */
export async function shut({ dispatcher, connector }: Line): Promise<void> {
  connector.destroy();
  await dispatcher.destroy();
}

function joinValues(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => {
      const separator = name === 'set-cookie' ? '\n' : ', ';
      return [name.toLowerCase(), typeof value === 'string' ? value : value.join(separator)];
    }),
  );
}
