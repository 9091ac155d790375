import { afterEach, describe, expect, it } from 'vitest';
import type { ExchangeError } from '../kit/exchange.ts';
import { connectError } from './connect-error.ts';
import { exchangeErrorOf } from './exchange-failure.ts';
import { retrying } from './retrying.ts';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp, serveTcp } from './testing/servers.ts';

afterEach(closeAll);

/** A server that breaks off the first connections in the middle. */
function flaky(failures: number) {
  let count = 0;
  return serveHttp((request, response) => {
    count += 1;
    if (count <= failures) request.socket.destroy();
    else response.setHeader('connection', 'close').end('at last');
  });
}

describe('with retries', () => {
  it('a safe request that met with transport trouble is sent again, and each attempt is recorded', async () => {
    const server = await flaky(2);
    const client = makeClient({ retries: 2 });
    const exchange = await client.send({ url: server.origin });
    expect(exchange).toMatchObject({ id: 'x3', response: { body: 'at last' }, error: null, retryOf: ['x1', 'x2'] });
    expect(client.recorded.map(({ id, error }) => [id, error?.kind ?? null])).toEqual([
      ['x1', 'connection'],
      ['x2', 'connection'],
      ['x3', null],
    ]);
    expect(client.recorded.at(-1)?.retryOf).toEqual(['x1', 'x2']);
    expect(server.arrived).toHaveLength(3);
  });

  it('it is sent no more often than allowed', async () => {
    const server = await flaky(9);
    const exchange = await makeClient({ retries: 2 }).send({ url: server.origin });
    expect(exchange.error?.kind).toBe('connection');
    expect(exchange.retryOf).toEqual(['x1', 'x2']);
    expect(server.arrived).toHaveLength(3);
  });

  it('without them it is sent once', async () => {
    const server = await flaky(1);
    const exchange = await makeClient().send({ url: server.origin });
    expect(exchange.error?.kind).toBe('connection');
    expect(server.arrived).toHaveLength(1);
  });

  it('a code or an assertion that may have arrived is not sent twice', async () => {
    const server = await flaky(1);
    const exchange = await makeClient({ retries: 3 }).send({
      method: 'POST',
      url: server.origin,
      body: new URLSearchParams({ code: 'once' }),
    });
    expect(exchange.error?.kind).toBe('connection');
    expect(server.arrived).toHaveLength(1);
  });

  it('one that cannot have arrived is, as nothing listened', async () => {
    const server = await serveTcp(() => {});
    const { origin } = server;
    await closeAll();
    const exchange = await makeClient({ retries: 1 }).send({ method: 'POST', url: origin, body: 'a' });
    expect(exchange.error?.code).toBe('ECONNREFUSED');
    expect(exchange.retryOf).toEqual(['x1']);
  });

  it.each(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])(
    'a connection that ends with %s after the request was sent is no sign that it did not arrive',
    (code) => {
      const sent = exchangeErrorOf(Object.assign(new Error(`read ${code}`), { code, syscall: 'read' }));
      const unsent = connectError(Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' }), 'a', 1);
      const post = (error: ExchangeError) => ({ request: { method: 'POST' }, response: null, error });
      expect(retrying(3).pauseBefore(post(sent), 0)).toBeNull();
      expect(retrying(3).pauseBefore(post(unsent), 0)).not.toBeNull();
    },
  );

  it.each([500, 502, 503, 404])('an answer is an answer, %i too', async (status) => {
    const server = await serveHttp((_, response) => response.writeHead(status).end());
    const exchange = await makeClient({ retries: 3 }).send({ url: server.origin });
    expect(exchange.response?.status).toBe(status);
    expect(server.arrived).toHaveLength(1);
  });

  it('what broke off in the middle of its answer is evidence, and is kept', async () => {
    const server = await serveHttp((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const exchange = await makeClient({ retries: 3 }).send({ url: server.origin });
    expect(exchange).toMatchObject({ response: { body: 'half' }, error: { kind: 'connection' } });
    expect(server.arrived).toHaveLength(1);
  });

  it('a server that is down is not asked twice for ever', async () => {
    const server = await flaky(Number.POSITIVE_INFINITY);
    const client = makeClient({ retries: 1 });
    for (let request = 0; request < 12; request++) await client.send({ url: server.origin });
    expect(server.arrived).toHaveLength(10 * 2 + 2);
  });
});
