import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { serverCertificate } from './tls/certificates.ts';
import type { Transport } from './tls/transport.ts';

/** A port that is open, before it is known who answers there. */
export interface Listener {
  readonly port: number;
  /** Hands connections, those that came meanwhile too, to a server of requests; over TLS unless `transport` is null. */
  serve(answer: RequestListener, transport: Transport | null): Promise<void>;
  /** Ends all connections at once and frees the port. */
  close(): Promise<void>;
}

/**
 * Opens a port.
 *
 * @throws the system's error (`EADDRINUSE`, `EACCES`, …) when it cannot be opened
 */
export async function listen(port: number, host: string): Promise<Listener> {
  const sockets = new Set<Socket>();
  const { promise: ready, resolve } = withResolvers<(socket: Socket) => void>();
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    void ready.then((accept) => accept(socket));
  });
  front.listen(port, host);
  await once(front, 'listening');

  return {
    port: (front.address() as AddressInfo).port,
    async serve(answer, transport) {
      resolve(await acceptor(answer, transport));
    },
    async close() {
      const closed = once(front, 'close');
      front.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function acceptor(answer: RequestListener, transport: Transport | null): Promise<(socket: Socket) => void> {
  // Longer than clients keep a connection they do not use, so that none is closed under a request on its way.
  const options = { keepAliveTimeout: 60_000 };
  const handTo = (server: Server) => (socket: Socket) => void server.emit('connection', socket);
  const plain = handTo(createHttpServer(options, answer));
  if (!transport) return plain;

  const { certificate, key } = await serverCertificate(transport.certificate);
  const { minVersion, maxVersion } = transport;
  // OpenSSL speaks TLS before 1.2 only when its security level allows SHA-1.
  const ciphers = minVersion < 'TLSv1.2' ? 'DEFAULT:@SECLEVEL=0' : undefined;
  const secure = handTo(
    createHttpsServer({ ...options, cert: certificate, key, minVersion, maxVersion, ciphers }, answer),
  );
  return transport.plainHttpToo ? bothOnOnePort(secure, plain) : secure;
}

/** Tells a TLS handshake from a plain request by its first byte (RFC 8446 section 5.1). */
function bothOnOnePort(secure: (socket: Socket) => void, plain: (socket: Socket) => void) {
  const handshake = 22;
  return (socket: Socket) =>
    void socket.once('data', (bytes) => {
      socket.pause();
      socket.unshift(bytes);
      (bytes[0] === handshake ? secure : plain)(socket);
      process.nextTick(() => socket.resume());
    });
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
