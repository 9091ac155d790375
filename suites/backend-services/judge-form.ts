import { answeredWith } from '../../src/artifacts/authorization-outcome.ts';
import { mediaType } from '../../src/artifacts/document.ts';
import type { Exchange, Judge } from '../../src/kit/index.ts';
import type { TokenAnswer } from '../../src/oauth/token-request.ts';

const requirement = 'backend-services/errors-oauth';

/** What came of a request that cannot be served. */
export interface Refused {
  /** In words: `no grant_type`. */
  readonly what: string;
  readonly answer: TokenAnswer;
  /** The errors that say why (RFC 6749 section 5.2); the first is the one to expect. */
  readonly errors: readonly string[];
  /** Not quite what the RFC says, and understood by every client. */
  readonly tolerated?: readonly string[];
}

/** Fails for another form than that of RFC 6749 section 5.2, and warns of an error that says something else. */
export function judgeForm(
  { what, answer, errors, tolerated = [] }: Refused,
  control: Exchange,
  { must, should }: Pick<Judge<typeof requirement>, 'must' | 'should'>,
): void {
  const { response } = answer.exchange;
  const error = answer.kind === 'refused' ? answer.error : '';
  const statuses = error === 'invalid_client' ? [400, 401] : [400];
  const isJson = mediaType(response?.headers['content-type']) === 'application/json';
  const evidence = {
    expected: `${what} to be answered ${errors[0] === 'invalid_client' ? '401 or 400' : '400'} with error=${errors.join(' or ')}, in JSON`,
    actual: `${answeredWith(answer)} ${response?.headers['content-type'] ?? 'without a Content-Type'}`,
    because: [control, answer.exchange],
  };
  const isForm = [...errors, ...tolerated].includes(error) && statuses.includes(response?.status ?? 0) && isJson;
  must(requirement, isForm, evidence);
  if (isForm) should(requirement, errors.includes(error), evidence);
}
