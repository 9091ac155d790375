/** The reference server behind a proxy that spoils some of its answers. */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RunningServer, startServer } from '../../src/server/index.ts';
import type { Malformation } from './malformation.ts';

export interface StormServer {
  readonly reference: RunningServer;
  /** What becomes of the next answers: null leaves one as it is. */
  storm(spoil: (path: string) => Malformation | null): void;
  /** What the kit has sent as a secret, and what the server has ever issued that it sent. */
  readonly secrets: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

export async function startStormServer(): Promise<StormServer> {
  const secrets = new Set<string>();
  const open = new Set<string>();
  let spoil: (path: string) => Malformation | null = () => null;
  let upstream = '';
  const proxy = createServer({ maxHeaderSize: 256 * 1024 }, async (incoming, outgoing) => {
    outgoing.on('error', () => {});
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      noteSecrets(incoming, body.toString(), secrets, open);
      const answer = await forward(upstream, incoming, body);
      const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
      const malformed = spoil(pathname);
      const out = malformed === null ? answer : spoiled(malformed, answer, { incoming, body: body.toString() });
      if (typeof out === 'function') out(outgoing);
      else outgoing.writeHead(out.status, out.headers).end(out.body);
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const reference = await startServer({ baseUrl: `http://127.0.0.1:${port}` });
  upstream = reference.origin;
  return {
    reference,
    secrets,
    storm(next) {
      spoil = next;
    },
    async close() {
      proxy.close();
      proxy.closeAllConnections();
      await reference.close();
    },
  };
}

function forward(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { 'accept-encoding': _, ...others } = headers;
    const outgoing = ask(
      `${upstream}${url}`,
      { method: method ?? 'GET', headers: { ...others, connection: 'close' } },
      async (incoming) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of incoming) chunks.push(chunk);
          const {
            connection: __,
            'keep-alive': ___,
            'transfer-encoding': ____,
            'content-length': _____,
            ...kept
          } = incoming.headers;
          const known = Object.entries(kept).filter(
            (entry): entry is [string, string | string[]] => entry[1] !== undefined,
          );
          resolve({
            status: incoming.statusCode ?? 500,
            headers: Object.fromEntries(known),
            body: Buffer.concat(chunks),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const secretParameters = [
  'code',
  'refresh_token',
  'access_token',
  'client_assertion',
  'code_verifier',
  'client_secret',
  'password',
  'token',
];

function noteSecrets({ headers, url }: IncomingMessage, body: string, secrets: Set<string>, open: Set<string>): void {
  const { authorization = '', cookie = '' } = headers;
  const query = new URL(url ?? '/', 'http://localhost').searchParams;
  const form = new URLSearchParams(/^\s*[{[<]/.test(body) ? '' : body);
  // A plain challenge is the verifier; it was open before.
  for (const challenge of [...query.getAll('code_challenge'), ...form.getAll('code_challenge')]) open.add(challenge);
  const values = [
    authorization.replace(/^\S+\s+/, ''),
    ...cookie.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim()),
    ...secretParameters.flatMap((name) => [...form.getAll(name), ...(name === 'code' ? [] : query.getAll(name))]),
  ];
  // A short one would be found anywhere, and so would one that the kit has made up of words.
  for (const value of values)
    if (!open.has(value) && value.length >= 16 && /\d/.test(value) && !/smart-check|\s|\p{Cc}/u.test(value))
      secrets.add(value);
}

interface Asked {
  readonly incoming: IncomingMessage;
  readonly body: string;
}

/** What goes out in place of an answer: another, or what no HTTP library would send. */
function spoiled(malformed: Malformation, answer: Answer, asked: Asked): Answer | ((outgoing: ServerResponse) => void) {
  const { kind } = malformed;
  switch (kind) {
    case 'status': {
      const { status, retryAfter } = malformed;
      const headers = { ...answer.headers, ...(retryAfter !== null && { 'retry-after': retryAfter }) };
      return { ...answer, status, headers };
    }
    case 'headers':
      return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(malformed.headers) } };
    case 'body':
      return { ...answer, body: Buffer.from(malformed.body, malformed.encoding) };
    case 'cut': {
      const body = answer.body.subarray(0, malformed.at % (answer.body.length + 1));
      if (!malformed.announce) return { ...answer, body };
      return (outgoing) => {
        outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length + 1 });
        outgoing.write(body, () => outgoing.destroy());
      };
    }
    case 'member':
      return { ...answer, body: Buffer.from(withMember(answer.body.toString(), malformed)) };
    case 'jwt': {
      const body = answer.body.toString().replaceAll(/eyJ[\w-]*\.[\w-]*\.[\w-]*/g, () => malformed.jwt);
      return { ...answer, body: Buffer.from(body) };
    }
    case 'html':
      return { status: malformed.status, headers: { 'content-type': 'text/html' }, body: Buffer.from(malformed.html) };
    case 'redirect':
      return { status: malformed.status, headers: { location: malformed.location }, body: Buffer.alloc(0) };
    case 'echo':
      return echoed(malformed.as, answer, asked);
    case 'raw':
      return ({ socket }) => {
        if (malformed.ends) socket?.end(malformed.bytes, 'latin1');
        else socket?.write(malformed.bytes, 'latin1', () => socket.resetAndDestroy());
      };
  }
}

function echoed(as: 'json' | 'html' | 'header' | 'error', answer: Answer, { incoming, body }: Asked): Answer {
  const { authorization, cookie } = incoming.headers;
  const said = { authorization, cookie, url: incoming.url, body };
  const text = JSON.stringify(said);
  if (as === 'json') return { ...answer, body: Buffer.from(text) };
  if (as === 'error') {
    const error = { error: 'invalid_request', error_description: `you sent ${authorization ?? ''} and ${body}` };
    return { status: 400, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(error)) };
  }
  if (as === 'html') {
    const page = `<!doctype html><title>${body}</title><pre>${text}</pre><input name=password value="${body}">`;
    return { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(page) };
  }
  const value = `${authorization ?? ''} ${cookie ?? ''} ${body}`.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 8000);
  return {
    ...answer,
    headers: { ...answer.headers, 'x-echo': value, 'www-authenticate': `Bearer error_description="${value}"` },
  };
}

/** Puts the value in place of one member, somewhere in the document. */
function withMember(text: string, { at, value }: { readonly at: number; readonly value: unknown }): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return String(value);
  }
  const places: [object, string][] = [];
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    for (const key of Object.keys(one)) {
      places.push([one, key]);
      walk(Reflect.get(one, key));
    }
  };
  walk(document);
  const place = places[at % Math.max(1, places.length)];
  if (!place) return JSON.stringify(value);
  Object.defineProperty(place[0], place[1], { value, enumerable: true, configurable: true, writable: true });
  return JSON.stringify(document) ?? '';
}
