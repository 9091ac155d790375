import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../kit/unobtainable.ts';
import { isLocalTlsRefusal } from './is-local-tls-refusal.ts';
import { makeAuthority, makeCertificate } from './testing/certificates.ts';
import { makeClient } from './testing/client.ts';
import { closeAll } from './testing/closing.ts';
import { serveHttp, serveHttps, serveTcp } from './testing/servers.ts';

afterEach(closeAll);

const authority = await makeAuthority('Nobody’s Test CA');
const good = await makeCertificate(authority);

const fine = (_: unknown, response: { end(text: string): void }): void => response.end('fine');

describe('certificates', () => {
  it('of a given authority are accepted, and shown', async () => {
    const server = await serveHttps(good, fine);
    const exchange = await makeClient({ ca: authority.cert }).send({ url: server.origin });
    expect(exchange).toMatchObject({
      error: null,
      response: { body: 'fine' },
      tls: { protocol: 'TLSv1.3', subject: 'CN=loopback.test', issuer: 'CN=Nobody’s Test CA' },
    });
    expect(exchange.tls?.validFrom).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(Date.parse(exchange.tls?.validTo ?? '')).toBeGreaterThan(Date.now());
  });

  it('of an unknown authority are refused before anything is sent, shown, and the way out named', async () => {
    const server = await serveHttps(good, fine);
    const exchange = await makeClient().send({ url: server.origin, headers: { authorization: 'Bearer abc' } });
    expect(exchange.response).toBeNull();
    expect(exchange.error).toMatchObject({ kind: 'certificate', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(exchange.error?.message).toContain('--ca-cert FILE');
    expect(exchange.error?.message).toContain(
      '"CN=loopback.test", for IP Address:127.0.0.1, issued by "CN=Nobody’s Test CA"',
    );
    expect(exchange.tls).toMatchObject({ protocol: 'TLSv1.3', subject: 'CN=loopback.test' });
    expect(server.arrived).toEqual([]);
  });

  it('that have expired are refused', async () => {
    const expired = await makeCertificate(authority, { expired: true });
    const server = await serveHttps(expired, fine);
    const exchange = await makeClient({ ca: authority.cert }).send({ url: server.origin });
    expect(exchange).toMatchObject({ response: null, error: { kind: 'certificate', code: 'CERT_HAS_EXPIRED' } });
    expect(exchange.error?.message).toMatch(/has expired; renew it\. .*valid from \d{4}-.* to \d{4}-/);
    expect(Date.parse(exchange.tls?.validTo ?? '')).toBeLessThan(Date.now());
  });

  it('for another name are refused, again and again', async () => {
    const other = await makeCertificate(authority, { names: ['other.example'] });
    const server = await serveHttps(other, fine);
    const client = makeClient({ ca: authority.cert });
    for (let count = 0; count < 2; count += 1) {
      const { error, response } = await client.send({ url: server.origin });
      expect(response).toBeNull();
      expect(error).toMatchObject({ kind: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      expect(error?.message).toMatch(/does not name 127\.0\.0\.1;.*DNS:other\.example/);
    }
    expect(server.arrived).toEqual([]);
  });

  it('of any kind will do when told so', async () => {
    const expired = await makeCertificate(authority, { expired: true, names: ['other.example'] });
    const server = await serveHttps(expired, fine);
    const exchange = await makeClient({ insecure: true }).send({ url: server.origin });
    expect(exchange).toMatchObject({ error: null, response: { body: 'fine' }, tls: { subject: 'CN=other.example' } });
  });

  it.each(['nothing', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----'])(
    'must be PEM to be given: %s',
    (ca) => {
      expect(() => makeClient({ ca })).toThrow(UsageError);
    },
  );
});

describe('handshakes', () => {
  it('with a plain http server fail for that', async () => {
    const server = await serveHttp(fine);
    const { error } = await makeClient().send({ url: `https://127.0.0.1:${server.port}/` });
    expect(error).toMatchObject({ kind: 'tls', code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
    expect(error?.message).toMatch(/does not speak TLS; is it plain http\?$/);
  });

  it('that the server hangs up on fail as such', async () => {
    const server = await serveTcp((socket) => socket.once('data', () => socket.destroy()));
    const { error } = await makeClient().send({ url: `https://127.0.0.1:${server.port}/` });
    expect(error).toMatchObject({ kind: 'tls', code: 'ECONNRESET' });
  });

  it('that the server never answers end with the time', async () => {
    const server = await serveTcp(() => {});
    const { error } = await makeClient({ timeoutMs: 200 }).send({ url: `https://127.0.0.1:${server.port}/` });
    expect(error?.kind).toBe('timeout');
  });
});

describe('a TLS version asked for', () => {
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const;

  it('is refused by a server that does not offer it, which is not our inability', async () => {
    const server = await serveHttps({ ...good, minVersion: 'TLSv1.2' }, fine);
    const client = makeClient({ ca: authority.cert });
    const { error, response } = await client.send({ url: server.origin, tls: old });
    expect(response).toBeNull();
    expect(error).toMatchObject({ kind: 'tls', code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect(error && isLocalTlsRefusal(error)).toBe(false);
    expect(server.arrived).toEqual([]);
    expect((await client.send({ url: server.origin })).error).toBeNull();
  });

  it('is spoken with a server that does, on a connection of its own', async () => {
    const lax = { ...good, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const server = await serveHttps(lax, fine);
    const client = makeClient({ ca: authority.cert });
    await client.send({ url: server.origin });
    const exchange = await client.send({ url: server.origin, tls: old });
    expect(exchange).toMatchObject({ error: null, response: { body: 'fine' }, tls: { protocol: 'TLSv1.1' } });
    expect(server.connections()).toBe(2);
    await expect.poll(() => server.open()).toBe(1);
    expect(await client.send({ url: server.origin })).toMatchObject({ error: null, tls: { protocol: 'TLSv1.3' } });
  });

  it('does not stop certificates from being verified', async () => {
    const server = await serveHttps({ ...good, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }, fine);
    const { error } = await makeClient().send({ url: server.origin, tls: old });
    expect(error?.kind).toBe('certificate');
  });

  it('that this machine cannot offer is told apart', async () => {
    const server = await serveHttps(good, fine);
    const impossible = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } as const;
    const { error } = await makeClient({ ca: authority.cert }).send({ url: server.origin, tls: impossible });
    expect(error?.kind).toBe('tls');
    expect(error && isLocalTlsRefusal(error)).toBe(true);
    expect(error?.message).toMatch(/^This machine's OpenSSL/);
  });

  it.each([
    ['ERR_SSL_NO_PROTOCOLS_AVAILABLE', true],
    ['ERR_SSL_NO_CIPHERS_AVAILABLE', true],
    ['ERR_OSSL_EVP_UNSUPPORTED', true],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', false],
    ['ECONNRESET', false],
  ])('refused with %s is our inability: %s', (code, local) => {
    expect(isLocalTlsRefusal({ kind: 'tls', code })).toBe(local);
    expect(isLocalTlsRefusal({ kind: 'connection', code })).toBe(false);
  });
});
