import { expect, test } from 'vitest';
import { createHttpClient } from '../http/create-http-client.ts';
import { serveHttp } from '../http/testing/servers.ts';
import { createTokenClock } from './token-clock.ts';
import { createTokenKeeper, holderOf } from './token-keeper.ts';
import { requestToken, type TokenRequest } from './token-request.ts';

const client = { clientId: 'app' };
const service = { clientId: 'service' };

/** A server of which each token is good until `ends` says that the next has ended it, and an app that asks it. */
async function ehr(ends: (earlier: string, later: string) => boolean, refusal = 'invalid_grant', mayAskAgain = true) {
  let count = 0;
  const good = new Set<string>();
  const issued = (kind: string): string => {
    count += 1;
    const token = `${kind}-${count}`;
    for (const earlier of good) if (ends(earlier, token)) good.delete(earlier);
    good.add(token);
    return token;
  };
  const server = await serveHttp(({ headers, method }, response, { url, body }) => {
    const form = new URLSearchParams(body);
    const presented = form.get('code') ?? form.get('refresh_token');
    const reply = (status: number, members: object) => response.writeHead(status).end(JSON.stringify(members));
    if (url === '/token' && presented !== null && !good.has(presented)) return reply(400, { error: refusal });
    if (url === '/token') {
      good.delete(form.get('code') ?? '');
      const isService = form.get('grant_type') === 'client_credentials';
      return reply(200, { access_token: issued('access'), ...(!isService && { refresh_token: issued('refresh') }) });
    }
    if (url === '/introspect') return reply(200, { active: good.has(form.get('token') ?? '') });
    if (url === '/revoke') return good.delete(form.get('token') ?? '') ? reply(200, {}) : reply(200, {});
    if (url === '/Basic/1' && method === 'GET') return reply(404, {});
    return reply(good.has(headers.authorization?.replace(/^Bearer /, '') ?? '') ? 200 : 401, {});
  });
  const inner = createHttpClient({ timeoutMs: 5000, insecure: false, record: () => undefined, userAgent: 'test' });
  const keeper = createTokenKeeper(createTokenClock());
  const http = keeper.keeping(inner);
  const endpoint = {
    published: `${server.origin}/token`,
    url: new URL(`${server.origin}/token`),
    takesPlainBasic: new Set<string>(),
  };
  const ask = (request: TokenRequest) => keeper.request(request, (asked) => requestToken(asked, endpoint, inner));
  const authorize = (account = 'ann') =>
    keeper.authorizing({ client, holder: holderOf(client, account) }, async () => {
      const value = issued('code');
      const redemption = { grant_type: 'authorization_code' };
      return { result: value, code: { value, redemption, again: async () => (mayAskAgain ? issued('code') : null) } };
    });
  const redeem = (code: string) => ask({ client, parameters: { grant_type: 'authorization_code', code } });
  const tokensOf = async (answer: ReturnType<typeof ask>) => {
    const given = await answer;
    if (given.kind !== 'granted') throw new Error(`no token: ${given.kind}`);
    return given.tokens;
  };
  return {
    server,
    keeper,
    ask,
    authorize,
    redeem,
    launch: async (account?: string) => tokensOf(redeem(await authorize(account))),
    serve: () => tokensOf(ask({ client: service, parameters: { grant_type: 'client_credentials', scope: 's' } })),
    read: (token: string, url = '/Patient/1', method = 'GET') =>
      http.send({ method, url: server.origin + url, headers: { authorization: `Bearer ${token}` } }),
    post: (url: string, token: string) =>
      http.send({ method: 'POST', url: server.origin + url, body: new URLSearchParams({ token }) }),
  };
}

const ofOneKind = (earlier: string, later: string) => earlier.split('-')[0] === later.split('-')[0];
const never = () => false;

test('a request goes out as it was made, a parameter that stands in it twice included', async () => {
  const { authorize, ask, server } = await ehr(never);
  const [code, other] = [await authorize(), await authorize()];
  await ask({
    client,
    parameters: new URLSearchParams([
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['code', other],
    ]),
  });
  expect(new URLSearchParams(server.arrived.at(-1)?.body).getAll('code')).toEqual([code, other]);
});

test('what answers everybody alike does not tell whether a later token ends an earlier one', async () => {
  const { launch, read } = await ehr(ofOneKind);
  const first = await launch();
  await launch();
  expect((await read(first.accessToken, '/Basic/1', 'DELETE')).response?.status).toBe(401);
  expect((await read(first.accessToken)).response?.status).toBe(200);
});

test('an access token that a later one ended is obtained anew, and what used it is sent again', async () => {
  const { launch, read, server } = await ehr(ofOneKind);
  const [first, second] = [await launch(), await launch()];
  expect((await read(first.accessToken)).response?.status).toBe(200);
  const used = server.arrived.filter(({ url }) => url === '/Patient/1').map(({ headers }) => headers.authorization);
  expect(used[0]).toBe(`Bearer ${first.accessToken}`);
  expect(used).not.toContain(`Bearer ${second.accessToken}`);
  expect((await read(second.accessToken)).response?.status).toBe(200);
  expect((await read(first.accessToken)).response?.status).toBe(200);
});

test('the token of a service is kept alike, and so is one that is asked about', async () => {
  const { serve, read, post } = await ehr(ofOneKind);
  const [first] = [await serve(), await serve()];
  expect((await read(first.accessToken)).response?.status).toBe(200);
  const [third] = [await serve(), await serve()];
  expect((await post('/introspect', third.accessToken)).response?.body).toBe('{"active":true}');
});

test('a code and a refresh token that later ones ended are obtained anew', async () => {
  const { authorize, redeem, launch, ask } = await ehr(ofOneKind);
  const [code] = [await authorize(), await authorize()];
  expect((await redeem(code)).kind).toBe('granted');
  const [first] = [await launch(), await launch()];
  const parameters = { grant_type: 'refresh_token', refresh_token: first.refreshToken ?? '' };
  expect((await ask({ client, parameters })).kind).toBe('granted');
});

test('a code is, too, where a server knows no better word than invalid_request for one that has ended', async () => {
  const { authorize, redeem, ask, server } = await ehr(ofOneKind, 'invalid_request');
  const [code] = [await authorize(), await authorize()];
  expect((await redeem(code)).kind).toBe('granted');
  const { length } = server.arrived;
  const malformed = await ask({ client, parameters: { grant_type: 'authorization_code', code: '' } });
  expect([malformed.kind, server.arrived.length]).toEqual(['refused', length + 1]);
});

test('that a stranger is refused a code that a later one ended shows nothing: another is brought by the same stranger', async () => {
  const { authorize, ask } = await ehr(ofOneKind, 'invalid_request');
  const [code] = [await authorize(), await authorize()];
  const stranger = { clientId: 'stranger' };
  expect((await ask({ client: stranger, parameters: { grant_type: 'authorization_code', code } })).kind).toBe(
    'granted',
  );
});

test('what was revoked stays so, and is not held against the server where a later one had ended it, too', async () => {
  const { launch, read, post, keeper } = await ehr(ofOneKind);
  const last = await launch();
  await post('/revoke', last.accessToken);
  await launch();
  const refused = await read(last.accessToken);
  expect([refused.response?.status, keeper.isOutlived(refused)]).toEqual([401, true]);
});

test('what a test wants as it is is not obtained anew', async () => {
  const { launch, ask, keeper } = await ehr(ofOneKind);
  const [first] = [await launch(), await launch()];
  const parameters = { grant_type: 'refresh_token', refresh_token: first.refreshToken ?? '' };
  const refused = await ask({ client, parameters, asItIs: true });
  expect([refused.kind, keeper.isOutlived(refused.exchange)]).toEqual(['refused', true]);
});

test('what cannot be obtained anew may have been ended by what came later', async () => {
  const { launch, read, ask, keeper } = await ehr(ofOneKind, 'invalid_grant', false);
  const [first] = [await launch(), await launch()];
  const answer = await read(first.accessToken);
  expect([answer.response?.status, keeper.isOutlived(answer)]).toEqual([401, true]);
  const parameters = { grant_type: 'refresh_token', refresh_token: first.refreshToken ?? '' };
  const refused = await ask({ client, parameters });
  expect([refused.kind, keeper.isOutlived(refused.exchange)]).toEqual(['refused', true]);
});

test('a refusal for another reason stands', async () => {
  const { launch, read, keeper, server } = await ehr(never);
  const [first] = [await launch(), await launch()];
  expect((await read('made-up')).response?.status).toBe(401);
  const before = server.arrived.length;
  expect((await read(first.accessToken)).response?.status).toBe(200);
  expect(server.arrived.length).toBe(before + 1);
  const isRefused = await ehr((earlier) => earlier === 'access-2');
  const [lost] = [await isRefused.launch(), await isRefused.launch()];
  const refused = await isRefused.read(lost.accessToken);
  expect([refused.response?.status, isRefused.keeper.isOutlived(refused)]).toEqual([401, false]);
  expect(keeper.isOutlived(refused)).toBe(false);
});

test('nothing is obtained anew where nothing was given since, or to others', async () => {
  const { launch, read, server } = await ehr(ofOneKind);
  const ann = await launch('ann');
  await launch('bob');
  expect((await read(ann.accessToken)).response?.status).toBe(401);
  expect(server.arrived.filter(({ url }) => url === '/token').length).toBe(2);
});

test('many uses of ended tokens at once all come through', async () => {
  const { launch, read } = await ehr(ofOneKind);
  const tokens = await Promise.all([launch(), launch(), launch()]);
  const uses = tokens.flatMap(({ accessToken }) => [1, 2, 3].map((id) => read(accessToken, `/Patient/${id}`)));
  const statuses = (await Promise.all(uses)).map(({ response }) => response?.status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});
