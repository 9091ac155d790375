import { otherRegistrationProber } from '../../src/artifacts/assertion-prober.ts';
import { test } from '../../src/kit/index.ts';
import { judgeAttempts } from '../judge-attempts.ts';
import { destroys } from './refusals.ts';

const topics = [
  'assertion-validated',
  'iss-is-known-client',
  'aud-is-token-endpoint',
  'expired-refused',
  'jti-required',
  'unsigned-refused',
  'ambiguous-key-refused',
  'jku-other-refused',
] as const;

/** Keys that are registered otherwise may be looked up by another piece of the server: a few of every kind there, too. */
export const otherRegistration = test({
  id: 'client-asymmetric/other-registration-validated',
  title: 'Bad assertions are refused however the keys of a client are registered, by URL or by value',
  requirements: topics.map((topic) => `client-asymmetric/${topic}` as const),
  needs: [otherRegistrationProber],
  destroys,
  async run({ otherRegistrationProber: prober, ...judge }) {
    const { clientId, jwksUrl } = prober.client;
    const whose = `of ${clientId}, whose keys are registered ${jwksUrl === undefined ? 'by value' : 'by URL'}`;
    const telling = await prober.tellingAttempts();
    const inFull = [await prober.attempts('ambiguous-key-refused'), await prober.attempts('jku-other-refused')];
    for (const { attempts, after } of [telling, ...inFull]) {
      for (const topic of topics) {
        const ofTopic = attempts
          .filter((attempt) => attempt.topic === topic)
          .map((attempt) => ({ ...attempt, what: `${attempt.what}, ${whose},` }));
        if (ofTopic.length === 0) continue;
        judgeAttempts(judge, `client-asymmetric/${topic}`, prober, { attempts: ofTopic, after });
      }
    }
  },
});
