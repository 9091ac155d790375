import {
  type AssertionAttempt,
  type AssertionAttempts,
  type AssertionProber,
  answerInWords,
} from '../src/artifacts/assertion-prober.ts';
import { jsonObjectIn } from '../src/http/json-object-in.ts';
import { type Exchange, type Judge, Skip } from '../src/kit/index.ts';

/** What a server made of a bad assertion. */
export type Refusal =
  /** It gave a token. */
  | 'token'
  /** It said that the client did not authenticate, in the form of RFC 6749 section 5.2. */
  | 'well-formed'
  /** It refused, in another form or for another reason. */
  | 'ill-formed'
  /** It objects to what is looked at after authentication: that says nothing of the assertion. */
  | 'later'
  /** It broke. */
  | 'broken'
  /** It asked to be left alone. */
  | 'busy';

/** Errors of what comes after the client has been authenticated (RFC 6749 section 5.2). */
export const laterErrors = ['invalid_grant', 'invalid_scope', 'unauthorized_client', 'unsupported_grant_type'];

/** Answers to a request that is larger than the server reads (RFC 9110 section 15.5, RFC 6585 section 5). */
const tooLarge = [413, 414, 431];

export function refusalOf(
  { topic, answer, departure, isLarge }: AssertionAttempt,
  grantType: AssertionProber['grantType'],
): Refusal {
  const { response } = answer.exchange;
  if (!response) return isLarge ? 'well-formed' : 'broken';
  const { status } = response;
  if (answer.kind === 'granted' || hasToken(answer.exchange)) return 'token';
  if (status === 429 || status === 503) return 'busy';
  if (status >= 500) return 'broken';
  if (isLarge && tooLarge.includes(status)) return 'well-formed';
  if (answer.kind !== 'refused') return 'ill-formed';
  // Client credentials are no grant that could be objected to: invalid_grant there is said of the assertion.
  const isOfAssertion = answer.error === 'invalid_grant' && grantType === 'client_credentials';
  if (laterErrors.includes(answer.error) && !isOfAssertion) return 'later';
  // Where a parameter of the request itself is wrong, or holds what is no assertion at all, that may be said instead.
  const errors =
    departure.parameters || topic === 'malformed-refused' ? ['invalid_client', 'invalid_request'] : ['invalid_client'];
  const isJson = /^application\/json\s*(;|$)/i.test(response.headers['content-type'] ?? '');
  return isJson && [400, 401].includes(status) && errors.includes(answer.error) ? 'well-formed' : 'ill-formed';
}

function hasToken(exchange: Exchange): boolean {
  return typeof jsonObjectIn(exchange)?.access_token === 'string';
}

/**
 * Judges that bad assertions were refused. What was refused counts only while the well-made assertion before and after
 * was accepted; a token counts in any case.
 */
export function judgeAttempts<Id extends string>(
  { must, info, undecided }: Judge<Id>,
  requirement: Id,
  { control, grantType }: Pick<AssertionProber, 'control' | 'grantType'>,
  { attempts, after }: AssertionAttempts,
): void {
  if (attempts.length === 0)
    throw new Skip('not-configured', 'needs more keys in the keyFile of clients.backend or asymmetric');
  const refused: AssertionAttempt[] = [];
  for (const attempt of attempts) {
    const { what, answer, mayPass } = attempt;
    const because = [control, answer.exchange];
    const actual = answerInWords(answer);
    const refusal = refusalOf(attempt, grantType);
    if (mayPass && answer.exchange.response) {
      if (refusal !== 'broken') info(requirement, { message: `${what}: ${actual}; either is fine`, because });
    } else if (refusal === 'token') {
      must(requirement, false, { expected: `${what} to be refused (${grantType})`, actual, because });
    } else if (refusal === 'well-formed' || refusal === 'ill-formed') {
      refused.push(attempt);
    } else {
      const says = {
        later: 'for another reason',
        broken: 'with a failure of the server',
        busy: 'with a plea for rest',
      };
      undecided(requirement, { message: `${what} was answered ${says[refusal]} (${actual})`, because });
    }
  }
  const because = [control, ...refused.map(({ answer }) => answer.exchange), after.exchange];
  if (refused.length === 0) return;
  if (after.kind === 'granted') {
    const expected = `to be refused (${grantType}): ${refused.map(({ what }) => what).join('; ')}`;
    must(requirement, true, { expected, actual: 'refused', because });
  } else {
    const message = `after these refusals a well-made assertion, accepted before, was not accepted either: ${answerInWords(after)}`;
    undecided(requirement, { message, because });
  }
}
