import { answeredWith, described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { prober } from '../../src/artifacts/prober.ts';
import { refreshed } from '../../src/artifacts/refreshed.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { configuration, type Exchange, optional, Skip, test } from '../../src/kit/index.ts';
import { atHash } from '../../src/oauth/at-hash.ts';
import { readJwt } from '../../src/oauth/jwt.ts';
import { identifyingLaunches, identities } from './identities.ts';

const issued = test({
  id: 'openid-connect/id-token-issued',
  title: 'A launch with openid and fhirUser yields an id_token',
  requirements: ['openid-connect/id-token-issued', 'openid-connect/id-token-with-openid', 'openid-connect/code-flow'],
  needs: [identifyingLaunches],
  run({ identifyingLaunches, must }) {
    for (const { tokens, role, kind, exchange: because } of identifyingLaunches) {
      const jwt = tokens.idToken === null ? null : readJwt(tokens.idToken);
      const actual =
        jwt === null ? 'no id_token' : jwt.kind === 'jwt' ? 'an id_token' : `an id_token of ${jwt.instead}`;
      const expected = `an id_token, a signed JWT, in the ${kind} launch of the ${role} client`;
      must('openid-connect/id-token-issued', jwt?.kind === 'jwt', { expected, actual, because });
      must('openid-connect/code-flow', jwt !== null, {
        expected: 'the code flow to yield an id_token beside the access token',
        actual,
        because,
      });
      if (tokens.scopes?.includes('openid')) {
        must('openid-connect/id-token-with-openid', jwt?.kind === 'jwt', {
          expected: `${expected}, as openid was granted`,
          actual,
          because,
        });
      }
    }
  },
});

const claims = test({
  id: 'openid-connect/claims',
  title: 'The claims of an id_token say who, for whom, by whom and when',
  requirements: [
    'openid-connect/required-claims',
    'openid-connect/audience-is-client',
    'openid-connect/nonce-returned',
    'openid-connect/times-sane',
  ],
  needs: [identities],
  run({ identities, must, should }) {
    for (const { launch, jwt, because } of identities) {
      const { iss, sub, aud, exp, iat, azp, nonce } = jwt.claims;
      const audiences = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
      const isSubject = typeof sub === 'string' && /^[\x20-\x7E]{1,255}$/.test(sub);
      const wrong = [
        ...(typeof iss === 'string' && iss !== '' ? [] : ['iss']),
        ...(isSubject ? [] : ['sub']),
        ...(audiences.length > 0 ? [] : ['aud']),
        ...(typeof exp === 'number' ? [] : ['exp']),
        ...(typeof iat === 'number' ? [] : ['iat']),
      ];
      must('openid-connect/required-claims', wrong.length === 0, {
        expected: 'iss, sub (1 to 255 ASCII characters), aud, exp and iat, each of its type',
        actual: wrong.length === 0 ? 'all' : `absent or of another type: ${wrong.join(', ')}`,
        because,
      });
      const { clientId } = launch.client;
      const isForUs = audiences.includes(clientId) && (azp === undefined || azp === clientId);
      must('openid-connect/audience-is-client', isForUs, {
        expected: `aud with ${clientId}, and azp, where given, the same`,
        actual: `aud ${shown(aud)}${azp === undefined ? '' : `, azp ${shown(azp)}`}`,
        because,
      });
      if (isForUs) {
        should('openid-connect/audience-is-client', audiences.length === 1, {
          expected: 'no further audience',
          actual: shown(aud),
          because,
        });
      }
      const sent = launch.authorization.request.nonce;
      (nonce === undefined ? should : must)('openid-connect/nonce-returned', nonce === sent, {
        expected: 'nonce as it was sent',
        actual: nonce === undefined ? 'absent' : nonce === sent ? 'as sent' : 'another one',
        because: [...launch.authorization.exchanges.slice(0, 1), ...because],
      });
      if (typeof exp !== 'number' || typeof iat !== 'number') continue;
      const now = serverTime(launch.exchange);
      must('openid-connect/times-sane', exp > now - clockSkew && exp > iat, {
        expected: `exp after iat and after the server’s own time, ${now}`,
        actual: `iat ${iat}, exp ${exp}`,
        because,
      });
      should('openid-connect/times-sane', Math.abs(iat - now) <= 300, {
        expected: `iat within five minutes of the server’s own time, ${now}`,
        actual: `iat ${iat}`,
        because,
      });
    }
  },
});

/** Seconds by which clocks of one server may differ. */
const clockSkew = 60;

/** Seconds since the epoch, by the Date header of an answer; by our clock where there is none. */
function serverTime({ response, startedAt }: Exchange): number {
  const date = Date.parse(response?.headers.date ?? '');
  return Math.floor((Number.isNaN(date) ? Date.parse(startedAt) : date) / 1000);
}

const issuer = test({
  id: 'openid-connect/issuer-as-advertised',
  title: 'iss is exactly the issuer that the documents name',
  requirements: ['openid-connect/issuer-as-advertised'],
  needs: [identities, smartConfiguration, optional(openidConfiguration)],
  run({ identities, smartConfiguration, openidConfiguration, must }) {
    const named = [
      { where: 'the SMART configuration', issuer: smartConfiguration.document.issuer },
      ...(openidConfiguration
        ? [{ where: 'the OpenID configuration', issuer: openidConfiguration.metadata.issuer }]
        : []),
    ].filter((one) => typeof one.issuer === 'string');
    if (named.length === 0) throw new Skip('undecided', 'no document names an issuer');
    for (const { jwt, because } of identities) {
      for (const { where, issuer } of named) {
        must('openid-connect/issuer-as-advertised', jwt.claims.iss === issuer, {
          expected: `iss ${String(issuer)}, as ${where} names it`,
          actual: shown(jwt.claims.iss),
          because: [smartConfiguration.exchange, ...because],
        });
      }
    }
  },
});

const accessTokenHash = test({
  id: 'openid-connect/at-hash-matches',
  title: 'at_hash belongs to the access token',
  requirements: ['openid-connect/at-hash-matches'],
  needs: [identities],
  run({ identities, must }) {
    const having = identities.filter(({ jwt }) => jwt.claims.at_hash !== undefined);
    if (having.length === 0) throw new Skip('not-advertised', 'no id_token has at_hash');
    for (const { launch, jwt, because } of having) {
      const expected = atHash(launch.tokens.accessToken, String(jwt.header.alg));
      if (expected === null) continue;
      must('openid-connect/at-hash-matches', jwt.claims.at_hash === expected, {
        expected: 'the left half of the hash of the access token (OpenID Connect Core section 3.1.3.6)',
        actual: jwt.claims.at_hash === expected ? 'it is' : 'another value',
        because,
      });
    }
  },
});

const optionalParameters = test({
  id: 'openid-connect/optional-parameters-harmless',
  title: 'Optional OpenID parameters break nothing',
  requirements: ['openid-connect/optional-parameters-harmless'],
  needs: [prober, identifyingLaunches],
  async run({ prober, identifyingLaunches: [launch], should, undecided }) {
    const authorization = await prober.authorize({
      scope: launch?.scope ?? prober.scope,
      change(parameters) {
        parameters.set('ui_locales', 'en');
        parameters.set('acr_values', 'urn:smart-check:none');
        parameters.set('login_hint', 'smart-check');
      },
    });
    const because = authorization.exchanges;
    if (outcomeOf(authorization) === 'stuck') {
      return undecided('openid-connect/optional-parameters-harmless', { message: described(authorization), because });
    }
    const answer = outcomeOf(authorization) === 'code' ? await prober.redeem(authorization) : null;
    should('openid-connect/optional-parameters-harmless', answer?.kind === 'granted', {
      expected: 'a request with ui_locales, acr_values and login_hint to be served',
      actual: answer ? answeredWith(answer) : described(authorization),
      because: [...because, ...(answer ? [answer.exchange] : [])],
    });
  },
});

const subject = test({
  id: 'openid-connect/subject-stable',
  title: 'sub is the same each time for one user, and another for another',
  requirements: ['openid-connect/subject-stable'],
  needs: [identities, prober, configuration],
  async run({ identities, prober, configuration: { users }, must }) {
    const first = identities.find(({ launch }) => launch.kind === 'standalone' && launch.client === prober.client);
    if (!first) throw new Skip('undecided', 'no standalone launch came with an id_token');
    const { scope, client } = first.launch;
    const again = await subjectOf({ client, scope });
    if (again) {
      must('openid-connect/subject-stable', again.sub === first.jwt.claims.sub, {
        expected: 'the same sub when the same user comes again',
        actual: again.sub === first.jwt.claims.sub ? 'the same' : 'another one',
        because: [...first.because, again.exchange],
      });
    }
    const other = Object.entries(users).find(
      ([name, user]) => name !== prober.signingIn.name && user.password !== undefined && user.totpSecret === undefined,
    );
    if (!other) return;
    const another = await subjectOf({ client, scope, signingIn: { name: other[0], user: other[1] } });
    if (!another) return;
    must('openid-connect/subject-stable', another.sub !== first.jwt.claims.sub, {
      expected: `another sub for ${other[1].username}`,
      actual: another.sub === first.jwt.claims.sub ? 'the same' : 'another one',
      because: [...first.because, another.exchange],
    });

    async function subjectOf(departure: Parameters<typeof prober.authorize>[0]) {
      const authorization = await prober.authorize(departure);
      if (outcomeOf(authorization) !== 'code') return null;
      const answer = await prober.redeem(authorization);
      const jwt = answer.kind === 'granted' && answer.tokens.idToken !== null ? readJwt(answer.tokens.idToken) : null;
      return jwt?.kind === 'jwt' ? { sub: jwt.claims.sub, exchange: answer.exchange } : null;
    }
  },
});

const afterRefresh = test({
  id: 'openid-connect/refreshed-id-token-consistent',
  title: 'An id_token of a refresh is about the same user',
  requirements: ['openid-connect/refreshed-id-token-consistent'],
  needs: [refreshed],
  run({ refreshed: { before, answer, tokens }, must, should }) {
    const id = 'openid-connect/refreshed-id-token-consistent';
    const [one, two] = [before.grant.tokens.idToken, tokens.idToken].map((token) =>
      token === null ? null : readJwt(token),
    );
    if (one?.kind !== 'jwt' || two?.kind !== 'jwt')
      throw new Skip('not-advertised', 'the refresh response has no id_token');
    const because = [before.grant.exchange, answer.exchange];
    for (const name of ['iss', 'sub', 'azp', 'auth_time']) {
      const isOptional = name === 'auth_time' && two.claims[name] === undefined;
      must(id, isOptional || two.claims[name] === one.claims[name], {
        expected: `${name} as in the first id_token: ${shown(one.claims[name])}`,
        actual: shown(two.claims[name]),
        because,
      });
    }
    must(id, sorted(two.claims.aud) === sorted(one.claims.aud), {
      expected: `aud as in the first id_token: ${shown(one.claims.aud)}`,
      actual: shown(two.claims.aud),
      because,
    });
    const { iat } = two.claims;
    const now = serverTime(answer.exchange);
    must(id, typeof iat === 'number' && iat >= Number(one.claims.iat) && Math.abs(iat - now) <= 300, {
      expected: `iat of now, ${now}, and not before the first`,
      actual: shown(iat),
      because,
    });
    const { nonce } = two.claims;
    if (nonce === undefined) return;
    (nonce === one.claims.nonce ? should : must)(id, false, {
      expected: 'no nonce in a refreshed id_token, or else the first one',
      actual: nonce === one.claims.nonce ? 'the first one' : 'another one',
      because,
    });
  },
});

function sorted(aud: unknown): string {
  return JSON.stringify(Array.isArray(aud) ? [...aud].sort() : [aud]);
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

export const idTokenTests = [issued, claims, issuer, accessTokenHash, optionalParameters, subject, afterRefresh];
