import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { check, readConfiguration } from '../src/index.ts';
import type { Configuration, IntrospectionCredentials } from '../src/kit/index.ts';
import { type CannedServer, serveCanned } from './fixtures/canned-server.ts';

/** A backend-only server whose introspection answers those that a test lets in, and what it was asked. */
let server: CannedServer;
let keys: { keys: Record<string, unknown>[] };

interface Question {
  readonly headers: IncomingMessage['headers'];
  readonly form: URLSearchParams;
}

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true });
  keys = { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES384', kid: 'k1' }] };
});
afterEach(() => server.close());

const live = 'live-token-of-the-service';
const brief = 'brief-token-of-the-service';

async function serve(
  mayAsk: (question: Question) => boolean | Promise<boolean>,
  published = true,
  lifetimes: readonly number[] = [],
): Promise<readonly Question[]> {
  const asked: Question[] = [];
  const [...seconds] = lifetimes;
  server = await serveCanned(async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const form = new URLSearchParams(await text(request));
    const { pathname } = new URL(request.url ?? '', origin);
    if (pathname === '/fhir/.well-known/smart-configuration') {
      return json(200, {
        token_endpoint: `${origin}/token`,
        ...(published && { introspection_endpoint: `${origin}/introspect` }),
        grant_types_supported: ['client_credentials'],
        capabilities: ['client-confidential-asymmetric', 'permission-v2'],
      });
    }
    if (pathname === '/token') {
      const lifetime = seconds.shift() ?? 300;
      const token = lifetime === 300 ? live : brief;
      return json(200, { access_token: token, token_type: 'bearer', expires_in: lifetime, scope: form.get('scope') });
    }
    if (pathname !== '/introspect') return json(404, {});
    const question = { headers: request.headers, form };
    asked.push(question);
    if (!(await mayAsk(question))) return json(401, { error: 'invalid_client' });
    const exp = Math.floor(Date.now() / 1000) + 300;
    const members = { active: true, scope: 'system/Patient.rs', client_id: 'service', exp };
    return json(200, [live, brief].includes(form.get('token') ?? '') ? members : { active: false });
  });
  return asked;
}

async function run(introspection: IntrospectionCredentials | null, more: Partial<Configuration> = {}) {
  const usual = await readConfiguration({ env: {}, overrides: { fhirBaseUrl: server.fhirBaseUrl } });
  const configuration: Configuration = {
    ...usual,
    ...more,
    clients: {
      backend: { clientId: 'service', keys, scope: 'system/Patient.rs' },
      ...(introspection && { introspection }),
    },
  };
  const { report, dispose } = await check({ configuration, suites: ['introspection'], timeoutSeconds: 5 });
  await dispose();
  return (id: string) => {
    const test = report.tests.find((candidate) => candidate.id === `introspection/${id}`);
    if (!test) throw new Error(`no test ${id}`);
    return test;
  };
}

const about = (asked: readonly Question[], token: string) => asked.filter(({ form }) => form.get('token') === token);

describe('introspection is asked', () => {
  it('with the token of the backend service as bearer, in a form of the token alone', async () => {
    const asked = await serve(({ headers }) => headers.authorization === `Bearer ${live}`);
    const test = await run({ bearer: 'backend' });
    for (const id of ['active-boolean', 'scope-as-granted', 'exp-fits-expires-in', 'never-issued-inactive']) {
      expect(test(id).outcome).toBe('passed');
    }
    expect(test('bearer-authorization-accepted').outcome).toBe('passed');
    const [first] = about(asked, live);
    expect(first?.headers).toMatchObject({
      authorization: `Bearer ${live}`,
      'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded/),
    });
    expect([...(first?.form.keys() ?? [])]).toEqual(['token']);
    // Its own tokens are all there are, so nothing is known of those of others.
    expect(test('any-clients-tokens')).toMatchObject({ outcome: 'skipped', why: 'not-configured' });
  });

  it('with a new token of the backend service where the first has expired meanwhile', async () => {
    let count = 0;
    const isLetIn = async ({ headers: { authorization } }: Question) => {
      if (authorization !== `Bearer ${brief}`) return authorization === `Bearer ${live}`;
      count += 1;
      if (count <= 3) return true;
      await wait(1100);
      return false;
    };
    await serve(isLetIn, true, [1]);
    const test = await run({ bearer: 'backend' });
    expect(test('never-issued-inactive').outcome).toBe('passed');
    expect(test('bearer-authorization-accepted').outcome).toBe('passed');
  });

  it('with client authentication where the bearer is refused, which is held against the server alone', async () => {
    await serve(({ form }) => form.has('client_assertion'));
    const test = await run({ bearer: 'backend' });
    expect(test('bearer-authorization-accepted').findings).toMatchObject([{ level: 'fail' }]);
    expect(test('active-boolean').outcome).toBe('passed');
  });

  it('with HTTP Basic for an id and a secret, form-encoded, and then with both in the form', async () => {
    const basic = `Basic ${btoa('resource+server:a%26b')}`;
    const asked = await serve(({ form }) => form.get('client_secret') === 'a&b');
    const test = await run({ clientId: 'resource server', clientSecret: 'a&b' });
    expect(about(asked, live).slice(0, 2)).toMatchObject([{ headers: { authorization: basic } }, {}]);
    expect(about(asked, live)[1]?.form.get('client_id')).toBe('resource server');
    expect(test('active-boolean').outcome).toBe('passed');
    expect(test('bearer-authorization-accepted')).toMatchObject({ outcome: 'skipped', why: 'not-configured' });
  });

  it('with the configured headers, which nobody else sends', async () => {
    const asked = await serve(({ headers }) => headers['x-api-key'] === 'k');
    const test = await run({ headers: { 'X-Api-Key': 'k' } });
    expect(test('active-boolean').outcome).toBe('passed');
    expect(test('caller-authorized').outcome).toBe('passed');
    expect(about(asked, live).some(({ headers }) => headers['x-api-key'] === undefined)).toBe(true);
  });

  it('at introspectionUrl, where the server publishes none', async () => {
    const asked = await serve(() => true, false);
    const test = await run(null, { introspectionUrl: `${server.origin}/introspect` });
    expect(asked.length).toBeGreaterThan(0);
    expect(test('active-boolean').outcome).toBe('passed');
    expect(test('caller-authorized').outcome).toBe('warned');
  });

  it('by nobody in particular where nobody is configured: then nothing is decided', async () => {
    await serve(() => false);
    const test = await run(null);
    for (const id of ['active-boolean', 'caller-authorized', 'bad-bearer-refused']) {
      expect(test(id)).toMatchObject({ outcome: 'skipped', why: 'not-configured' });
    }
  });
});

describe('silence proves nothing', () => {
  it('where the configured caller is told nothing either', async () => {
    await serve(() => false);
    const test = await run({ clientId: 'resource-server', clientSecret: 's' });
    expect(test('caller-authorized').outcome).toBe('blocked');
    expect(test('never-issued-inactive').outcome).toBe('blocked');
  });
});
