import {
  type AssertionClient,
  type AssertionTrial,
  acceptedSigners,
  assertionClients,
} from '../../src/artifacts/assertion-clients.ts';
import { answerInWords, assertionProber } from '../../src/artifacts/assertion-prober.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { usedAssertions } from '../../src/artifacts/used-assertions.ts';
import { Skip, test } from '../../src/kit/index.ts';
import { stringsIn } from '../../src/smart/smart-configuration.ts';
import { laterErrors } from '../judge-attempts.ts';

const baseline = ['RS384', 'ES384'];

function trialsOf(clients: readonly AssertionClient[]) {
  return clients.flatMap(({ client, trials }) => trials.map((trial) => ({ client, ...trial })));
}

/** What is looked at after authentication, such as the scope, says nothing of the assertion. */
function isRefusedLater({ answer }: AssertionTrial): boolean {
  return answer.kind === 'refused' && laterErrors.includes(answer.error);
}

/** Nor does what is no OAuth error say what the server objects to. */
function isUnclear(trial: AssertionTrial): boolean {
  return trial.answer.kind === 'odd' || isRefusedLater(trial);
}

const obtained = test({
  id: 'client-asymmetric/token-obtained',
  title: 'A client that signs assertions obtains a token, and the server advertises that',
  requirements: ['client-asymmetric/token-obtained', 'client-asymmetric/capability-advertised'],
  needs: [assertionClients, capabilities, smartConfiguration],
  run({ assertionClients, capabilities, smartConfiguration, must, undecided }) {
    const trials = trialsOf(assertionClients);
    const granted = trials.find(({ answer }) => answer.kind === 'granted');
    const tried = trials.map(
      ({ client, signer, answer }) => `${client.clientId} (${signer.alg}): ${answerInWords(answer)}`,
    );
    const isAdvertised = capabilities.includes('client-confidential-asymmetric');
    if (!granted && !isAdvertised) {
      throw new Skip(
        'not-advertised',
        'client-confidential-asymmetric is not advertised, and no such client was served',
      );
    }
    const because = trials.map(({ answer }) => answer.exchange);
    if (!granted && trials.some(isRefusedLater)) {
      const message = `the assertion was not what the server objected to: ${tried.join('; ')}`;
      return undecided('client-asymmetric/token-obtained', { message, because });
    }
    must('client-asymmetric/token-obtained', granted !== undefined, {
      expected: 'a token for a well-made assertion',
      actual: granted ? answerInWords(granted.answer) : tried.join('; '),
      because,
    });
    if (!granted) return;
    must('client-asymmetric/capability-advertised', isAdvertised, {
      expected: 'client-confidential-asymmetric among the capabilities, since such a client is served',
      actual: capabilities.all.join(', '),
      because: [smartConfiguration.exchange, granted.answer.exchange],
    });
  },
});

const algorithms = test({
  id: 'client-asymmetric/algorithms',
  title: 'RS384 or ES384 is accepted, and every algorithm that is listed',
  requirements: [
    'client-asymmetric/rs384-or-es384',
    'client-asymmetric/listed-algorithms-accepted',
    'client-asymmetric/more-algorithms-possible',
  ],
  needs: [assertionClients, smartConfiguration],
  run({ assertionClients, smartConfiguration: { document, exchange }, must, info, undecided }) {
    const trials = trialsOf(assertionClients);
    const acceptedWith = (alg: string) =>
      trials.some(({ signer, answer }) => signer.alg === alg && answer.kind === 'granted');
    const outcomes = (algs: readonly string[]) => trials.filter(({ signer }) => algs.includes(signer.alg));
    const inWords = (algs: readonly string[]) =>
      outcomes(algs)
        .map(({ signer, answer }) => `${signer.alg} (${signer.jwk.kid}): ${answerInWords(answer)}`)
        .join('; ');

    const untried = baseline.filter((alg) => outcomes([alg]).length === 0);
    const because = outcomes(baseline).map(({ answer }) => answer.exchange);
    if (!baseline.some(acceptedWith) && trials.some(isUnclear)) {
      const message = `the assertions were not what the server objected to: ${inWords(baseline)}`;
      undecided('client-asymmetric/rs384-or-es384', { message, because });
    } else if (baseline.some(acceptedWith) || untried.length === 0) {
      must('client-asymmetric/rs384-or-es384', baseline.some(acceptedWith), {
        expected: 'an assertion signed with RS384 or ES384 to be accepted',
        actual: inWords(baseline),
        because,
      });
    } else {
      const message = `no client has a key for ${untried.join(' and ')}, which the server may be one to take`;
      undecided('client-asymmetric/rs384-or-es384', { message, because });
    }

    const listed = stringsIn(document.token_endpoint_auth_signing_alg_values_supported);
    // Of clients that are served at all: what another is refused may be its registration's doing.
    const served = assertionClients.filter((client) => acceptedSigners(client).length > 0);
    for (const alg of listed) {
      const tried = trialsOf(served).filter(({ signer }) => signer.alg === alg);
      if (tried.length === 0) continue;
      must('client-asymmetric/listed-algorithms-accepted', acceptedWith(alg), {
        expected: `an assertion signed with ${alg}, which is listed, to be accepted`,
        actual: inWords([alg]),
        because: [exchange, ...tried.map(({ answer }) => answer.exchange)],
      });
    }
    const more = [...new Set(trials.map(({ signer }) => signer.alg))].filter((alg) => !baseline.includes(alg));
    if (more.length > 0) info('client-asymmetric/more-algorithms-possible', { message: inWords(more) });
  },
});

const lifetimes = test({
  id: 'client-asymmetric/assertion-lifetimes',
  title: 'An assertion that is good for five minutes, or says more than it must, is accepted',
  requirements: [
    'client-asymmetric/exp-near-five-minutes',
    'client-asymmetric/exp-far-ahead',
    'client-asymmetric/old-iat',
    'client-asymmetric/nbf-ahead-refused',
  ],
  needs: [assertionProber, usedAssertions],
  async run({ assertionProber, usedAssertions: { lasting }, should, info }) {
    const { control, send } = assertionProber;
    const withClaims = (claims: Readonly<Record<string, unknown>>) => send({ claims });
    const now = () => assertionProber.secondsNow();

    const exact = await withClaims({ exp: now() + 300 });
    const near = exact.kind === 'granted' ? exact : lasting.first;
    const soon = near.kind === 'granted' ? near : await withClaims({ exp: now() + 60 });
    should('client-asymmetric/exp-near-five-minutes', near.kind === 'granted' || soon.kind !== 'granted', {
      expected:
        'an assertion to be accepted that expires in 280 seconds by the server\u2019s clock, as one in 60 seconds is',
      actual: answerInWords(near),
      because: [control, near.exchange, soon.exchange],
    });
    const more = await withClaims({ iat: now(), nbf: now() - 60, 'smart-check': 'a claim that nobody knows' });
    should('client-asymmetric/exp-near-five-minutes', more.kind === 'granted', {
      expected: 'an assertion to be accepted that has iat, a past nbf and an unknown claim as well',
      actual: answerInWords(more),
      because: [control, more.exchange],
    });

    const asides = [
      { requirement: 'client-asymmetric/exp-far-ahead', what: 'expires in an hour', claims: { exp: now() + 3600 } },
      { requirement: 'client-asymmetric/old-iat', what: 'was issued a day ago', claims: { iat: now() - 86_400 } },
      {
        requirement: 'client-asymmetric/nbf-ahead-refused',
        what: 'is valid in eight seconds',
        claims: { nbf: now() + 8 },
      },
    ] as const;
    for (const { requirement, what, claims } of asides) {
      const answer = await withClaims(claims);
      const message = `an assertion that ${what}: ${answerInWords(answer)}; either is fine`;
      info(requirement, { message, because: answer.exchange });
    }
  },
});

export const authenticationTests = [obtained, algorithms, lifetimes];
