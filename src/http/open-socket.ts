import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { TlsSummary } from '../kit/exchange.ts';
import { certificateError, presentedCertificate, tlsSummary } from './certificate.ts';
import { connectError, handshakeError } from './connect-error.ts';
import { codeOf, ExchangeFailure, exchangeErrorOf, sentence } from './exchange-failure.ts';
import type { ProxyServer } from './proxy.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
  /** How messages name it. */
  readonly name: string;
}

/** Takes each socket as it is made, so that whoever opens a connection can end it at any moment. */
export type Track = (socket: Socket) => void;

/** Opens a TCP connection. */
export function openTcp({ host, port, name }: Place, track: Track): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Node gives an address family a quarter of a second, less than a far server takes.
    const socket = netConnect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: 2500 });
    track(socket);
    socket.setKeepAlive(true, 30_000);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (thrown) => reject(new ExchangeFailure(connectError(thrown, name, port))));
  });
}

/**
 * Speaks TLS on a connection.
 *
 * The certificate is verified by Node and judged here, after the handshake and before a byte of HTTP is sent: Node's
 * own refusal would throw away the certificate, which the person who must act needs to see.
 *
 */
export function openTls(
  carrier: Socket,
  { host, port, name }: Place,
  settings: { readonly context: () => SecureContext; readonly insecure: boolean },
  track: Track,
): Promise<{ readonly socket: TLSSocket; readonly summary: TlsSummary }> {
  return new Promise((resolve, reject) => {
    const refuse = (thrown: unknown): void => reject(new ExchangeFailure(handshakeError(thrown, name, port)));
    let socket: TLSSocket;
    try {
      socket = tlsConnect({
        socket: carrier,
        host,
        servername: isIP(host) === 0 ? host : '',
        secureContext: settings.context(),
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: false,
      });
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    track(socket);
    socket.once('error', refuse);
    socket.once('secureConnect', () => {
      const certificate = presentedCertificate(socket);
      const summary = tlsSummary(socket, certificate);
      if (settings.insecure || socket.authorized) {
        resolve({ socket, summary });
      } else {
        reject(new ExchangeFailure(certificateError(String(socket.authorizationError), name, certificate), summary));
      }
    });
  });
}

/** Asks a proxy, over a connection to it, for a tunnel (RFC 9110 section 9.3.6). */
export async function openTunnel(carrier: Socket, proxy: ProxyServer, { host, port }: Place): Promise<Socket> {
  const { request } = await import('node:http');
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers: Record<string, string> = { host: authority };
  if (proxy.authorization !== null) {
    headers['proxy-authorization'] = proxy.authorization;
  }
  return new Promise((resolve, reject) => {
    const asking = request({ method: 'CONNECT', path: authority, headers, createConnection: () => carrier });
    asking.once('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        const said = `${statusCode} ${statusMessage}`.trim().slice(0, 200);
        const message = `The proxy ${proxy.origin} refused a connection to ${authority}: it answered ${said}.`;
        reject(new ExchangeFailure({ kind: 'connection', code: 'PROXY_REFUSED', message }));
        return;
      }
      if (head.length > 0) {
        carrier.unshift(head);
      }
      resolve(carrier);
    });
    asking.once('error', (thrown) => {
      if (thrown instanceof ExchangeFailure) {
        reject(new ExchangeFailure(exchangeErrorOf(thrown)));
        return;
      }
      const message = `The proxy ${proxy.origin} did not answer as a proxy does: ${sentence(thrown.message)}`;
      reject(new ExchangeFailure({ kind: 'connection', code: codeOf(thrown), message }));
    });
    asking.end();
  });
}
