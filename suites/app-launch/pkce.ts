import { answeredWith, described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import type { Authorization } from '../../src/artifacts/launcher.ts';
import { type LaunchAttempt, usualAttempts, whyIncomplete } from '../../src/artifacts/launches.ts';
import { type Prober, prober } from '../../src/artifacts/prober.ts';
import { artifact, Block, type Exchange, type Judge, test } from '../../src/kit/index.ts';
import { methodOf } from '../../src/oauth/client-authentication.ts';
import { createPkce, pkceOf } from '../../src/oauth/pkce.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';

/** A flow whose code_challenge is not as the guide wants it. */
interface Flow {
  readonly what: string;
  readonly authorization: Authorization;
  /** Null when there was no code. */
  readonly answer: TokenAnswer | null;
}

/** What a code_challenge may lack, and with which verifier a lenient server would redeem the code. */
const departures = {
  plain: (request) => {
    request.set('code_challenge', verifierOfFlow);
    request.set('code_challenge_method', 'plain');
  },
  plainByDefault: (request) => {
    request.set('code_challenge', verifierOfFlow);
    request.delete('code_challenge_method');
  },
  absent: (request) => {
    request.delete('code_challenge');
    request.delete('code_challenge_method');
  },
  unknownMethod: (request) => request.set('code_challenge_method', 'S512'),
  noMethod: (request) => request.delete('code_challenge_method'),
} as const satisfies Record<string, (request: URLSearchParams) => void>;

const inWords: Readonly<Record<keyof typeof departures, string>> = {
  plain: 'code_challenge_method=plain',
  plainByDefault: 'a plain code_challenge without code_challenge_method',
  absent: 'no code_challenge',
  unknownMethod: 'code_challenge_method=S512',
  noMethod: 'an S256 code_challenge without code_challenge_method',
};

const { verifier: verifierOfFlow } = createPkce();

const challenges = artifact({
  name: 'challenges',
  needs: [prober],
  async obtain({ prober }): Promise<Readonly<Record<keyof typeof departures, Flow>>> {
    const flow = async (name: keyof typeof departures): Promise<Flow> => {
      const pkce = pkceOf(verifierOfFlow);
      const authorization = await prober.authorize({ pkce, change: departures[name] });
      const change = (parameters: URLSearchParams) => {
        if (name === 'absent') parameters.delete('code_verifier');
      };
      const answer = outcomeOf(authorization) === 'code' ? await prober.redeem(authorization, { change }) : null;
      return { what: inWords[name], authorization, answer };
    };
    const [plain, plainByDefault, absent, unknownMethod, noMethod] = await Promise.all([
      flow('plain'),
      flow('plainByDefault'),
      flow('absent'),
      flow('unknownMethod'),
      flow('noMethod'),
    ]);
    return { plain, plainByDefault, absent, unknownMethod, noMethod };
  },
});

const s256 = test({
  id: 'app-launch/pkce-s256',
  title: 'PKCE with S256 works',
  requirements: ['app-launch/pkce-s256'],
  needs: [usualAttempts],
  run({ usualAttempts, must }) {
    const judged = usualAttempts.filter((attempt) => attempt.answer?.kind === 'granted' || isAboutPkce(attempt));
    for (const { authorization, answer } of judged) {
      must('app-launch/pkce-s256', answer?.kind === 'granted', {
        expected: 'a token for a code whose request had an S256 code_challenge',
        actual: answer ? answeredWith(answer) : described(authorization),
        because: [...authorization.exchanges, ...(answer ? [answer.exchange] : [])],
      });
    }
    const [first] = usualAttempts;
    if (judged.length === 0) throw new Block(`no launch completed: ${first ? whyIncomplete(first) : 'none was made'}`);
  },
});

/** Whether a launch failed for its PKCE, by what the server says: other causes are for the launch itself. */
function isAboutPkce({ authorization, answer }: LaunchAttempt): boolean {
  const said = answer?.kind === 'refused' ? (answer.exchange.response?.body ?? '') : described(authorization);
  return /challenge|verifier|pkce|s256|plain/i.test(said);
}

const weakChallenges = test({
  id: 'app-launch/pkce-weak-challenge',
  title: 'No token is issued without an S256 code_challenge',
  requirements: ['app-launch/pkce-plain-refused', 'app-launch/pkce-challenge-required', 'app-launch/pkce-method-known'],
  needs: [challenges],
  run({ challenges: { plain, plainByDefault, absent, unknownMethod, noMethod }, ...judge }) {
    noToken('app-launch/pkce-plain-refused', plain, judge);
    noToken('app-launch/pkce-plain-refused', plainByDefault, judge);
    noToken('app-launch/pkce-challenge-required', absent, judge);
    noToken('app-launch/pkce-method-known', unknownMethod, judge);
    if (noMethod.answer?.kind === 'granted') {
      const message = 'without code_challenge_method the server takes S256 for granted; RFC 7636 takes plain';
      judge.info('app-launch/pkce-method-known', { message, because: evidenceOf(noMethod) });
    }
  },
});

const challengeErrors = test({
  id: 'app-launch/pkce-challenge-error',
  title: 'A missing or weak code_challenge is refused before a code is issued',
  requirements: [
    'app-launch/pkce-missing-challenge-error',
    'app-launch/pkce-unsupported-method-error',
    'app-launch/pkce-errors-explained',
  ],
  needs: [challenges, prober],
  run({ challenges: { plain, absent, unknownMethod }, prober: { client }, ...judge }) {
    const { must, should } = judge;
    // RFC 7636 section 4.4.1 speaks of public clients.
    const demand = methodOf(client) === 'none' ? must : should;
    refusedAtOnce('app-launch/pkce-missing-challenge-error', absent, demand, judge);
    refusedAtOnce('app-launch/pkce-unsupported-method-error', plain, must, judge);
    refusedAtOnce('app-launch/pkce-unsupported-method-error', unknownMethod, must, judge);
    for (const { what, authorization } of [plain, absent, unknownMethod]) {
      const { outcome } = authorization;
      if (outcome.kind !== 'returned' || outcomeOf(authorization) !== 'error') continue;
      const explained = outcome.parameters.has('error_description') || outcome.parameters.has('error_uri');
      should('app-launch/pkce-errors-explained', explained, {
        expected: `error_description or error_uri beside the error for ${what}`,
        actual: explained ? described(authorization) : 'neither',
        because: authorization.exchanges,
      });
    }
  },
});

function noToken<Id extends string>(id: Id, flow: Flow, { must, undecided }: Judge<Id>): void {
  const { what, authorization, answer } = flow;
  if (outcomeOf(authorization) === 'stuck') {
    undecided(id, { message: `${what}: ${described(authorization)}`, because: authorization.exchanges });
    return;
  }
  must(id, answer?.kind !== 'granted', {
    expected: `no token after an authorization request with ${what}`,
    actual: answer ? answeredWith(answer) : described(authorization),
    because: evidenceOf(flow),
  });
}

function refusedAtOnce<Id extends string>(
  id: Id,
  { what, authorization }: Flow,
  demand: Judge<Id>['must'],
  { undecided }: Judge<Id>,
): void {
  const { response } = authorization;
  if (outcomeOf(authorization) === 'stuck') {
    undecided(id, { message: `${what}: ${described(authorization)}`, because: authorization.exchanges });
    return;
  }
  demand(id, response?.kind === 'error' && response.error === 'invalid_request', {
    expected: `an authorization request with ${what} to be answered error=invalid_request at the redirect URI`,
    actual: described(authorization),
    because: authorization.exchanges,
  });
}

function evidenceOf({ authorization, answer }: Flow): readonly Exchange[] {
  return [...authorization.exchanges, ...(answer ? [answer.exchange] : [])];
}

const verifierRequired = test({
  id: 'app-launch/pkce-verifier-required',
  title: 'A code is not redeemed without its code_verifier',
  requirements: ['app-launch/pkce-verifier-required'],
  needs: [prober],
  async run({ prober, must }) {
    const variants = [
      { what: 'no code_verifier', change: (parameters: URLSearchParams) => parameters.delete('code_verifier') },
      { what: 'an empty code_verifier', change: (parameters: URLSearchParams) => parameters.set('code_verifier', '') },
    ];
    for (const { what, answer } of await redeemEach(prober, variants)) {
      must('app-launch/pkce-verifier-required', answer.kind !== 'granted', {
        expected: `a code not to be redeemed with ${what}`,
        actual: answeredWith(answer),
        because: [prober.control.exchange, answer.exchange],
      });
    }
  },
});

const verifierMatches = test({
  id: 'app-launch/pkce-verifier-matches',
  title: 'A code is redeemed with no other code_verifier than its own',
  requirements: [
    'app-launch/pkce-verifier-matches',
    'app-launch/pkce-mismatch-error',
    'app-launch/pkce-challenge-bound-to-code',
  ],
  needs: [prober],
  async run({ prober, must, should }) {
    const [one, other] = await Promise.all([prober.code(), prober.code()]);
    const withVerifier = (change: (verifier: string, challenge: string) => string) => ({
      change: (parameters: URLSearchParams, { request }: Authorization) =>
        parameters.set('code_verifier', change(request.pkce.verifier, request.pkce.challenge)),
    });
    const answers = await redeemEach(prober, [
      { what: 'a random code_verifier', ...withVerifier(() => createPkce(43).verifier) },
      { what: 'the code_challenge as code_verifier', ...withVerifier((_, challenge) => challenge) },
      {
        what: 'a code_verifier with its last character changed',
        ...withVerifier((verifier) => verifier.slice(0, -1) + (verifier.endsWith('A') ? 'B' : 'A')),
      },
    ]);
    for (const { what, answer } of answers) {
      must('app-launch/pkce-verifier-matches', answer.kind !== 'granted', {
        expected: `a code not to be redeemed with ${what}`,
        actual: answeredWith(answer),
        because: [prober.control.exchange, answer.exchange],
      });
      if (answer.kind === 'granted') continue;
      const isNamed = answer.kind === 'refused' && answer.error === 'invalid_grant';
      const demand = answer.kind === 'refused' && answer.error === 'invalid_request' ? should : must;
      demand('app-launch/pkce-mismatch-error', isNamed, {
        expected: `${what} to be answered error=invalid_grant (RFC 7636 section 4.6)`,
        actual: answeredWith(answer),
        because: answer.exchange,
      });
    }
    const swapped = await Promise.all([
      prober.redeem(one, withVerifierOf(other)),
      prober.redeem(other, withVerifierOf(one)),
    ]);
    for (const answer of swapped) {
      must('app-launch/pkce-challenge-bound-to-code', answer.kind !== 'granted', {
        expected: 'a code not to be redeemed with the code_verifier of another flow under way',
        actual: answeredWith(answer),
        because: [prober.control.exchange, answer.exchange],
      });
    }
  },
});

function withVerifierOf({ request }: Authorization) {
  return { change: (parameters: URLSearchParams) => parameters.set('code_verifier', request.pkce.verifier) };
}

const lengths = test({
  id: 'app-launch/pkce-verifier-lengths',
  title: 'Code verifiers of 43 and of 128 characters are accepted',
  requirements: ['app-launch/pkce-verifier-lengths'],
  needs: [prober],
  async run({ prober, must, info, undecided }) {
    const verifiers = [43, 128, 42, 129].map((length) =>
      `-._~${createPkce(128).verifier}`.padEnd(length, 'x').slice(0, length),
    );
    const flows = await Promise.all(
      verifiers.map(async (verifier) => {
        const authorization = await prober.authorize({ pkce: pkceOf(verifier) });
        const answer = outcomeOf(authorization) === 'code' ? await prober.redeem(authorization) : null;
        return { what: `${verifier.length} characters`, verifier, authorization, answer };
      }),
    );
    for (const { verifier, ...flow } of flows) {
      const isAllowed = verifier.length >= 43 && verifier.length <= 128;
      const actual = flow.answer ? answeredWith(flow.answer) : described(flow.authorization);
      if (!isAllowed) {
        const message = `a code_verifier of ${verifier.length} characters, which RFC 7636 does not allow: ${actual}`;
        info('app-launch/pkce-verifier-lengths', { message, because: evidenceOf(flow) });
        continue;
      }
      if (outcomeOf(flow.authorization) === 'stuck') {
        const message = `a code_verifier of ${verifier.length} characters: ${actual}`;
        undecided('app-launch/pkce-verifier-lengths', { message, because: evidenceOf(flow) });
        continue;
      }
      must('app-launch/pkce-verifier-lengths', flow.answer?.kind === 'granted', {
        expected: `a code_verifier of ${verifier.length} characters to be accepted (RFC 7636 section 4.1)`,
        actual,
        because: evidenceOf(flow),
      });
    }
  },
});

interface Variant {
  readonly what: string;
  readonly change: (parameters: URLSearchParams, authorization: Authorization) => void;
}

/** A code for each variant, redeemed with that change. */
function redeemEach(prober: Prober, variants: readonly Variant[]) {
  return Promise.all(
    variants.map(async ({ what, change }) => {
      const authorization = await prober.code();
      const answer = await prober.redeem(authorization, {
        change: (parameters) => change(parameters, authorization),
      });
      return { what, answer };
    }),
  );
}

export const pkceTests = [s256, weakChallenges, challengeErrors, verifierRequired, verifierMatches, lengths];
