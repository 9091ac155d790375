import { describe, Skip, test } from '../../src/kit/index.ts';
import { atHash } from '../../src/oauth/at-hash.ts';
import { allIdentities, identities } from './identities.ts';
import { secondsByServer } from './server-clock.ts';

/** Claims that every id_token has (OpenID Connect Core section 2). */
const required: readonly { claim: string; expected: string; isRight: (value: unknown) => boolean }[] = [
  { claim: 'iss', expected: 'a string', isRight: (value) => typeof value === 'string' && value !== '' },
  {
    claim: 'sub',
    expected: 'a string of 1 to 255 ASCII characters',
    isRight: (value) => typeof value === 'string' && /^[\x20-\x7E]{1,255}$/.test(value),
  },
  { claim: 'aud', expected: 'a string or an array of strings', isRight: (value) => audiencesIn(value).length > 0 },
  { claim: 'exp', expected: 'a number of seconds', isRight: (value) => typeof value === 'number' },
  { claim: 'iat', expected: 'a number of seconds', isRight: (value) => typeof value === 'number' },
];

/** Empty when the claim is neither a string nor an array of strings. */
function audiencesIn(aud: unknown): readonly string[] {
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) && aud.every((one) => typeof one === 'string') ? aud : [];
}

const requiredClaims = test({
  id: 'openid-connect/required-claims',
  title: 'ID tokens have the claims that OpenID Connect requires',
  requirements: ['openid-connect/required-claims'],
  needs: [allIdentities],
  run({ allIdentities, must }) {
    for (const { name, jwt, because } of allIdentities) {
      const wrong = required.filter(({ claim, isRight }) => !isRight(jwt.claims[claim]));
      must('openid-connect/required-claims', wrong.length === 0, {
        expected: `in ${name}, ${wrong.map(({ claim, expected }) => `${claim}: ${expected}`).join('; ') || 'iss, sub, aud, exp and iat'}`,
        actual: wrong.map(({ claim }) => `${claim} is ${describe(jwt.claims[claim])}`).join('; ') || 'all there',
        because,
      });
    }
  },
});

const audience = test({
  id: 'openid-connect/audience-is-client',
  title: 'ID tokens are for the client that asked',
  requirements: ['openid-connect/audience-is-client'],
  needs: [allIdentities],
  run({ allIdentities, must, should }) {
    const requirement = 'openid-connect/audience-is-client';
    for (const { name, launch, jwt, because } of allIdentities) {
      const { clientId } = launch.client;
      const { aud, azp } = jwt.claims;
      const audiences = audiencesIn(aud);
      const isForClient = audiences.includes(clientId) && (azp === undefined || azp === clientId);
      const actual = `aud is ${describe(aud)}${azp === undefined ? '' : `, azp ${describe(azp)}`}`;
      must(requirement, isForClient, {
        expected: `${clientId} in aud of ${name}, and as azp where that is given`,
        actual,
        because,
      });
      if (!isForClient) continue;
      should(requirement, audiences.length === 1, { expected: `no further audience in ${name}`, actual, because });
    }
  },
});

const nonce = test({
  id: 'openid-connect/nonce-returned',
  title: 'ID tokens bring back the nonce of the authorization request',
  requirements: ['openid-connect/nonce-returned'],
  needs: [identities],
  run({ identities, must, should }) {
    for (const { launch, jwt, because } of identities) {
      const { request, exchanges } = launch.authorization;
      const { nonce } = jwt.claims;
      const demand = nonce === undefined ? should : must;
      demand('openid-connect/nonce-returned', nonce === request.nonce, {
        expected: 'nonce as it was sent',
        actual: nonce === request.nonce ? 'as it was sent' : nonce === undefined ? 'absent' : 'another one',
        because: [...exchanges.slice(0, 1), ...because],
      });
    }
  },
});

/** Seconds by which the clocks of a server may differ, and those by which iat may be off. */
const [clockSkew, tolerance] = [60, 300];

const times = test({
  id: 'openid-connect/times-sane',
  title: 'ID tokens are issued now and expire later',
  requirements: ['openid-connect/times-sane'],
  needs: [allIdentities],
  run({ allIdentities, must, should, undecided }) {
    const requirement = 'openid-connect/times-sane';
    for (const { name, launch, jwt, because } of allIdentities) {
      const { exp, iat } = jwt.claims;
      if (typeof exp !== 'number' || typeof iat !== 'number') {
        undecided(requirement, { message: 'exp and iat are to be numbers, which required-claims judges', because });
        continue;
      }
      const now = secondsByServer(launch.exchange);
      const actual = `iat is ${iat}, exp ${exp}`;
      must(requirement, exp > now - clockSkew && exp > iat, {
        expected: `exp of ${name} after iat, and after ${now}, the time by the server's clock`,
        actual,
        because,
      });
      should(requirement, Math.abs(iat - now) <= tolerance, {
        expected: `iat of ${name} within five minutes of ${now}, the time by the server's clock`,
        actual,
        because,
      });
    }
  },
});

const accessTokenHash = test({
  id: 'openid-connect/at-hash-matches',
  title: 'at_hash belongs to the access token',
  requirements: ['openid-connect/at-hash-matches'],
  needs: [allIdentities],
  run({ allIdentities, must, undecided }) {
    const having = allIdentities.filter(({ jwt }) => jwt.claims.at_hash !== undefined);
    if (having.length === 0) throw new Skip('not-advertised', 'no id_token has at_hash');
    for (const { name, launch, jwt, because } of having) {
      const { alg } = jwt.header;
      const right = atHash(launch.tokens.accessToken, String(alg));
      if (right === null) {
        const message = `which hash goes with alg ${describe(alg)} is not known here`;
        undecided('openid-connect/at-hash-matches', { message, because });
        continue;
      }
      must('openid-connect/at-hash-matches', jwt.claims.at_hash === right, {
        expected: `at_hash of ${name} to be the left half of the hash of its access token (OpenID Connect Core section 3.1.3.6)`,
        actual: jwt.claims.at_hash === right ? 'it is' : 'another value',
        because,
      });
    }
  },
});

export const claimTests = [requiredClaims, audience, nonce, times, accessTokenHash];
