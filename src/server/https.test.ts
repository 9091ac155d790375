import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from './index.ts';
import { ask } from './testing/ask.ts';

let server: RunningServer;
let ca: string;

beforeAll(async () => {
  server = await startServer({ https: true });
  ca = server.caCertificate ?? '';
});
afterAll(() => server.close());

test.each(['127.0.0.1', 'localhost'])('whoever trusts the authority reaches %s', async (host) => {
  const { body } = await ask(`${server.fhirBaseUrl.replace('127.0.0.1', host)}/.well-known/smart-configuration`, {
    ca,
    // The name must not resolve to an address the server does not listen at.
    family: 4,
  });
  expect(JSON.parse(body).token_endpoint).toBe(`${server.origin}/oauth/token`);
  expect(server.origin).toMatch(/^https:/);
});

test('the certificate is for the public host, too', async () => {
  const proxied = await startServer({ https: true, baseUrl: 'https://ehr.smart-check.test' });
  const { status } = await ask(`${proxied.origin}/fhir/metadata`, { ca, servername: 'ehr.smart-check.test' });
  await proxied.close();
  expect(status).toBe(200);
});

test('whoever does not trust the authority is not served', async () => {
  await expect(ask(server.fhirBaseUrl)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
  const tls = { ca, minVersion: version, maxVersion: version };
  expect((await ask(`${server.fhirBaseUrl}/metadata`, tls)).status).toBe(200);
});

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused by the server, not by this client', async (version) => {
  const tls = { ca, minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' };
  await expect(ask(`${server.fhirBaseUrl}/metadata`, tls)).rejects.toMatchObject({
    message: expect.stringContaining('tlsv1 alert protocol version'),
  });
});

test('plain http is not answered', async () => {
  await expect(ask(`${server.fhirBaseUrl.replace('https:', 'http:')}/metadata`)).rejects.toMatchObject({
    code: expect.stringMatching(/ECONNRESET|HPE_/),
  });
});
