import { answered, mediaType } from '../../src/artifacts/document.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { Block, describe, type Exchange, http, Skip, test } from '../../src/kit/index.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { isAbsoluteUrl } from '../../src/smart/smart-configuration.ts';
import { identities } from './identities.ts';

const requirement = 'openid-connect/userinfo-subject';

const userInfo = test({
  id: requirement,
  title: 'UserInfo answers with the sub of the id_token, and nobody without a token',
  requirements: [requirement],
  needs: [identities, openidConfiguration, http],
  async run({ identities: [identity], openidConfiguration: { metadata }, http, must, should }) {
    const url = metadata.userinfo_endpoint;
    if (!isAbsoluteUrl(url)) throw new Skip('not-advertised', 'the OpenID configuration names no userinfo_endpoint');
    if (!identity) throw new Skip('undecided', 'no launch came with an id_token');
    const { launch, jwt } = identity;
    if (typeof jwt.claims.sub !== 'string') throw new Skip('undecided', 'the id_token has no sub to compare with');
    const ask = async (method: string, headers: Readonly<Record<string, string>>) => {
      const request = { method, url, redirect: 'manual', headers: { accept: 'application/json', ...headers } } as const;
      const exchange = await http.send(request);
      if (!exchange.response) throw new Block(`UserInfo was not reached: ${answered(exchange)}`, [exchange]);
      return exchange;
    };
    const authorization = `Bearer ${launch.tokens.accessToken}`;
    for (const method of ['GET', 'POST']) {
      const exchange = await ask(method, { ...launch.client.headers, authorization });
      const sub = subjectIn(exchange);
      must(requirement, exchange.response?.status === 200 && sub === jwt.claims.sub, {
        expected: `${method} with the access token to be answered with the sub of the id_token`,
        actual: sub === jwt.claims.sub ? 'so it is' : `${answered(exchange)}, where sub is ${describe(sub)}`,
        because: [launch.exchange, exchange],
      });
    }
    const without = await ask('GET', { ...launch.client.headers });
    const evidence = { expected: '401 without a token', actual: answered(without), because: without };
    // RFC 6750 section 3 speaks of 401, and some say 400 or 403: nothing is told to anyone.
    const demand = (without.response?.status ?? 0) >= 400 ? should : must;
    demand(requirement, without.response?.status === 401, evidence);
  },
});

/** Of claims in JSON, or in a signed JWT for clients that registered for that (OpenID Connect Core section 5.3.2). */
function subjectIn(exchange: Exchange): unknown {
  const { response } = exchange;
  if (!response) return undefined;
  if (mediaType(response.headers['content-type']) === 'application/jwt') {
    const jwt = readJwt(response.body.trim());
    return jwt.kind === 'jwt' ? jwt.claims.sub : undefined;
  }
  return jsonObjectIn(exchange)?.sub;
}

export const userInfoTests = [userInfo];
