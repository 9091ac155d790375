import type { Socket } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import type { TlsSummary } from '../kit/exchange.ts';
import type { HttpRequest } from '../kit/http-client.ts';
import { ExchangeFailure, exchangeErrorOf, interrupted } from './exchange-failure.ts';
import { openTcp, openTls, openTunnel, type Place, type Track } from './open-socket.ts';
import { type ProxyServer, portOf } from './proxy.ts';

export interface ConnectorOptions {
  /** PEM text, trusted beside Node's own roots. */
  readonly ca: string | undefined;
  /** Any certificate will do. */
  readonly insecure: boolean;
  /** From the look-up of the name to the end of the handshake. */
  readonly timeoutMs: number;
  /** The only TLS versions offered. */
  readonly versions: HttpRequest['tls'] | undefined;
  /** Where the connections are tunnelled through. */
  readonly tunnel: ProxyServer | null;
  /** What is connected to are proxies, which forward requests; messages say so. */
  readonly forwards: boolean;
}

/** Opens the connections of one undici agent, and knows what their TLS handshakes showed. */
export interface Connector {
  readonly connect: buildConnector.connector;
  /** How many connections to the origin of `url` have been opened. */
  opened(url: URL): number;
  /** What the latest handshake with the origin of `url` showed. */
  tlsOf(url: URL): TlsSummary | undefined;
  /** Ends the connections that are being opened, and opens no more. */
  destroy(): void;
}

/**
 * Makes the connector of an undici agent; failures come as ExchangeFailure. TLS sessions are never resumed, because a
 * resumed one is not checked against the host name.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const opened = new Map<string, number>();
  const summaries = new Map<string, TlsSummary>();
  const attempts = new Set<(reason: ExchangeFailure) => void>();
  let destroyed = false;
  let context: SecureContext | undefined;
  const verified = {
    context: () => {
      context ??= secureContext(options.ca, options.versions);
      return context;
    },
    insecure: options.insecure,
  };
  // A version asked for is asked of the target; the way to it is as ever.
  const toProxy =
    options.versions === undefined
      ? verified
      : { context: () => secureContext(options.ca, undefined), insecure: options.insecure };

  async function open(protocol: string, place: Place, track: Track): Promise<Socket> {
    const { tunnel } = options;
    let carrier: Socket;
    if (tunnel === null) {
      carrier = await openTcp(place, track);
    } else {
      const proxy: Place = { host: tunnel.hostname, port: tunnel.port, name: `the proxy ${tunnel.hostname}` };
      const plain = await openTcp(proxy, track);
      const way = tunnel.protocol === 'https:' ? (await openTls(plain, proxy, toProxy, track)).socket : plain;
      carrier = await openTunnel(way, tunnel, place);
    }
    if (protocol !== 'https:') {
      return carrier;
    }
    const { socket, summary } = await openTls(carrier, place, verified, track);
    summaries.set(keyOf(place), summary);
    return socket;
  }

  /** Opens a connection, or ends what was opened for it: for a failure, when time is up, or when told to. */
  async function attempt(protocol: string, place: Place): Promise<Socket> {
    // TLS takes the socket below it along when it is destroyed; the other way round would end the program.
    let outermost: Socket | undefined;
    let ended: ExchangeFailure | null = null;
    const end = (reason: ExchangeFailure): void => {
      ended = reason;
      outermost?.destroy(reason);
    };
    const message = `There was no connection to ${place.name} port ${place.port} within ${options.timeoutMs / 1000} s.`;
    const timeUp = new ExchangeFailure({ kind: 'timeout', code: 'CONNECT_TIMEOUT', message });
    const timer = setTimeout(end, options.timeoutMs, timeUp);
    attempts.add(end);
    try {
      const socket = await open(protocol, place, (made) => {
        // Whoever uses a socket listens, too; without this an error between two users would end the program.
        made.on('error', () => {});
        outermost = made;
        if (ended !== null) {
          made.destroy();
          throw ended;
        }
      });
      opened.set(keyOf(place), (opened.get(keyOf(place)) ?? 0) + 1);
      return socket;
    } catch (thrown) {
      const failure = thrown instanceof ExchangeFailure ? thrown : new ExchangeFailure(exchangeErrorOf(thrown));
      end(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
      attempts.delete(end);
    }
  }

  return {
    connect({ protocol, hostname, port }, callback) {
      if (destroyed) {
        callback(new ExchangeFailure(interrupted), null);
        return;
      }
      const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
      const name = options.forwards ? `the proxy ${hostname}` : hostname;
      attempt(protocol, { host: hostname, port: number, name }).then(
        (socket) => callback(null, socket),
        (failure: ExchangeFailure) => callback(failure, null),
      );
    },
    opened: (url) => opened.get(keyOf(placeOf(url))) ?? 0,
    tlsOf: (url) => summaries.get(keyOf(placeOf(url))),
    destroy() {
      destroyed = true;
      for (const end of attempts) {
        end(new ExchangeFailure(interrupted));
      }
    },
  };
}

function placeOf(url: URL): Place {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: portOf(url), name: host };
}

function keyOf({ host, port }: Place): string {
  return `${host}:${port}`;
}

/** Made once each: to read the roots takes longer than a handshake. A process meets few authorities. */
const contexts = new Map<string, SecureContext>();

function secureContext(ca: string | undefined, versions: HttpRequest['tls'] | undefined): SecureContext {
  const key = JSON.stringify([ca, versions]);
  const made = contexts.get(key) ?? makeSecureContext(ca, versions);
  contexts.set(key, made);
  return made;
}

function makeSecureContext(ca: string | undefined, versions: HttpRequest['tls'] | undefined): SecureContext {
  return createSecureContext({
    // Given an authority, Node forgets its own.
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    // OpenSSL's security level 1 rules TLS 1.0 and 1.1 out, whatever the versions say.
    ...(versions === undefined ? {} : { ...versions, ciphers: 'DEFAULT:@SECLEVEL=0' }),
  });
}
