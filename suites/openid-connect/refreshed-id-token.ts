import { refreshed } from '../../src/artifacts/refreshes.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { describe, type Exchange, Skip, test } from '../../src/kit/index.ts';
import type { SignedJwt } from '../../src/oauth/jwt.ts';
import { resolveFhirUser } from './fhir-users.ts';
import { readIdToken } from './identities.ts';
import { secondsByServer } from './server-clock.ts';

const requirement = 'openid-connect/refreshed-id-token-consistent';

const consistent = test({
  id: requirement,
  title: 'An id_token of a refresh is about the same user, and of now',
  requirements: [requirement],
  needs: [refreshed, fhirBaseUrl],
  run({ refreshed, fhirBaseUrl, must, should }) {
    const both = refreshed.flatMap(({ client, launch, tokens, exchange }) => {
      const first = readIdToken(launch.tokens.idToken);
      if (!first || tokens.idToken === null) return [];
      const second = readIdToken(tokens.idToken);
      const of = new URLSearchParams(exchange.request.body ?? '').get('refresh_token');
      const isOfLaunch = of === launch.refreshToken;
      return [{ client, first, second, isOfLaunch, exchanges: [launch.exchange, exchange], exchange }];
    });
    if (both.length === 0)
      throw new Skip('not-advertised', 'no refresh came with an id_token, as a launch did with a readable one');
    for (const { client, first, second, isOfLaunch, exchanges: because, exchange } of both) {
      if (!second) {
        must(requirement, false, {
          expected: `an id_token of a refresh of ${client.clientId} to be a signed JWT, as the first one was`,
          actual: 'it is none',
          because,
        });
        continue;
      }
      const wrong = inconsistencies(first, second, isOfLaunch, exchange);
      must(requirement, wrong.length === 0, {
        expected: `iss, sub, aud, azp and auth_time for ${client.clientId} as at first, a new iat, and no other nonce`,
        actual: wrong.join('; ') || 'so it is',
        because,
      });
      if (wrong.length > 0) continue;
      should(requirement, second.claims.nonce === undefined, {
        expected: 'no nonce (OpenID Connect Core section 12.2)',
        actual: second.claims.nonce === undefined ? 'none' : 'the first one again',
        because,
      });
      const users = [first, second].map(({ claims }) => claims.fhirUser);
      const [before, now] = users.map((user) => resolveFhirUser(user, fhirBaseUrl).url?.href);
      should(requirement, users.includes(undefined) || before === now, {
        expected: `fhirUser as at first: ${describe(first.claims.fhirUser)}`,
        actual: describe(second.claims.fhirUser),
        because,
      });
    }
  },
});

/** Seconds by which `iat` may be off. */
const tolerance = 300;

/**
 * OpenID Connect Core section 12.2, in words; empty when nothing is wrong.
 *
 * @param isOfLaunch - else a later launch had ended its refresh token, and that of one more was used: the same user, at another time
 */
function inconsistencies(
  first: SignedJwt,
  second: SignedJwt,
  isOfLaunch: boolean,
  exchange: Exchange,
): readonly string[] {
  const [before, now] = [first.claims, second.claims];
  const same = (name: string) => audiences(now[name]) === audiences(before[name]);
  const differing = ['iss', 'sub', 'aud', 'azp'].filter((name) => !same(name));
  // Those that may be left out, and where they stand are as they were.
  for (const name of isOfLaunch ? ['auth_time', 'nonce'] : []) {
    if (now[name] !== undefined && before[name] !== undefined && !same(name)) differing.push(name);
  }
  const clock = secondsByServer(exchange);
  const { iat } = now;
  const isNow = typeof iat === 'number' && Math.abs(iat - clock) <= tolerance && !(iat < Number(before.iat));
  return [
    ...differing.map((name) => `${name} is ${describe(now[name])}, and was ${describe(before[name])}`),
    ...(isNow ? [] : [`iat is ${describe(iat)}, by the server's clock it was ${clock}`]),
  ];
}

/** For comparison: one audience may be written as a string or an array, several in any order. */
function audiences(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : [value]);
}

export const refreshedIdTokenTests = [consistent];
