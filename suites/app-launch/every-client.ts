import { answeredWith, described, outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import { type Launch, usualLaunches } from '../../src/artifacts/launches.ts';
import { type Departure, type Prober, prober } from '../../src/artifacts/prober.ts';
import { artifact, Skip, test } from '../../src/kit/index.ts';
import { createPkce, pkceOf } from '../../src/oauth/pkce.ts';

/** The launches of the clients beside the one that all is tried with: servers are strict with one kind of client alone. */
const furtherLaunches = artifact({
  name: 'furtherLaunches',
  needs: [usualLaunches],
  obtain({ usualLaunches }): readonly Launch[] {
    const [, ...others] = usualLaunches;
    if (others.length > 0) return others;
    throw new Skip('not-configured', 'needs one more of clients.public, symmetric and asymmetric, with a redirectUri');
  },
});

type Change = (parameters: URLSearchParams) => void;

const pkce = test({
  id: 'app-launch/every-client-pkce',
  title: 'PKCE is enforced for clients of every kind',
  requirements: [
    'app-launch/pkce-verifier-required',
    'app-launch/pkce-verifier-matches',
    'app-launch/pkce-challenge-required',
    'app-launch/pkce-plain-refused',
  ],
  needs: [furtherLaunches, prober],
  async run({ furtherLaunches, prober, must, undecided }) {
    const { verifier, challenge } = createPkce();
    const withoutVerifier: Change = (form) => form.delete('code_verifier');
    const variants = [
      { id: 'app-launch/pkce-verifier-required', what: 'no code_verifier', redeem: withoutVerifier },
      {
        id: 'app-launch/pkce-verifier-matches',
        what: 'another code_verifier',
        redeem: (form: URLSearchParams) => form.set('code_verifier', verifier),
      },
      {
        id: 'app-launch/pkce-challenge-required',
        what: 'no code_challenge in the authorization request',
        departure: {
          change: (request: URLSearchParams) => {
            request.delete('code_challenge');
            request.delete('code_challenge_method');
          },
        },
        redeem: withoutVerifier,
      },
      {
        id: 'app-launch/pkce-plain-refused',
        what: 'code_challenge_method=plain',
        departure: {
          pkce: pkceOf(challenge),
          change: (request: URLSearchParams) => {
            request.set('code_challenge', challenge);
            request.set('code_challenge_method', 'plain');
          },
        },
      },
    ] as const;
    await Promise.all(
      furtherLaunches.flatMap((launch) =>
        variants.map(async ({ id, what, ...variant }) => {
          const { outcome, because, actual } = await attempt(launch, prober, variant);
          const message = `${what}, as ${launch.client.clientId}: ${actual}`;
          if (outcome === 'stuck') return undecided(id, { message, because });
          must(id, outcome !== 'granted', {
            expected: `no token for ${launch.client.clientId} with ${what}`,
            actual,
            because,
          });
        }),
      ),
    );
  },
});

const code = test({
  id: 'app-launch/every-client-code',
  title: 'Codes are redeemed once and at their redirect URI by clients of every kind',
  requirements: ['app-launch/code-single-use', 'app-launch/code-bound-to-redirect-uri'],
  needs: [furtherLaunches, prober],
  destroys: 'the grants of the codes',
  async run({ furtherLaunches, prober, must, undecided }) {
    const judge = async (launch: Launch) => {
      const { clientId, redirectUri } = launch.client;
      const elsewhere = await attempt(launch, prober, {
        redeem: (form) => form.set('redirect_uri', `${redirectUri.replace(/\/$/, '')}/smart-check`),
      });
      const { outcome, actual, because: seen } = elsewhere;
      if (outcome === 'stuck') {
        undecided('app-launch/code-bound-to-redirect-uri', { message: `${clientId}: ${actual}`, because: seen });
      } else {
        must('app-launch/code-bound-to-redirect-uri', outcome !== 'granted', {
          expected: `a code of ${clientId} not to be redeemed with another redirect_uri`,
          actual,
          because: seen,
        });
      }
      const authorization = await prober.code({ client: launch.client });
      const first = await prober.redeem(authorization);
      const again = await prober.redeem(authorization);
      const because = [first.exchange, again.exchange];
      if (first.kind !== 'granted') {
        const message = `the code of ${clientId} was not redeemed the first time: ${answeredWith(first)}`;
        return undecided('app-launch/code-single-use', { message, because });
      }
      must('app-launch/code-single-use', again.kind !== 'granted', {
        expected: `the second exchange of a code of ${clientId} to be refused`,
        actual: answeredWith(again),
        because,
      });
    };
    await Promise.all(furtherLaunches.map(judge));
  },
});

const redirectUri = test({
  id: 'app-launch/every-client-redirect-uri',
  title: 'No browser is sent to a redirect URI that a client of any kind has not registered',
  requirements: ['app-launch/redirect-uri-registered'],
  needs: [furtherLaunches, prober],
  async run({ furtherLaunches, prober, must, undecided }) {
    const id = 'app-launch/redirect-uri-registered';
    const uri = 'https://other-app.smart-check.test/callback';
    const judge = async ({ client, authorization: control }: Launch) => {
      const change: Change = (parameters) => parameters.set('redirect_uri', uri);
      const authorization = await prober.authorize({ client, change, until: [uri] });
      const actual = described(authorization);
      const because = [...control.exchanges, ...authorization.exchanges];
      if (outcomeOf(authorization) === 'stuck') {
        return undecided(id, { message: `${client.clientId}: ${actual}`, because });
      }
      const { outcome } = authorization;
      must(id, outcome.kind === 'stopped' || !outcome.url.startsWith(uri), {
        expected: `redirect_uri ${uri}, which ${client.clientId} has not registered, to end on a page of the server`,
        actual,
        because,
      });
    };
    await Promise.all(furtherLaunches.map(judge));
  },
});

/** One launch that departs from a known one, as far as it comes; stuck as well where nothing departed and no code came. */
async function attempt(
  { client, exchange: control }: Launch,
  prober: Prober,
  { departure, redeem }: { readonly departure?: Departure; readonly redeem?: Change },
) {
  const authorization = await prober.authorize({ ...departure, client });
  const outcome = outcomeOf(authorization);
  if (outcome !== 'code') {
    const because = [control, ...authorization.exchanges];
    return { outcome: departure ? outcome : ('stuck' as const), actual: described(authorization), because };
  }
  const answer = await prober.redeem(authorization, redeem ? { change: redeem } : {});
  const because = [control, ...authorization.exchanges, answer.exchange];
  return { outcome: answer.kind, actual: answeredWith(answer), because };
}

export const everyClientTests = [pkce, code, redirectUri];
