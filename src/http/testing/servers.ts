import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { closeLater } from './closing.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names as sent, with their values. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface TestServer {
  readonly port: number;
  readonly origin: string;
  readonly arrived: readonly Arrived[];
  /** How many connections were opened. */
  connections(): number;
  /** How many of them are open still. */
  open(): number;
}

type Answer = (...parameters: [...Parameters<RequestListener>, Arrived]) => void;

/** Starts an http server on loopback until the test has finished. */
export async function serveHttp(answer: Answer): Promise<TestServer> {
  const arrived: Arrived[] = [];
  const server = createHttpServer(recording(arrived, answer));
  return serve(server, 'http', arrived);
}

/** Starts an https server on loopback until the test has finished. */
export async function serveHttps(options: ServerOptions, answer: Answer): Promise<TestServer> {
  const arrived: Arrived[] = [];
  const server = createHttpsServer(options, recording(arrived, answer));
  return serve(server, 'https', arrived);
}

/** Starts a server that does with a connection what it likes. */
export async function serveTcp(onConnection: (socket: Socket) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  return serve(server, 'http', []);
}

/** A server that answers every request on its connection with these bytes, then does what `after` says. */
export function serveBytes(bytes: string | Buffer, after: (socket: Socket) => void = (socket) => socket.end()) {
  return serveTcp((socket) => {
    socket.once('data', () => socket.write(bytes, () => after(socket)));
  });
}

/** A proxy that resolves every name to loopback, tunnels CONNECT and forwards absolute URLs; `lines` are what it was asked. */
export async function serveProxy(accept: (head: string) => boolean = () => true) {
  const lines: string[] = [];
  const heads: string[] = [];
  const server = await serveTcp((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const head = chunk.toString('latin1');
      const line = head.slice(0, head.indexOf('\r\n'));
      heads.push(head);
      lines.push(line);
      const [, method, port] = /^(\S+) (?:http:\/\/)?[^:/]+:(\d+)/.exec(line) ?? [];
      if (!accept(head)) {
        const challenge = 'Proxy-Authenticate: Basic realm="proxy"\r\nConnection: close';
        socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${challenge}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const onward = connect(Number(port), '127.0.0.1', () => {
        if (method === 'CONNECT') {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        } else {
          onward.write(chunk);
        }
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    });
  });
  return { ...server, lines, heads };
}

function recording(arrived: Arrived[], answer: Answer): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request;
      const whole = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('utf8') };
      arrived.push(whole);
      answer(request, response, whole);
    });
  };
}

async function serve(server: Server, scheme: string, arrived: readonly Arrived[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let opened = 0;
  server.on('connection', (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    arrived,
    connections: () => opened,
    open: () => sockets.size,
  };
}
