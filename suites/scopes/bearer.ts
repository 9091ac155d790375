import { answered, isSuccess } from '../../src/artifacts/document.ts';
import { type Asker, fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { launcher } from '../../src/artifacts/launcher.ts';
import { patientRecord } from '../../src/artifacts/patient-record.ts';
import { mayReadLess, protectedRead } from '../../src/artifacts/protected-read.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { usualWay } from '../../src/artifacts/usual-way.ts';
import { addressOf, letsIn, type Resource, versionOf } from '../../src/fhir/served.ts';
import { artifact, Block, configuration, type Exchange, Skip, test, time } from '../../src/kit/index.ts';
import {
  alteredClaims,
  alteredToken,
  lengthenedToken,
  madeUpToken,
  unsignedToken,
} from '../../src/oauth/altered-token.ts';
import { bearerChallenges, parameterOf, readChallenges } from '../../src/oauth/challenge.ts';
import { basic } from '../../src/oauth/client-authentication.ts';
import { type ExpiredToken, expire, judgeAtOnce, judgeLater } from '../judge-expired.ts';
import { judgeHeads, judgeNobodies } from './judging.ts';

/** The same read without the launch's token, or with what is none. */
interface Refusal {
  readonly what: string;
  readonly exchange: Exchange;
  /** Whether the request carried credentials at all. */
  readonly withCredentials: boolean;
}

const refusals = artifact({
  name: 'refusals',
  needs: [protectedRead],
  async obtain({ protectedRead: { send, launch } }): Promise<readonly Refusal[]> {
    const { accessToken, idToken, refreshToken } = launch.tokens;
    const tokens = [
      { what: 'a made-up token', token: madeUpToken },
      { what: 'the token with one character changed', token: alteredToken(accessToken) },
      { what: 'the token with one character of its claims changed', token: alteredClaims(accessToken) },
      { what: 'the token with characters appended', token: lengthenedToken(accessToken) },
      { what: 'the token without signature, and with alg none', token: unsignedToken(accessToken) },
      { what: 'the id_token', token: idToken },
      { what: 'the refresh token', token: refreshToken },
    ];
    const withTokens = tokens.flatMap(({ what, token }) => {
      if (token === null || token === accessToken) return [];
      return [
        send({ authorization: `Bearer ${token}` }).then((exchange) => ({ what, exchange, withCredentials: true })),
      ];
    });
    const without = send({}).then((exchange) => ({ what: 'no token', exchange, withCredentials: false }));
    const all = await Promise.all([without, ...withTokens]);
    const unreached = all.filter(({ exchange }) => !exchange.response);
    if (unreached.length > 0) {
      const [first] = unreached;
      throw new Block(
        `the FHIR API was not reached: ${first?.exchange.error?.message}`,
        unreached.map(({ exchange }) => exchange),
      );
    }
    return all;
  },
});

const validated = test({
  id: 'scopes/token-validated',
  title: 'The FHIR API answers only to an access token it was given',
  requirements: ['scopes/token-validated', 'scopes/bearer-invalid-token'],
  needs: [refusals, protectedRead],
  run({ refusals, protectedRead: { control, url }, must, should }) {
    for (const { what, exchange, withCredentials } of refusals) {
      const actual = `with ${what}: ${answered(exchange)}`;
      must('scopes/token-validated', !letsIn(exchange), {
        expected: `GET ${url} to be refused`,
        actual,
        because: [control, exchange],
      });
      if (!withCredentials || isSuccess(exchange)) continue;
      const error = bearerChallenges(exchange.response?.headers['www-authenticate']).map((challenge) =>
        parameterOf(challenge, 'error'),
      );
      should('scopes/bearer-invalid-token', exchange.response?.status === 401 && error.includes('invalid_token'), {
        expected: '401 with error="invalid_token" in the Bearer challenge (RFC 6750 section 3.1)',
        actual: `${actual}, error ${error[0] ?? 'absent'}`,
        because: exchange,
      });
    }
  },
});

/** An Authorization header with which nobody says who it is. */
const otherCredentials = [
  { what: 'an Authorization header without a token', authorization: 'Bearer' },
  { what: 'HTTP Basic credentials that nobody has', authorization: basic('smart-check-nobody', 'smart-check') },
  { what: 'an Authorization header of a scheme that nobody knows', authorization: 'SmartCheck nobody' },
];

const otherSchemes = test({
  id: 'scopes/other-credentials-refused',
  title: 'The FHIR API does not take other credentials for a token',
  requirements: ['scopes/token-validated'],
  needs: [protectedRead],
  async run({ protectedRead: { send, control, url }, must }) {
    for (const { what, authorization } of otherCredentials) {
      const exchange = await send({ authorization });
      if (!exchange.response) throw new Block(`the FHIR API was not reached: ${exchange.error?.message}`, [exchange]);
      must('scopes/token-validated', !letsIn(exchange), {
        expected: `GET ${url} to be refused`,
        actual: `with ${what}: ${answered(exchange)}`,
        because: [control, exchange],
      });
    }
  },
});

/** A server may watch over one way to its data, and forget another. */
const everywhere = test({
  id: 'scopes/token-needed-everywhere',
  title: 'A patient\u2019s data come out to nobody without a token, however they are asked for',
  requirements: ['scopes/token-validated'],
  needs: [configuration, patientRecord, fhirReader],
  async run({ configuration: { allowWrites }, patientRecord, fhirReader, must, undecided }) {
    const { type, patient, resources, whole } = patientRecord;
    const own = resources.slice(0, 1).flatMap((one) => {
      const address = addressOf(one);
      return [address, `${address}/_history`, `${address}/_history/${versionOf(one)}`];
    });
    const search = `${type}?patient=${patient}&_count=5`;
    const paths = [
      ...[search, `Patient?_id=${patient}`, `Patient/${patient}/_history`, `Patient/${patient}/${type}`, ...own],
      ...[`Patient/${patient}/$everything`, `${type}/_history`, `?_type=${type}`, `_history?_type=${type}`],
    ];
    const ways = [
      ...paths.map((path) => ({ what: `GET ${path}`, ask: (of: Asker) => fhirReader.read(path, of) })),
      ...(allowWrites
        ? [
            { what: `POST ${type}/_search`, ask: (of: Asker) => fhirReader.search(type, { patient }, of) },
            { what: `batch of GET ${search}`, ask: (of: Asker) => fhirReader.bundle('batch', [search], of) },
          ]
        : []),
    ];
    const isForbidden = ({ resourceType }: Resource) => resourceType === type || resourceType === 'Patient';
    await judgeNobodies('scopes/token-validated', ways, isForbidden, whole, { must, undecided });
  },
});

const byHead = test({
  id: 'scopes/token-needed-for-head',
  title: 'HEAD tells nobody without a token what is there',
  requirements: ['scopes/token-validated'],
  needs: [protectedRead, fhirReader],
  async run({ protectedRead: { path, launch }, fhirReader, ...judge }) {
    const nobody = { client: launch.client, accessToken: null };
    const [allowed, tried, ofNothing] = await Promise.all([
      fhirReader.head(path, { ...nobody, accessToken: launch.tokens.accessToken }),
      fhirReader.head(path, nobody),
      fhirReader.head('Patient/smart-check-no-such-patient', nobody),
    ]);
    const expected = `HEAD ${path} to be refused without a token`;
    judgeHeads('scopes/token-validated', { allowed, tried, ofNothing }, expected, judge);
  },
});

const challenges = test({
  id: 'scopes/bearer-challenge',
  title: 'Refusals challenge for a Bearer token',
  requirements: [
    'scopes/bearer-challenge',
    'scopes/bearer-challenge-parameter',
    'scopes/bearer-challenge-no-repeats',
    'scopes/bearer-no-error-without-token',
  ],
  needs: [refusals],
  run({ refusals, must, should }) {
    const unauthorized = refusals.filter(({ exchange }) => exchange.response?.status === 401);
    if (unauthorized.length === 0)
      throw new Skip('undecided', 'nothing was answered 401, which is when a challenge is due');
    for (const { what, exchange, withCredentials } of unauthorized) {
      const header = exchange.response?.headers['www-authenticate'];
      const found = bearerChallenges(header);
      const seen = { actual: `with ${what}: WWW-Authenticate ${header ?? 'absent'}`, because: exchange };
      must('scopes/bearer-challenge', found.length > 0, {
        expected: 'a 401 to carry WWW-Authenticate with a Bearer challenge (RFC 6750 section 3)',
        ...seen,
      });
      const names = found.map(({ parameters }) => parameters.map(([name]) => name));
      if (found.length > 0) {
        must(
          'scopes/bearer-challenge-parameter',
          names.every((listed) => listed.length > 0),
          {
            expected: 'a parameter beside Bearer, such as realm',
            ...seen,
          },
        );
      }
      if (header !== undefined) {
        must('scopes/bearer-challenge-no-repeats', readChallenges(header) !== null && !names.some(repeatsOne), {
          expected: 'realm, scope, error, error_description and error_uri at most once each',
          ...seen,
        });
      }
      if (!withCredentials && found.length > 0) {
        should('scopes/bearer-no-error-without-token', !names.flat().includes('error'), {
          expected: 'no error code where no token was sent',
          ...seen,
        });
      }
    }
  },
});

const onceOnly = ['realm', 'scope', 'error', 'error_description', 'error_uri'];

function repeatsOne(names: readonly string[]): boolean {
  return onceOnly.some((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

const scheme = test({
  id: 'scopes/bearer-header-accepted',
  title: 'The Authorization header is read whatever the case of its names',
  requirements: ['scopes/bearer-header-accepted', 'scopes/header-names-case-insensitive'],
  needs: [protectedRead],
  async run({ protectedRead: { send, launch, control }, must }) {
    const { accessToken } = launch.tokens;
    const spellings = await Promise.all(
      ['Bearer', 'bearer', 'BEARER'].map((word) => send({ authorization: `${word} ${accessToken}` })),
    );
    for (const exchange of spellings) {
      must('scopes/bearer-header-accepted', isSuccess(exchange), {
        expected: `Authorization: ${wordOf(exchange)} with the token to be accepted, as Bearer is`,
        actual: answered(exchange),
        because: [control, exchange],
      });
    }
    const shouted = await send({ AUTHORIZATION: `Bearer ${accessToken}` });
    must('scopes/header-names-case-insensitive', isSuccess(shouted), {
      expected: 'AUTHORIZATION to be the same header as Authorization',
      actual: answered(shouted),
      because: [control, shouted],
    });
  },
});

function wordOf({ request }: Exchange): string {
  return request.headers.authorization?.split(' ')[0] ?? '';
}

const inQuery = test({
  id: 'scopes/bearer-query-token',
  title: 'A token in the query is refused, or at least kept private',
  requirements: ['scopes/bearer-query-token', 'scopes/bearer-query-private', 'scopes/bearer-one-transport'],
  needs: [protectedRead, refusals],
  async run({ protectedRead: { url, send, launch }, refusals, info, should }) {
    const open = refusals.find(({ withCredentials, exchange }) => !withCredentials && isSuccess(exchange));
    if (open) throw new Skip('undecided', 'the read needs no token, which scopes/token-validated judges');
    const { accessToken } = launch.tokens;
    const withToken = new URL(url);
    withToken.searchParams.set('access_token', accessToken);
    const exchange = await send({}, withToken.href);
    const message = `a token in the query alone was answered ${answered(exchange)}`;
    info('scopes/bearer-query-token', { message, because: exchange });
    if (!isSuccess(exchange)) return;
    const caching = exchange.response?.headers['cache-control'] ?? 'absent';
    should('scopes/bearer-query-private', /\b(private|no-store)\b/i.test(caching), {
      expected: 'Cache-Control: private on an answer to a token in the query (RFC 6750 section 2.3)',
      actual: `Cache-Control ${caching}`,
      because: exchange,
    });
    const both = await send({ authorization: `Bearer ${accessToken}` }, withToken.href);
    should('scopes/bearer-one-transport', both.response?.status === 400, {
      expected: '400 for a token sent in two ways at once',
      actual: answered(both),
      because: both,
    });
  },
});

/** Seconds that are waited for a token to expire. */
const longestWait = 60;

const expiredToken = artifact({
  name: 'expiredToken',
  needs: [configuration, usualWay, protectedRead],
  async obtain({ configuration, usualWay, protectedRead }): Promise<ExpiredToken> {
    const { shortLived } = configuration.clients;
    if (shortLived?.redirectUri === undefined) {
      throw new Skip(
        'not-configured',
        'needs clients.shortLived with a redirectUri, whose tokens expire within a minute',
      );
    }
    const client = { ...shortLived, redirectUri: shortLived.redirectUri };
    const scope = client.scope === undefined ? protectedRead.launch.scope : usualWay.scopes(client);
    return expire(async () => {
      const grant = await usualWay.grant({ client, scope });
      const { expires_in: lifetime } = grant.tokens.members;
      if (typeof lifetime !== 'number' || lifetime > longestWait) {
        const got = `its tokens say expires_in ${String(lifetime)}`;
        throw new Skip('undecided', `clients.shortLived is to have tokens of ${longestWait} s at most; ${got}`);
      }
      const authorization = `Bearer ${grant.tokens.accessToken}`;
      return { lifetime, granted: grant.exchange, use: () => protectedRead.send({ authorization }) };
    });
  },
});

const expired = test({
  id: 'scopes/expired-token-refused',
  title: 'A token that has expired is refused at once, or soon',
  requirements: ['scopes/expired-token-refused'],
  needs: [expiredToken],
  waits: true,
  informs: true,
  run: ({ expiredToken, ...judge }) => judgeAtOnce('scopes/expired-token-refused', expiredToken, judge),
});

const longExpired = test({
  id: 'scopes/expired-token-refused-later',
  title: 'A token is refused when it has expired by whatever clock',
  requirements: ['scopes/expired-token-refused'],
  needs: [expiredToken, time],
  destroys: 'what expires meanwhile',
  run: ({ expiredToken, time, ...judge }) => judgeLater('scopes/expired-token-refused', expiredToken, time, judge),
});

/** Another server, one whose URL begins as that of this one does, and one that would be its neighbour. */
function otherAudiences(fhirBaseUrl: string): readonly { readonly aud: string; readonly isElsewhere: boolean }[] {
  const { origin, port, pathname } = new URL(fhirBaseUrl);
  const base = fhirBaseUrl.replace(/\/+$/, '');
  // Behind a port a name cannot go on; what stands before an @ is no host.
  return [
    { aud: `https://other-server.smart-check.test${pathname}`, isElsewhere: true },
    { aud: `${origin}${port === '' ? '.' : '@'}smart-check.test${pathname}`, isElsewhere: true },
    { aud: `${base}-smart-check`, isElsewhere: false },
    { aud: `${origin}/smart-check-no-such-server`, isElsewhere: false },
  ];
}

const audience = test({
  id: 'scopes/audience-enforced',
  title: 'A token for another FHIR server is not accepted here',
  requirements: ['scopes/audience-enforced'],
  needs: [launcher, protectedRead, usualWay, fhirBaseUrl],
  async run({ launcher, protectedRead, usualWay, fhirBaseUrl, must, should, undecided }) {
    const { launch, control, send } = protectedRead;
    for (const { aud, isElsewhere } of otherAudiences(fhirBaseUrl)) {
      const authorization = await usualWay.authorize({
        client: launch.client,
        scope: launch.scope,
        change: (parameters) => parameters.set('aud', aud),
      });
      const expected = `no token for aud ${aud} that works here`;
      const { outcome, response } = authorization;
      if (outcome.kind === 'stopped' && outcome.cause !== 'error-page') {
        undecided('scopes/audience-enforced', { message: outcome.message, because: authorization.exchanges });
        continue;
      }
      const evidence = [control, ...authorization.exchanges];
      const answer = response?.kind === 'code' ? await launcher.redeem(authorization) : null;
      if (answer?.kind !== 'granted') {
        must('scopes/audience-enforced', true, {
          expected,
          actual: answer ? 'no token' : 'no code',
          because: [...evidence, ...(answer ? [answer.exchange] : [])],
        });
        continue;
      }
      const read = await send({ authorization: `Bearer ${answer.tokens.accessToken}` });
      if (!letsIn(read) && mayReadLess(protectedRead, answer.tokens)) {
        const message = `a token for aud ${aud} may be refused for its scopes: ${answer.tokens.scopes?.join(' ')}`;
        undecided('scopes/audience-enforced', { message, because: [...evidence, answer.exchange, read] });
        continue;
      }
      // A neighbour at the same origin could not take a token away from it.
      (isElsewhere ? must : should)('scopes/audience-enforced', !letsIn(read), {
        expected,
        actual: `a token, with which this server answers ${answered(read)}`,
        because: [...evidence, answer.exchange, read],
      });
    }
  },
});

export const bearerTests = [
  validated,
  otherSchemes,
  everywhere,
  byHead,
  challenges,
  scheme,
  inQuery,
  expired,
  longExpired,
  audience,
];
