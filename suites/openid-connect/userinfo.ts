import { answered, isSuccess, mediaType } from '../../src/artifacts/document.ts';
import { type FhirReader, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import type { Launch } from '../../src/artifacts/launches.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { Block, describe, type Exchange, http, Skip, test } from '../../src/kit/index.ts';
import { alteredToken } from '../../src/oauth/altered-token.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { patientInContext } from '../../src/smart/patient-in-context.ts';
import { isAbsoluteUrl } from '../../src/smart/smart-configuration.ts';
import { identities } from './identities.ts';

const requirement = 'openid-connect/userinfo-subject';

const userInfo = test({
  id: requirement,
  title: 'UserInfo answers with the sub of the id_token, and nobody without a token',
  requirements: [requirement],
  needs: [identities, openidConfiguration, http, fhirReader],
  async run({ identities, openidConfiguration: { metadata }, http, fhirReader, must, should, undecided }) {
    const url = metadata.userinfo_endpoint;
    if (!isAbsoluteUrl(url)) throw new Skip('not-advertised', 'the OpenID configuration names no userinfo_endpoint');
    const named = identities.filter(({ jwt }) => typeof jwt.claims.sub === 'string');
    const [first] = named;
    if (!first) throw new Skip('undecided', 'the id_tokens have no sub to compare with');
    const ask = async (method: string, headers: Readonly<Record<string, string>>) => {
      const request = { method, url, redirect: 'manual', headers: { accept: 'application/json', ...headers } } as const;
      const exchange = await http.send(request);
      if (!exchange.response) throw new Block(`UserInfo was not reached: ${answered(exchange)}`, [exchange]);
      return exchange;
    };
    const bearing = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` });
    for (const { launch, jwt } of named) {
      for (const method of launch === first.launch ? ['GET', 'POST'] : ['GET']) {
        const exchange = await ask(method, { ...launch.client.headers, ...bearing(launch.tokens.accessToken) });
        const sub = subjectIn(exchange);
        const read = exchange.response?.status === 401 ? await readWith(launch, fhirReader) : null;
        if (read?.response?.status === 401) {
          // Some servers end a token when its user gets another one.
          const message = `${answered(exchange)}, and the FHIR API refuses the token as well: it has been ended`;
          undecided(requirement, { message, because: [launch.exchange, exchange, read] });
          continue;
        }
        must(requirement, exchange.response?.status === 200 && sub === jwt.claims.sub, {
          expected: `${method} with the access token of ${launch.client.clientId} to be answered with the sub of its id_token`,
          actual: sub === jwt.claims.sub ? 'so it is' : `${answered(exchange)}, where sub is ${describe(sub)}`,
          because: [launch.exchange, exchange],
        });
      }
    }
    const { headers } = first.launch.client;
    const strangers = [
      { what: 'without a token', exchange: await ask('GET', { ...headers }) },
      {
        what: 'with an access token that has one character changed',
        exchange: await ask('GET', { ...headers, ...bearing(alteredToken(first.launch.tokens.accessToken)) }),
      },
    ];
    for (const { what, exchange } of strangers) {
      const sub = subjectIn(exchange);
      // RFC 6750 section 3 speaks of 401, and some say 400 or 403, or lead to a page: nothing is told to anyone.
      const isTold = sub !== undefined || (isSuccess(exchange) && jsonObjectIn(exchange) !== null);
      const demand = isTold ? must : should;
      demand(requirement, exchange.response?.status === 401 && !isTold, {
        expected: `401 ${what}`,
        actual: `${answered(exchange)}${sub === undefined ? '' : `, where sub is ${describe(sub)}`}`,
        because: exchange,
      });
    }
  },
});

/** Reads the patient in context; null where there is none. */
async function readWith({ client, tokens }: Launch, reader: FhirReader): Promise<Exchange | null> {
  const patient = patientInContext(tokens.members);
  if (patient === null) return null;
  return reader.read(`Patient/${encodeURIComponent(patient)}`, { client, accessToken: tokens.accessToken });
}

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
