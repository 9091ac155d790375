import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp } from './testing/servers.ts';

afterEach(closeAll);

const mebibyte = 1024 * 1024;
const body = Buffer.from(Array.from({ length: 3 * mebibyte }, (_, index) => 97 + (index % 23)));

function collecting() {
  const chunks: Buffer[] = [];
  const heads: number[] = [];
  return {
    heads,
    bytes: () => Buffer.concat(chunks),
    receive: ({ status }: { status: number }) => {
      heads.push(status);
      return status === 200 ? (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) : null;
    },
  };
}

it.each([
  ['plain', (): [Buffer, object] => [body, {}]],
  ['gzip', (): [Buffer, object] => [gzipSync(body), { 'content-encoding': 'gzip' }]],
])('a large body goes to who takes it, and its beginning into the exchange: %s', async (_, answer) => {
  const [bytes, headers] = answer();
  const server = await serveHttp((_, response) => void response.writeHead(200, { ...headers }).end(bytes));
  const { receive, bytes: taken } = collecting();
  const exchange = await makeClient().send({ url: server.origin, receive, maxBodyBytes: 10 * mebibyte });
  expect(taken().equals(body)).toBe(true);
  expect(exchange.error).toBeNull();
  expect(exchange.response).toMatchObject({ status: 200, bodyBytes: body.length, truncated: true });
  expect(exchange.response?.body).toBe(body.subarray(0, 64 * 1024).toString());
});

it('a small one is in the exchange whole', async () => {
  const server = await serveHttp((_, response) => response.end('fine'));
  const { receive, bytes } = collecting();
  const { response } = await makeClient().send({ url: server.origin, receive });
  expect(response).toMatchObject({ body: 'fine', bodyBytes: 4, truncated: false });
  expect(bytes().toString()).toBe('fine');
});

it('each answer is asked for, and those that nobody takes are read as ever', async () => {
  const server = await serveHttp((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/gone' }).end('elsewhere');
    else response.writeHead(404).end('x'.repeat(100_000));
  });
  const { receive, heads, bytes } = collecting();
  const { response } = await makeClient().send({ url: server.origin, receive });
  expect(heads).toEqual([302, 404]);
  expect(response?.body).toHaveLength(100_000);
  expect(bytes()).toHaveLength(0);
});

it('reading stops at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(20 * mebibyte));
  const server = await serveHttp((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  const { receive, bytes } = collecting();
  const exchange = await makeClient().send({ url: server.origin, receive, maxBodyBytes: mebibyte });
  expect(exchange).toMatchObject({ error: { kind: 'too-large' }, response: { bodyBytes: mebibyte, truncated: true } });
  expect(bytes()).toHaveLength(mebibyte);
});

it('what announces more than the limit is not read at all', async () => {
  const server = await serveHttp((_, response) => {
    response.writeHead(200, { 'content-length': String(3 * 1024 ** 3) }).write('{');
  });
  const { receive, bytes } = collecting();
  const exchange = await makeClient().send({ url: server.origin, receive, maxBodyBytes: mebibyte });
  expect(exchange.error).toMatchObject({ kind: 'too-large', message: expect.stringContaining('announces 3221225472') });
  expect(exchange.response).toMatchObject({ status: 200, body: '', truncated: true });
  expect(bytes()).toHaveLength(0);
});

it('the timeout is for each pause while enough comes', async () => {
  const server = await serveHttp((_, response) => {
    let left = 6;
    const timer = setInterval(() => {
      if (left > 0) response.write(Buffer.alloc(32 * 1024));
      else response.end();
      left -= 1;
      if (left < 0) clearInterval(timer);
    }, 100);
  });
  const { receive, bytes } = collecting();
  const exchange = await makeClient({ timeoutMs: 400 }).send({ url: server.origin, receive });
  expect(exchange.error).toBeNull();
  expect(bytes()).toHaveLength(6 * 32 * 1024);
});

it.each([
  ['a trickle', 10, 50],
  ['a pause', 1, 10_000],
])('%s runs out of time', async (_, bytes, everyMs) => {
  const server = await serveHttp((_, response) => {
    response.write('{');
    const timer = setInterval(() => response.write('x'.repeat(bytes)), everyMs);
    response.on('close', () => clearInterval(timer));
  });
  const { receive } = collecting();
  const exchange = await makeClient({ timeoutMs: 300 }).send({ url: server.origin, receive });
  expect(exchange.error).toMatchObject({ kind: 'timeout' });
});
