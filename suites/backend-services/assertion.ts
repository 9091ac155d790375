import { assertionProber } from '../../src/artifacts/assertion-prober.ts';
import { backendToken } from '../../src/artifacts/backend.ts';
import { Skip, test } from '../../src/kit/index.ts';
import type { AssertionTopic } from '../../src/oauth/bad-assertions.ts';
import { judgeAttempts } from '../judge-attempts.ts';

/** What the guide's rules of signature verification name ("Signature Verification"). */
const topics = [
  'assertion-validated',
  'unsigned-refused',
  'ambiguous-key-refused',
  'iss-is-known-client',
  'aud-is-token-endpoint',
  'expired-refused',
  'jti-required',
] as const satisfies readonly AssertionTopic[];

const validated = test({
  id: 'backend-services/assertion-validated',
  title: 'At client_credentials, bad assertions are refused',
  requirements: ['backend-services/assertion-validated'],
  needs: [backendToken, assertionProber],
  destroys: 'the client, where a server locks one whose assertions are wrong',
  async run({ backendToken: _, assertionProber, ...judge }) {
    if (assertionProber.grantType !== 'client_credentials') {
      throw new Skip('undecided', 'no assertion of a backend service was accepted');
    }
    // They are sent once in a run, whoever judges them.
    for (const attempts of await Promise.all(topics.map(assertionProber.attempts))) {
      judgeAttempts(judge, 'backend-services/assertion-validated', assertionProber, attempts);
    }
  },
});

export const assertionTests = [validated];
