import { afterEach, describe, expect, it } from 'vitest';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp, type TestServer } from './testing/servers.ts';

afterEach(closeAll);

/** A server whose `/` redirects to `location`, and that answers everything else with `there`. */
async function serveRedirect(status: number, location: string): Promise<TestServer> {
  return serveHttp((request, response) => {
    if (request.url === '/') {
      response.writeHead(status, { location }).end('moved');
    } else {
      response.end('there');
    }
  });
}

describe('redirects', () => {
  it.each([
    [301, 'GET', 'GET', false],
    [302, 'HEAD', 'HEAD', false],
    [303, 'HEAD', 'HEAD', false],
    [301, 'POST', 'GET', false],
    [302, 'POST', 'GET', false],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [307, 'POST', 'POST', true],
    [308, 'POST', 'POST', true],
  ])('with status %d turn %s into %s', async (status, before, after, keepsBody) => {
    const server = await serveRedirect(status, '/there?a=b#fragment');
    const client = makeClient();
    const hasBody = before === 'POST' || before === 'PUT';
    const exchange = await client.send({
      method: before,
      url: server.origin,
      headers: { Authorization: 'Bearer abc', 'Content-Type': 'text/plain' },
      ...(hasBody && { body: 'content' }),
    });
    const [, second] = server.arrived;
    expect(second).toMatchObject({ method: after, url: '/there?a=b', body: keepsBody ? 'content' : '' });
    expect(second?.headers.authorization).toBe('Bearer abc');
    expect(second?.headers['content-type']).toBe(keepsBody || before === after ? 'text/plain' : undefined);
    expect(exchange).toMatchObject({
      id: 'x2',
      error: null,
      request: { url: `${server.origin}/there?a=b`, method: after },
    });
    expect(client.recorded.map(({ id, response }) => [id, response?.status])).toEqual([
      ['x1', status],
      ['x2', 200],
    ]);
  });

  it('are left alone when asked to', async () => {
    const server = await serveRedirect(302, 'myapp://callback?code=1');
    const exchange = await makeClient().send({ url: server.origin, redirect: 'manual' });
    expect(exchange).toMatchObject({
      error: null,
      response: { status: 302, headers: { location: 'myapp://callback?code=1' } },
    });
    expect(server.arrived.length).toBe(1);
  });

  it('take neither credentials nor unknown headers to another origin, and never give them back', async () => {
    const target = await serveHttp((request, response) => {
      if (request.url === '/') {
        response.setHeader('location', `${other.origin}/on`);
      }
      response.writeHead(request.url === '/' ? 302 : 200).end();
    });
    const other: TestServer = await serveHttp((_, response) => {
      response.writeHead(302, { location: `${target.origin}/back` }).end();
    });
    const client = makeClient({
      targetHeaders: { headers: { 'X-Tenant': 'acme' }, isTargetOrigin: (origin) => origin === target.origin },
    });
    const exchange = await client.send({
      url: target.origin,
      headers: { Authorization: 'Bearer abc', cookie: 'a=b', 'X-Api-Key': 'k', Accept: 'application/json' },
    });
    expect(exchange.error).toBeNull();
    const [first, last] = target.arrived;
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer abc',
      cookie: 'a=b',
      'x-api-key': 'k',
      'x-tenant': 'acme',
    });
    const abroad = other.arrived[0]?.headers ?? {};
    expect(abroad.accept).toBe('application/json');
    expect(abroad['user-agent']).toBe('smart-check/test');
    for (const name of ['authorization', 'cookie', 'x-api-key', 'x-tenant']) {
      expect(abroad).not.toHaveProperty(name);
    }
    expect(last?.headers).toMatchObject({ 'x-tenant': 'acme', accept: 'application/json' });
    for (const name of ['authorization', 'cookie', 'x-api-key']) {
      expect(last?.headers).not.toHaveProperty(name);
    }
  });

  it.each([
    [307, 'other', 'REDIRECT_BODY'],
    [302, 'mailto:ann@example.org', 'REDIRECT_SCHEME'],
    [302, 'file:///etc/passwd', 'REDIRECT_SCHEME'],
    [302, 'http://[broken', 'REDIRECT_INVALID'],
    [307, '/', 'REDIRECT_LOOP'],
  ])('are not followed: %d to %s', async (status, location, code) => {
    const other = await serveHttp((_, response) => response.end());
    const server = await serveRedirect(status, location === 'other' ? other.origin : location);
    const client = makeClient();
    const exchange = await client.send({
      method: 'POST',
      url: server.origin,
      body: new URLSearchParams({ client_secret: 's' }),
    });
    expect(exchange).toMatchObject({
      id: 'x1',
      response: { status, body: 'moved' },
      error: { kind: 'redirects', code },
    });
    expect(other.arrived).toEqual([]);
    expect(client.recorded).toEqual([exchange]);
  });

  it('that go round in a circle are noticed', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end();
    });
    const client = makeClient();
    const exchange = await client.send({ url: `${server.origin}/a` });
    expect(exchange).toMatchObject({ id: 'x2', error: { kind: 'redirects', code: 'REDIRECT_LOOP' } });
    expect(server.arrived.length).toBe(2);
  });

  it('end at the limit', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` }).end();
    });
    const exchange = await makeClient({ maxRedirects: 3 }).send({ url: `${server.origin}/0` });
    expect(exchange).toMatchObject({ id: 'x4', error: { kind: 'redirects', code: 'REDIRECT_LIMIT' } });
    expect(server.arrived.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/3']);
  });

  it('to a page give that page', async () => {
    const server = await serveHttp((request, response) => {
      if (request.url === '/') {
        response.writeHead(301, { location: '/login' }).end();
      } else {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
      }
    });
    expect(await makeClient().send({ url: server.origin })).toMatchObject({
      error: null,
      response: { body: '<html></html>' },
    });
  });

  it('without a Location are answers like any other', async () => {
    const server = await serveHttp((_, response) => response.writeHead(302).end());
    expect(await makeClient().send({ url: server.origin })).toMatchObject({ error: null, response: { status: 302 } });
  });
});
