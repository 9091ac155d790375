import { randomUUID } from 'node:crypto';
import { appAssertionClients } from '../../src/artifacts/assertion-clients.ts';
import { answerInWords, appAssertionProbers } from '../../src/artifacts/assertion-prober.ts';
import { test } from '../../src/kit/index.ts';
import { judgeAttempts, laterErrors } from '../judge-attempts.ts';
import { destroys } from './refusals.ts';

const requirement = 'client-asymmetric/code-exchange-and-refresh';

/** The full table is tried where a request is cheapest; here a few of every kind, since each may cost a code. */
export const app = test({
  id: requirement,
  title: 'An app authenticates with an assertion, and with nothing less, when it redeems a code and when it refreshes',
  requirements: [requirement],
  needs: [appAssertionClients, appAssertionProbers],
  destroys,
  async run({ appAssertionClients, appAssertionProbers, ...judge }) {
    for (const { carrier, trials } of appAssertionClients) {
      const best = trials.find(({ answer }) => answer.kind === 'granted') ?? trials[0];
      if (!best) continue;
      // What is looked at after authentication, such as the scope, says nothing of the assertion.
      if (best.answer.kind === 'refused' && laterErrors.includes(best.answer.error)) {
        judge.undecided(requirement, {
          message: `with grant_type=${carrier.grantType}, the server objects to something else: ${answerInWords(best.answer)}`,
          because: [best.answer.exchange],
        });
        continue;
      }
      judge.must(requirement, best.answer.kind === 'granted', {
        expected: `an assertion to be accepted with grant_type=${carrier.grantType}`,
        actual: answerInWords(best.answer),
        because: best.answer.exchange,
      });
    }
    for (const prober of appAssertionProbers) {
      judgeAttempts(judge, requirement, prober, await prober.tellingAttempts());
      const jti = randomUUID();
      const used = { credentials: prober.credentials({ claims: { jti } }) };
      const first = await prober.send(used);
      if (first.kind !== 'granted') continue;
      const again = { what: 'an assertion that has been used', topic: 'jti-required' as const, departure: {} };
      const answer = await prober.send(used);
      const { grantType } = prober;
      const after = await prober.send({});
      judgeAttempts(
        judge,
        requirement,
        { control: first.exchange, grantType },
        { attempts: [{ ...again, answer }], after },
      );
    }
  },
});
