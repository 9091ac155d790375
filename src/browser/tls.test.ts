import { afterEach, expect, test } from 'vitest';
import { type Certificate, makeAuthority, makeCertificate } from '../http/testing/certificates.ts';
import { closeAll, closeLater } from '../http/testing/closing.ts';
import { serveHttps, serveProxy } from '../http/testing/servers.ts';
import type { BrowserOptions } from './create-browser.ts';
import { createTestBrowser, driveOnce, journeyTo, redirect, servePages } from './testing/driving.ts';

afterEach(closeAll);

const back = 'https://app.example.org/callback?code=c0de';

function openBrowser(options: Partial<BrowserOptions>) {
  const opened = createTestBrowser(options);
  closeLater(() => opened.browser.close());
  return opened;
}

function serveSecurely(certificate: Certificate) {
  return serveHttps(certificate, (_request, response) => response.writeHead(302, { location: back }).end());
}

test('refuses a certificate that nobody vouches for, before it sends anything', async () => {
  const authority = await makeAuthority('Nobody');
  const server = await serveSecurely(await makeCertificate(authority));
  const { browser, reported } = openBrowser({});
  const outcome = await driveOnce(browser, journeyTo(`${server.origin}/authorize`));
  expect(outcome).toMatchObject({ kind: 'stopped', cause: 'tls' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('certificate of 127.0.0.1'));
  expect(server.arrived).toEqual([]);
  expect(reported.map(({ error }) => error?.kind)).toEqual(['certificate']);
});

test('refuses it on the way, too', async () => {
  const server = await serveSecurely(await makeCertificate(await makeAuthority('Nobody')));
  const first = await servePages(() => ({ '/': redirect(`${server.origin}/authorize`) }));
  const { browser } = openBrowser({});
  expect(await driveOnce(browser, journeyTo(`${first.origin}/`))).toMatchObject({ cause: 'tls' });
  expect(server.arrived).toEqual([]);
});

test('refuses a certificate for another name, and one that has expired, of an authority that is known', async () => {
  const authority = await makeAuthority('Known');
  const { browser } = openBrowser({ tls: { ca: authority.cert, insecure: false } });
  const others = await serveSecurely(await makeCertificate(authority, { names: ['other.example.org'] }));
  const expired = await serveSecurely(await makeCertificate(authority, { expired: true }));
  for (const server of [others, expired]) {
    expect(await driveOnce(browser, journeyTo(`${server.origin}/`))).toMatchObject({ cause: 'tls' });
    expect(server.arrived).toEqual([]);
  }
});

test('knows the authority that it is given, and tells of the certificate', async () => {
  const authority = await makeAuthority('Known');
  const server = await serveSecurely(await makeCertificate(authority));
  const { browser, reported } = openBrowser({ tls: { ca: authority.cert, insecure: false } });
  expect(await driveOnce(browser, journeyTo(`${server.origin}/`))).toMatchObject({ kind: 'returned' });
  expect(reported.map(({ tls }) => tls?.issuer)).toEqual(['CN=Known']);
});

test('takes any certificate when told to be insecure', async () => {
  const server = await serveSecurely(await makeCertificate(await makeAuthority('Nobody'), { expired: true }));
  const { browser } = openBrowser({ tls: { insecure: true } });
  expect(await driveOnce(browser, journeyTo(`${server.origin}/`))).toMatchObject({ kind: 'returned' });
});

test('says that what should speak TLS does not', async () => {
  const server = await servePages(() => ({}));
  const { browser } = openBrowser({});
  const outcome = await driveOnce(browser, journeyTo(`https://127.0.0.1:${server.port}/`));
  expect(outcome).toMatchObject({ cause: 'tls' });
  expect(outcome).toHaveProperty('message', expect.stringContaining('does not speak TLS'));
});

test('goes through the proxies of the environment, with their credentials', async () => {
  const authority = await makeAuthority('Known');
  const server = await serveSecurely(await makeCertificate(authority, { names: ['ehr.example.org'] }));
  const plain = await servePages(() => ({ '/': redirect(`https://ehr.example.org:${server.port}/`) }));
  const authorization = `proxy-authorization: basic ${btoa('me:secret')}`.toLowerCase();
  const proxy = await serveProxy((head) => head.toLowerCase().includes(authorization));
  const address = proxy.origin.replace('//', '//me:secret@');
  const env = { PATH: process.env.PATH, HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: '127.0.0.1' };
  const { browser } = openBrowser({ tls: { ca: authority.cert, insecure: false }, env });
  expect(await driveOnce(browser, journeyTo(`${plain.origin}/`))).toMatchObject({ kind: 'returned' });
  expect(server.arrived).toHaveLength(1);
  expect(new Set(proxy.lines)).toEqual(new Set([`CONNECT ehr.example.org:${server.port} HTTP/1.1`]));
});
