import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveBytes, serveHttp, serveTcp } from './testing/servers.ts';

afterEach(closeAll);

const mebibyte = 1024 * 1024;

describe('what is sent', () => {
  it('carries header names as written, defaults that can be overridden, and no Accept of its own', async () => {
    const server = await serveHttp((_, response) => response.end('fine'));
    const client = makeClient();
    const exchange = await client.send({
      url: `${server.origin}/a?b=c#d`,
      headers: { aCCept: 'x/y', 'User-Agent': 'other' },
    });
    const [arrived] = server.arrived;
    expect(arrived).toMatchObject({ method: 'GET', url: '/a?b=c' });
    expect(arrived?.rawHeaders).toContain('aCCept');
    expect(arrived?.headers['user-agent']).toBe('other');
    expect(arrived?.headers['accept-encoding']).toBe('gzip, deflate, br');
    await client.send({ url: server.origin });
    expect(server.arrived[1]?.headers).not.toHaveProperty('accept');
    expect(server.arrived[1]?.headers['user-agent']).toBe('smart-check/test');
    expect(exchange).toMatchObject({
      id: 'x1',
      by: 'http',
      request: {
        method: 'GET',
        url: `${server.origin}/a?b=c`,
        headers: { accept: 'x/y', 'user-agent': 'other', 'accept-encoding': 'gzip, deflate, br' },
        body: null,
      },
      response: { status: 200, body: 'fine', bodyBytes: 4, truncated: false },
      error: null,
      jwts: [],
    });
    expect(new Date(exchange.startedAt).toISOString()).toBe(exchange.startedAt);
    expect(client.recorded.map(({ id }) => id)).toEqual(['x1', 'x2']);
  });

  it('sends a form as a form and records it as text', async () => {
    const server = await serveHttp((_, response) => response.end());
    const exchange = await makeClient().send({
      method: 'POST',
      url: server.origin,
      body: new URLSearchParams({ a: 'b c', d: 'é' }),
    });
    expect(server.arrived[0]).toMatchObject({ method: 'POST', body: 'a=b+c&d=%C3%A9' });
    expect(server.arrived[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(exchange.request.body).toBe('a=b+c&d=%C3%A9');
    expect(exchange.request.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('gives configured headers to the target alone', async () => {
    const target = await serveHttp((_, response) => response.end());
    const other = await serveHttp((_, response) => response.end());
    const client = makeClient({
      targetHeaders: {
        headers: { 'X-Tenant': 'acme', Accept: 'a/b' },
        isTargetOrigin: (origin) => origin === target.origin,
      },
    });
    await client.send({ url: target.origin, headers: { accept: 'c/d' } });
    await client.send({ url: other.origin });
    expect(target.arrived[0]?.headers).toMatchObject({ 'x-tenant': 'acme', accept: 'c/d' });
    expect(other.arrived[0]?.headers).not.toHaveProperty('x-tenant');
  });

  it('records as an error what cannot be sent, and rejects only URLs that are none of http', async () => {
    const server = await serveHttp((_, response) => response.end());
    const client = makeClient();
    const exchange = await client.send({ url: server.origin, headers: { authorization: 'Bearer a\r\nb' } });
    expect(exchange).toMatchObject({ response: null, error: { kind: 'protocol', code: 'UND_ERR_INVALID_ARG' } });
    expect(server.arrived).toEqual([]);
    await expect(client.send({ url: '/relative' })).rejects.toThrow(TypeError);
    await expect(client.send({ url: 'ftp://127.0.0.1/' })).rejects.toThrow(TypeError);
  });
});

describe('what comes back', () => {
  it('has header names in lower case, and several values of one name joined', async () => {
    const head = [
      'HTTP/1.1 200 OK',
      'X-A: 1',
      'x-a: 2',
      'Set-Cookie: a=1, x',
      'Set-Cookie: b=2',
      'constructor: c',
      '__proto__: d',
    ];
    const server = await serveBytes(`${head.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
    const { response } = await makeClient().send({ url: server.origin });
    expect(response?.headers['x-a']).toBe('1, 2');
    expect(response?.headers['set-cookie']).toBe('a=1, x\nb=2');
    expect(Object.entries(response?.headers ?? {})).toContainEqual(['constructor', 'c']);
    expect(Object.entries(response?.headers ?? {})).toContainEqual(['__proto__', 'd']);
  });

  it('keeps a byte order mark and survives what is no UTF-8', async () => {
    const server = await serveHttp((_, response) => response.end(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d])));
    const { response } = await makeClient().send({ url: server.origin });
    expect(response?.body).toBe('\uFEFF{\uFFFD}');
    expect(response?.bodyBytes).toBe(6);
  });

  const text = 'Grüße '.repeat(1000);
  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['GZIP, identity', gzipSync(text)],
    ['deflate, gzip, br', brotliCompressSync(gzipSync(deflateSync(text)))],
  ])('is decoded from %s', async (coding, bytes) => {
    const server = await serveHttp((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes));
    const { response, error } = await makeClient().send({ url: server.origin });
    expect(error).toBeNull();
    expect(response).toMatchObject({ body: text, bodyBytes: Buffer.byteLength(text), truncated: false });
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('may name a coding and have no body: %s %d', async (method, status) => {
    const server = await serveHttp((_, response) => response.writeHead(status, { 'content-encoding': 'gzip' }).end());
    const { response, error } = await makeClient().send({ method, url: server.origin });
    expect({ error, status: response?.status, body: response?.body }).toEqual({ error: null, status, body: '' });
  });

  it.each([
    ['truncated gzip', 'gzip', gzipSync(text).subarray(0, -12), 'Grüße'],
    ['no gzip at all', 'gzip', Buffer.from('{"plain": true}'), ''],
    ['broken inside another coding', 'br, gzip', gzipSync(Buffer.from('not brotli at all')), ''],
    ['an unknown coding', 'zstd', Buffer.from('as it came'), 'as it came'],
    ['a coding named like a method of objects', 'constructor', Buffer.from('as it came'), 'as it came'],
    ['five codings', 'gzip, gzip, gzip, gzip, gzip', Buffer.from('as it came'), 'as it came'],
  ])('is an error of the protocol, beside what could be read, with %s', async (_, coding, bytes, start) => {
    const server = await serveHttp((__, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(bytes),
    );
    const { response, error } = await makeClient().send({ url: server.origin });
    expect(error?.kind).toBe('protocol');
    expect(response?.status).toBe(200);
    expect(response?.body.slice(0, start.length)).toBe(start);
  });
});

describe('limits', () => {
  it('stops an endless body', async () => {
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const { response, error } = await makeClient({ maxBodyBytes: 200_000 }).send({ url: server.origin });
    expect(error).toMatchObject({ kind: 'too-large', code: 'BODY_LIMIT' });
    expect(response).toMatchObject({ status: 200, bodyBytes: 200_000, truncated: true });
    expect(response?.body).toBe('x'.repeat(200_000));
  });

  it('takes a body of exactly the limit, which a request may set itself', async () => {
    const server = await serveHttp((_, response) => response.end('x'.repeat(100)));
    const client = makeClient({ maxBodyBytes: 50 });
    expect(await client.send({ url: server.origin, maxBodyBytes: 100 })).toMatchObject({ error: null });
    expect(await client.send({ url: server.origin, maxBodyBytes: 99 })).toMatchObject({
      error: { kind: 'too-large' },
      response: { bodyBytes: 99, truncated: true },
    });
  });

  const zeros = Buffer.alloc(50 * mebibyte);
  it.each([
    ['gzip', () => gzipSync(zeros)],
    ['br', () => brotliCompressSync(zeros, { params: { 1: 2 } })],
    ['gzip, gzip', () => gzipSync(gzipSync(zeros))],
  ])('stops a bomb packed with %s', async (coding, bomb) => {
    const server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(bomb()),
    );
    const { response, error } = await makeClient({ maxBodyBytes: mebibyte, timeoutMs: 20_000 }).send({
      url: server.origin,
    });
    expect(error?.kind).toBe('too-large');
    expect(response).toMatchObject({ bodyBytes: mebibyte, truncated: true });
  });

  it('stops a body that trickles, when the time for the whole exchange is up', async () => {
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      const timer = setInterval(() => response.write('x'), 40);
      response.on('close', () => clearInterval(timer));
    });
    const { response, error } = await makeClient({ timeoutMs: 300 }).send({ url: server.origin });
    expect(error).toMatchObject({
      kind: 'timeout',
      code: 'TIMEOUT',
      message: 'The answer was not complete after 0.3 s.',
    });
    expect(response).toMatchObject({ status: 200, truncated: true });
    expect(response?.body).toMatch(/^x+$/);
  });

  it('gives a request as much time as it asks for', async () => {
    const server = await serveHttp(() => {});
    const { error } = await makeClient({ timeoutMs: 20_000 }).send({ url: server.origin, timeoutMs: 100 });
    expect(error).toMatchObject({ kind: 'timeout', message: 'The answer was not complete after 0.1 s.' });
  });

  it('stops waiting for a server that says nothing, in the headers or at all', async () => {
    const silent = await serveTcp(() => {});
    const halting = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\nX-A: '));
    const client = makeClient({ timeoutMs: 200 });
    for (const { origin } of [silent, halting]) {
      expect(await client.send({ url: origin })).toMatchObject({ response: null, error: { kind: 'timeout' } });
    }
  });

  it('reads no header section of two megabytes', async () => {
    const server = await serveBytes(`HTTP/1.1 200 OK\r\nX-Big: ${'x'.repeat(2 * mebibyte)}\r\n\r\n`);
    const exchange = await makeClient().send({ url: server.origin });
    expect(exchange).toMatchObject({ response: null, error: { kind: 'too-large', code: 'UND_ERR_HEADERS_OVERFLOW' } });
  });
});

describe('broken answers', () => {
  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol', null],
    ['an answer of nothing', '', 'connection', null],
    ['a colon missing', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n', 'protocol', null],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'protocol', null],
    [
      'an upgrade nobody asked for',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'protocol',
      null,
    ],
    ['a body shorter than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half', 'connection', '{"half'],
    [
      'the same of a connection that was to be closed',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{"half',
      'connection',
      '{"half',
    ],
    [
      'a cut chunked body of a connection that was to be closed',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"half',
      'connection',
      '{"half',
    ],
    ['a cut chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"half', 'connection', '{"half'],
    ['a wrong chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n', 'protocol', '{}'],
  ])('become an error beside what there was: %s', async (_, bytes, kind, body) => {
    const server = await serveBytes(bytes);
    const { response, error } = await makeClient({ timeoutMs: 2000 }).send({ url: server.origin });
    expect(error?.kind).toBe(kind);
    expect(error?.message).toMatch(/^[A-Z].*\.$/);
    expect(response?.body ?? null).toBe(body);
    expect(response?.truncated ?? null).toBe(body === null ? null : true);
  });

  it('become an error when the connection is reset in the middle', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half';
    const server = await serveBytes(head, (socket) => setTimeout(() => socket.resetAndDestroy(), 50));
    const { response, error } = await makeClient().send({ url: server.origin });
    expect(error).toMatchObject({ kind: 'connection', code: 'ECONNRESET' });
    expect(response).toMatchObject({ body: '{"half', truncated: true });
  });

  it('keep what a cut off gzip body had said', async () => {
    const packed = gzipSync('Grüße '.repeat(1000), { level: 0 });
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`;
    const server = await serveBytes(Buffer.concat([Buffer.from(head), packed.subarray(0, 2000)]));
    const { response, error } = await makeClient().send({ url: server.origin });
    expect(error?.kind).toBe('connection');
    expect(response?.body).toMatch(/^Grüße Grüße/);
    expect(response?.truncated).toBe(true);
  });
});

describe('where nobody answers', () => {
  it('says so of a closed port', async () => {
    const { error, response } = await makeClient().send({ url: `http://127.0.0.1:${await closedPort()}/` });
    expect(response).toBeNull();
    expect(error).toMatchObject({ kind: 'connection', code: 'ECONNREFUSED' });
    expect(error?.message).toMatch(/^Nothing listens at 127\.0\.0\.1 port \d+/);
  });

  it('says so of a name that does not exist', async () => {
    const { error } = await makeClient().send({ url: 'http://nobody.invalid/' });
    expect(error?.kind).toBe('dns');
    expect(error?.code).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
    expect(error?.message).toContain('nobody.invalid');
  });
});

describe('interrupting', () => {
  it('ends what is under way and what begins later', async () => {
    const server = await serveHttp((request, response) => {
      if (request.url === '/body') {
        response.writeHead(200).write('begun');
      }
    });
    const controller = new AbortController();
    const client = makeClient({ signal: controller.signal, timeoutMs: 20_000 });
    const underWay = ['/', '/body'].map((path) => client.send({ url: `${server.origin}${path}` }));
    while (server.arrived.length < 2) {
      await wait(5);
    }
    await wait(50);
    controller.abort();
    const [silent, begun] = await Promise.all(underWay);
    expect(silent).toMatchObject({ response: null, error: { kind: 'interrupted' } });
    expect(begun).toMatchObject({ response: { body: 'begun', truncated: true }, error: { kind: 'interrupted' } });
    expect(await client.send({ url: server.origin })).toMatchObject({ response: null, error: { kind: 'interrupted' } });
    expect(server.arrived.length).toBe(2);
    expect(client.recorded.length).toBe(3);
  });

  it('spares what writes and what undoes it, until the client is closed', async () => {
    const answers: (() => void)[] = [];
    const server = await serveHttp((request, response) => {
      if (request.method === 'DELETE') response.writeHead(204).end();
      else answers.push(() => response.writeHead(201).end());
    });
    const controller = new AbortController();
    const client = makeClient({ signal: controller.signal, timeoutMs: 20_000 });
    const writing = client.send({ method: 'POST', url: server.origin, body: '{}', outlastsInterruption: true });
    while (answers.length < 1) {
      await wait(5);
    }
    controller.abort();
    answers.pop()?.();
    expect(await writing).toMatchObject({ response: { status: 201 }, error: null });
    const undoing = client.send({ method: 'DELETE', url: server.origin, outlastsInterruption: true });
    expect(await undoing).toMatchObject({ response: { status: 204 }, error: null });

    const unanswered = client.send({ method: 'POST', url: server.origin, body: '{}', outlastsInterruption: true });
    while (answers.length < 1) {
      await wait(5);
    }
    await client.close();
    expect(await unanswered).toMatchObject({ response: null, error: { kind: 'interrupted' } });
  });

  it('is what closing the client does', async () => {
    const server = await serveHttp(() => {});
    const client = makeClient({ timeoutMs: 20_000 });
    const underWay = client.send({ url: server.origin });
    while (server.arrived.length < 1) {
      await wait(5);
    }
    await client.close();
    expect(await underWay).toMatchObject({ error: { kind: 'interrupted' } });
  });
});

describe('connections', () => {
  it('are kept for the next request', async () => {
    const server = await serveHttp((_, response) => response.end('fine'));
    const client = makeClient();
    for (let count = 0; count < 20; count += 1) {
      await client.send({ url: server.origin });
    }
    // undici opens a second one when the first is not free again within the same tick.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('serve requests at the same time', async () => {
    const waiting: (() => void)[] = [];
    const server = await serveHttp((_, response) => {
      waiting.push(() => response.end('fine'));
      if (waiting.length === 20) {
        for (const answer of waiting) {
          answer();
        }
      }
    });
    const client = makeClient();
    const exchanges = await Promise.all(Array.from({ length: 20 }, () => client.send({ url: server.origin })));
    expect(exchanges.every(({ response }) => response?.body === 'fine')).toBe(true);
    expect(new Set(exchanges.map(({ id }) => id)).size).toBe(20);
  });

  it('that were kept and turn out dead cost a safe request a second try, and no other', async () => {
    let count = 0;
    const server = await serveTcp((socket) => {
      let first = true;
      socket.on('data', () => {
        count += 1;
        if (first) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');
          first = false;
        } else {
          socket.destroy();
        }
      });
    });
    const client = makeClient();
    await client.send({ url: server.origin });
    await wait(20);
    expect(await client.send({ url: server.origin })).toMatchObject({ error: null, response: { status: 200 } });
    expect(client.recorded.map(({ error }) => error?.kind ?? null)).toEqual([null, 'connection', null]);
    await wait(20);
    expect(await client.send({ method: 'POST', url: server.origin, body: 'a' })).toMatchObject({
      error: { kind: 'connection' },
    });
    expect(count).toBe(4);
  });
});

describe('a server that asks to be left alone', () => {
  it.each([
    [429, { 'retry-after': '0' }],
    [503, { 'retry-after': '0' }],
    [503, { 'retry-after': new Date(Date.now() - 1000).toUTCString() }],
  ])('is asked once more: %d %j', async (status, headers) => {
    const server = await serveHttp((_, response) =>
      response.writeHead(server.arrived.length === 1 ? status : 200, headers).end(),
    );
    const client = makeClient();
    const exchange = await client.send({ method: 'POST', url: server.origin, body: 'a=b' });
    expect(exchange.response?.status).toBe(200);
    expect(client.recorded.map(({ response }) => response?.status)).toEqual([status, 200]);
    expect(server.arrived.map(({ body }) => body)).toEqual(['a=b', 'a=b']);
  });

  it('is asked four times, and then each request once', async () => {
    const server = await serveHttp((_, response) => response.writeHead(429, { 'retry-after': '0' }).end());
    const client = makeClient();
    const statuses = async () => (await client.send({ url: server.origin })).response?.status;
    expect([await statuses(), server.arrived.length]).toEqual([429, 4]);
    expect([await statuses(), server.arrived.length]).toEqual([429, 5]);
  });

  it('is asked for one thing at a time from then on, in the order in which they came', async () => {
    let [atOnce, most] = [0, 0];
    let room = 2;
    const server = await serveHttp((_, response) => {
      atOnce += 1;
      most = room > 0 ? most : Math.max(most, atOnce);
      setTimeout(() => {
        atOnce -= 1;
        response.writeHead(room > 0 ? 200 : 429, { 'retry-after': '0' }).end();
        room = room > 0 ? room - 1 : 2;
      }, 5);
    });
    const client = makeClient();
    const sent = await Promise.all(
      Array.from({ length: 12 }, (_, count) => client.send({ method: 'POST', url: server.origin, body: `${count}` })),
    );
    expect(sent.map(({ response }) => response?.status)).toEqual(Array(12).fill(200));
    most = 0;
    room = 0;
    await Promise.all([1, 2, 3].map(() => client.send({ url: server.origin })));
    expect(most).toBe(1);
  });

  it('is asked again for one thing at a time, wherever, since it may have one limit for all (slow)', async () => {
    let room = 2;
    const refill = setInterval(() => {
      room = 2;
    }, 900);
    const server = await serveHttp((_, response) => {
      room -= 1;
      response.writeHead(room >= 0 ? 200 : 429, { 'retry-after': '1' }).end();
    });
    const client = makeClient();
    const paths = Array.from({ length: 14 }, (_, count) => `${server.origin}/${count}`);
    const sent = await Promise.all(paths.map((url) => client.send({ url })));
    clearInterval(refill);
    expect(sent.map(({ response }) => response?.status)).toEqual(Array(14).fill(200));
  }, 20_000);

  it.each([
    ['GET', 503, {}],
    ['GET', 429, { 'retry-after': '3600' }],
    ['PUT', 429, { 'retry-after': '0' }],
    ['GET', 200, { 'retry-after': '0' }],
  ])('is taken at its word: %s %d %j', async (method, status, headers) => {
    const server = await serveHttp((_, response) => response.writeHead(status, headers).end());
    expect((await makeClient().send({ method, url: server.origin })).response?.status).toBe(status);
    expect(server.arrived.length).toBe(1);
  });

  it('is not waited for once the run is interrupted', async () => {
    const server = await serveHttp((_, response) => response.writeHead(429, { 'retry-after': '9' }).end());
    const controller = new AbortController();
    const client = makeClient({ signal: controller.signal });
    const sending = client.send({ url: server.origin });
    while (client.recorded.length < 1) {
      await wait(5);
    }
    controller.abort();
    expect((await sending).response?.status).toBe(429);
    expect(client.recorded.length).toBe(1);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
