import { afterEach, describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';
import { makeAuthority, makeCertificate } from './testing/certificates.ts';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp, serveHttps, serveProxy } from './testing/servers.ts';

afterEach(closeAll);

const authority = await makeAuthority('Test CA');
const certificate = await makeCertificate(authority, { names: ['ehr.invalid'] });

describe('a proxy', () => {
  it('is asked for http URLs as they are, and resolves their names', async () => {
    const server = await serveHttp((_, response) => response.end('fine'));
    const proxy = await serveProxy();
    const client = makeClient({ env: { http_proxy: `http://ann:s%40crets@127.0.0.1:${proxy.port}` } });
    const url = `http://ehr.invalid:${server.port}/a?b=c`;
    const exchange = await client.send({ url });
    expect(exchange).toMatchObject({ error: null, response: { body: 'fine' }, request: { url } });
    expect(proxy.lines).toEqual([`GET ${url} HTTP/1.1`]);
    expect(proxy.heads[0]).toContain(`proxy-authorization: Basic ${Buffer.from('ann:s@crets').toString('base64')}`);
    expect(server.arrived[0]?.headers.host).toBe(`ehr.invalid:${server.port}`);
    expect(exchange.request.headers).not.toHaveProperty('proxy-authorization');
  });

  it('tunnels https, so that it sees nothing and the certificate is the target’s', async () => {
    const server = await serveHttps(certificate, (_, response) => response.end('fine'));
    const proxy = await serveProxy();
    const client = makeClient({ ca: authority.cert, env: { HTTPS_PROXY: `127.0.0.1:${proxy.port}` } });
    const origin = `https://ehr.invalid:${server.port}`;
    const exchange = await client.send({ url: `${origin}/a`, headers: { authorization: 'Bearer abc' } });
    expect(exchange).toMatchObject({ error: null, response: { body: 'fine' }, tls: { subject: 'CN=ehr.invalid' } });
    expect(proxy.lines).toEqual([`CONNECT ehr.invalid:${server.port} HTTP/1.1`]);
    expect(proxy.heads[0]).not.toContain('Bearer');
    expect(server.arrived[0]?.headers.authorization).toBe('Bearer abc');

    const probe = await client.send({ url: origin, tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } });
    expect(probe).toMatchObject({ error: null, tls: { protocol: 'TLSv1.2' } });
    expect(proxy.lines.length).toBe(2);
  });

  it('may itself speak TLS', async () => {
    const server = await serveHttps(certificate, (_, response) => response.end('fine'));
    const { createServer } = await import('node:tls');
    const { connect } = await import('node:net');
    const proxyCertificate = await makeCertificate(authority);
    const asked: string[] = [];
    const proxy = createServer(proxyCertificate, (socket) => {
      socket.on('error', () => {});
      socket.once('data', (chunk: Buffer) => {
        asked.push(chunk.toString('latin1').split('\r\n')[0] ?? '');
        const onward = connect(server.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.pipe(onward).pipe(socket);
        });
        onward.on('error', () => socket.destroy());
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const env = { https_proxy: `https://127.0.0.1:${port}` };
    const client = makeClient({ ca: authority.cert, env });
    const exchange = await client.send({ url: `https://ehr.invalid:${server.port}/` });
    expect(exchange).toMatchObject({ error: null, response: { body: 'fine' } });
    expect(asked).toEqual([`CONNECT ehr.invalid:${server.port} HTTP/1.1`]);
    const mistrustful = await makeClient({ env }).send({ url: `https://ehr.invalid:${server.port}/` });
    expect(mistrustful.error?.kind).toBe('certificate');
    expect(mistrustful.error?.message).toContain('the proxy 127.0.0.1');
    await client.close();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('that refuses is named', async () => {
    const proxy = await serveProxy(() => false);
    const client = makeClient({ env: { https_proxy: `http://127.0.0.1:${proxy.port}` } });
    const { error } = await client.send({ url: 'https://ehr.invalid/' });
    expect(error).toMatchObject({ kind: 'connection', code: 'PROXY_REFUSED' });
    expect(error?.message).toContain(
      `The proxy http://127.0.0.1:${proxy.port} refused a connection to ehr.invalid:443`,
    );
    expect(error?.message).toContain('407');
  });

  it('that is none, or not there, is named', async () => {
    const nonsense = await makeClient({ env: { HTTP_PROXY: 'socks5://127.0.0.1:1' } }).send({
      url: 'http://ehr.invalid/',
    });
    expect(nonsense.error).toMatchObject({ kind: 'connection', code: 'PROXY_INVALID' });
    const absent = await makeClient({ env: { HTTPS_PROXY: 'http://proxy.invalid' } }).send({
      url: 'https://ehr.invalid/',
    });
    expect(absent.error?.kind).toBe('dns');
    expect(absent.error?.message).toContain('the proxy proxy.invalid');
    const forwarding = await makeClient({ env: { HTTP_PROXY: 'proxy.invalid' } }).send({ url: 'http://ehr.invalid/' });
    expect(forwarding.error?.message).toContain('the proxy proxy.invalid');
    const closed = await makeClient({ env: { HTTP_PROXY: '127.0.0.1:1' } }).send({ url: 'http://ehr.invalid/' });
    expect(closed.error?.message).toContain('Nothing listens at the proxy 127.0.0.1 port 1');
  });

  it('is passed by where NO_PROXY says so', async () => {
    const server = await serveHttp((_, response) => response.end('fine'));
    const proxy = await serveProxy();
    const client = makeClient({
      env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'localhost, 127.0.0.1' },
    });
    expect(await client.send({ url: server.origin })).toMatchObject({ error: null });
    expect(proxy.lines).toEqual([]);
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['', 'http://example.org/', false],
    ['*', 'http://example.org/', true],
    ['example.org', 'http://example.org/', true],
    ['example.org', 'http://ehr.example.org/', true],
    ['.example.org', 'http://ehr.example.org/', true],
    ['*.example.org', 'http://ehr.example.org/', true],
    ['example.org', 'http://badexample.org/', false],
    ['a.test b.test', 'http://b.test/', true],
    ['EXAMPLE.org', 'http://example.ORG/', true],
    ['example.org:8080', 'http://example.org/', false],
    ['example.org:80', 'http://example.org/', true],
    ['127.0.0.1', 'http://127.0.0.1:3000/', true],
    ['::1', 'http://[::1]:3000/', true],
    ['[::1]:3000', 'http://[::1]:3000/', true],
    ['[::1]:3001', 'http://[::1]:3000/', false],
  ])('%s exempts %s: %s', (list, url, exempt) => {
    expect(proxyFor(new URL(url), { HTTP_PROXY: 'http://proxy:3128', no_proxy: list }) === null).toBe(exempt);
  });

  it('wins in lower case over upper case', () => {
    const env = { http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2' };
    expect(proxyFor(new URL('http://x.test'), env)).toMatchObject({ origin: 'http://a:1', port: 1 });
    expect(proxyFor(new URL('https://x.test'), env)).toBeNull();
  });
});
