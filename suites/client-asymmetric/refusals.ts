import { type AssertionAttempt, answerInWords, assertionProber } from '../../src/artifacts/assertion-prober.ts';
import { type JwksHost, jwksHost } from '../../src/artifacts/jwks-host.ts';
import { attempted, Block, isUnobtainable, type Judge, Skip, test } from '../../src/kit/index.ts';
import { type AssertionTopic, assertionTopics } from '../../src/oauth/bad-assertions.ts';
import { judgeAttempts, refusalOf } from '../judge-attempts.ts';

/** Some servers lock a client that fails to authenticate; every test that makes one fail runs at the end. */
export const destroys = 'the client, where a server locks one whose assertions are wrong';

/** What is wrong with an assertion, and what a good server does. */
const titles = {
  'assertion-validated': 'The signature of an assertion is verified',
  'iss-required': 'An assertion without iss is refused',
  'sub-required': 'An assertion without sub, or with another one, is refused',
  'iss-is-known-client': 'An assertion whose iss is not the client is refused',
  'aud-is-token-endpoint': 'An assertion for another server is refused',
  'exp-required': 'An assertion without exp is refused',
  'expired-refused': 'An expired assertion is refused',
  'nbf-ahead-refused': 'An assertion that is not valid yet is refused',
  'jti-required': 'An assertion without jti is refused',
  'unsigned-refused': 'An assertion that is unsigned, or has a MAC, is refused',
  'assertion-type-required': 'Another client_assertion_type is refused',
  'key-chosen-by-kid': 'The key is chosen by kid',
  'ambiguous-key-refused': 'An assertion whose kid is unknown or missing is refused',
} as const satisfies Partial<Record<AssertionTopic, string>>;

const refusalTests = Object.entries(titles).map(([name, title]) => {
  const topic = name as keyof typeof titles;
  const requirement = `client-asymmetric/${topic}` as const;
  return test({
    id: requirement,
    title,
    requirements: [requirement],
    needs: [assertionProber],
    destroys,
    async run({ assertionProber, ...judge }) {
      judgeAttempts(judge, requirement, assertionProber, await assertionProber.attempts(topic));
    },
  });
});

const malformed = test({
  id: 'client-asymmetric/malformed-refused',
  title: 'What is no assertion is refused with an error in JSON, and breaks nothing',
  requirements: ['client-asymmetric/malformed-refused'],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, ...judge }) {
    const requirement = 'client-asymmetric/malformed-refused';
    const attempts = await assertionProber.attempts('malformed-refused');
    judgeAttempts(judge, requirement, assertionProber, attempts);
    const { grantType } = assertionProber;
    // Nothing but that is lost: what is well made is answered each time.
    const isSteady = attempts.after.kind !== 'unanswered';
    for (const { what, answer } of attempts.attempts.filter((one) => refusalOf(one, grantType) === 'broken')) {
      judge.must(requirement, false, {
        expected: `${what} to be answered 400 or 401 with an error in JSON`,
        actual: answerInWords(answer),
        because: [assertionProber.control, answer.exchange],
        ...(isSteady && { unanswered: 'meant' }),
      });
    }
  },
});

const unknownCritical = test({
  id: 'client-asymmetric/unknown-crit-refused',
  title: 'An assertion that names an unknown header member as critical is refused',
  requirements: ['client-asymmetric/unknown-crit-refused'],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, ...judge }) {
    const requirement = 'client-asymmetric/unknown-crit-refused';
    const control = await assertionProber.send({ header: { 'x-smart-check-unknown': true } });
    if (control.kind !== 'granted') {
      const message = `the same header member, not named as critical, is not taken either: ${answerInWords(control)}`;
      return judge.undecided(requirement, { message, because: control.exchange });
    }
    const { grantType } = assertionProber;
    const attempts = await assertionProber.attempts('unknown-crit-refused');
    judgeAttempts(judge, requirement, { control: control.exchange, grantType }, attempts);
  },
});

const clientId = test({
  id: 'client-asymmetric/client-id-optional',
  title: 'client_id beside an assertion may be left out, and names the same client where it is sent',
  requirements: ['client-asymmetric/client-id-optional'],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, ...judge }) {
    const requirement = 'client-asymmetric/client-id-optional';
    const { client, control } = assertionProber;
    const named = await assertionProber.send({ parameters: { client_id: client.clientId } });
    judge.must(requirement, named.kind === 'granted', {
      expected: 'an assertion to be accepted with its own client_id beside it, as it is without',
      actual: answerInWords(named),
      because: [control, named.exchange],
    });
    judgeAttempts(judge, requirement, assertionProber, await assertionProber.attempts('client-id-optional'));
  },
});

const otherKeySetUrl = test({
  id: 'client-asymmetric/jku-other-refused',
  title: 'A jku that is not the registered URL is refused, and not asked for',
  requirements: ['client-asymmetric/jku-other-refused'],
  needs: [assertionProber, attempted(jwksHost)],
  destroys,
  async run({ assertionProber, jwksHost, ...judge }) {
    const requirement = 'client-asymmetric/jku-other-refused';
    judgeAttempts(judge, requirement, assertionProber, await assertionProber.attempts('jku-other-refused'));
    judgeFetches(judge, requirement, jwksHost, (url) => !url.endsWith('?x5u'));
  },
});

const keysInHeader = test({
  id: 'client-asymmetric/header-keys-unused',
  title: 'Keys in an assertion\u2019s own header are not used, nor looked for where it says',
  requirements: ['client-asymmetric/header-keys-unused'],
  needs: [assertionProber, attempted(jwksHost)],
  destroys,
  async run({ assertionProber, jwksHost, ...judge }) {
    const requirement = 'client-asymmetric/header-keys-unused';
    judgeAttempts(judge, requirement, assertionProber, await assertionProber.attempts('header-keys-unused'));
    judgeFetches(judge, requirement, jwksHost, (url) => url.endsWith('?x5u'));
  },
});

/** A server that asks wherever a stranger tells it to can be made to ask anywhere. */
function judgeFetches<Id extends string>(
  { should }: Judge<Id>,
  requirement: Id,
  host: JwksHost | Skip | Block | null,
  isMeant: (url: string) => boolean,
): void {
  if (host === null || isUnobtainable(host)) return;
  const fetches = host.foreign.fetches.filter(({ request }) => isMeant(request.url));
  should(requirement, fetches.length === 0, {
    expected: 'nobody to ask for the keys that only a refused assertion named',
    actual: fetches.map(({ request }) => `${request.method} ${request.url}`).join(', ') || 'nobody asked',
    because: fetches,
  });
}

const errors = test({
  id: 'client-asymmetric/errors-invalid-client',
  title: 'Whatever is wrong with an assertion is answered invalid_client',
  requirements: ['client-asymmetric/errors-invalid-client'],
  needs: [assertionProber],
  destroys,
  async run({ assertionProber, must, undecided }) {
    const well: AssertionAttempt[] = [];
    for (const topic of assertionTopics) {
      const { attempts, after } = await assertionProber.attempts(topic);
      for (const attempt of attempts) {
        const refusal = refusalOf(attempt, assertionProber.grantType);
        if (refusal === 'well-formed') well.push(attempt);
        // A token is for the requirement that forbids it.
        if (refusal === 'well-formed' || refusal === 'token') continue;
        const { what, answer, departure } = attempt;
        if (refusal === 'busy') {
          const message = `${what} was answered ${answerInWords(answer)}`;
          undecided('client-asymmetric/errors-invalid-client', { message, because: answer.exchange });
          continue;
        }
        must('client-asymmetric/errors-invalid-client', false, {
          expected: `${what} to be answered 400 or 401 with error=invalid_client${departure.parameters || topic === 'malformed-refused' ? ' or invalid_request' : ''}`,
          actual: answerInWords(answer),
          because: [assertionProber.control, answer.exchange],
          ...(after.kind !== 'unanswered' && { unanswered: 'meant' }),
        });
      }
      if (after.kind === 'unanswered') throw new Block('the token endpoint is not reached any more', [after.exchange]);
    }
    if (well.length === 0) throw new Skip('undecided', 'no bad assertion was refused');
    must('client-asymmetric/errors-invalid-client', true, {
      expected: `400 or 401 with error=invalid_client for ${well.length} bad assertions`,
      actual: 'invalid_client',
      because: well.map(({ answer }) => answer.exchange),
    });
  },
});

export const refusalsTests = [
  ...refusalTests,
  malformed,
  unknownCritical,
  clientId,
  otherKeySetUrl,
  keysInHeader,
  errors,
];
