import { forWantOf, type JourneyOutcome, noWayToWithhold, pickingVisit, type StopCause } from '../browser/journey.ts';
import { Skip } from '../kit/index.ts';
import type { TokenAnswer } from '../oauth/token-request.ts';
import type { Authorization } from './launcher.ts';

/** What became of an authorization request, in a word. `stuck` says nothing about the server. */
export type AuthorizationOutcome = 'code' | 'error' | 'neither' | 'error-page' | 'stuck';

export function outcomeOf({ outcome, response }: Pick<Authorization, 'outcome' | 'response'>): AuthorizationOutcome {
  if (outcome.kind === 'stopped') return outcome.cause === 'error-page' ? 'error-page' : 'stuck';
  return response?.kind ?? 'neither';
}

/** Whether it ended for a reason that is not the server's: no answer, or the browser’s own trouble. */
export function isTrouble({ outcome }: Pick<Authorization, 'outcome'>): boolean {
  return outcome.kind === 'stopped' && troubles.includes(outcome.cause);
}

const troubles: readonly StopCause[] = ['network', 'tls', 'timeout', 'crashed', 'interrupted'];

/**
 * What was picked because the pages did not offer what the configuration names, in words; null where they did. Patients are
 * picked first: what comes after one that was offered is something of hers.
 */
export function pickedInstead(
  kind: 'patient' | 'encounter',
  wanted: string,
  journeys: readonly JourneyOutcome[],
): string | null {
  const inOne = journeys.flatMap(({ strip }) => {
    const picks = strip.map(({ title }) => title).filter((title) => title.startsWith('pick'));
    return kind === 'patient' ? picks.slice(0, 1) : picks;
  });
  return inOne.find((title) => title.split(forWantOf)[1]?.includes(`"${wanted}"`)) ?? null;
}

/** Whether the user picked a patient on the way; a visit alone leaves open where the patient came from. */
export function hasPickedPatient({ strip }: JourneyOutcome): boolean {
  return strip.some(({ title }) => title.startsWith('pick') && !title.startsWith(pickingVisit));
}

/** The same in words, for findings. */
export function described({ outcome, response }: Authorization): string {
  if (outcome.kind === 'stopped') {
    return outcome.cause === 'error-page' ? `an error page: ${outcome.message}` : outcome.message;
  }
  if (response?.kind === 'error') {
    return `error=${response.error}${response.description === null ? '' : ` (${response.description})`}`;
  }
  return response?.kind === 'code' ? 'a code' : 'neither code nor error';
}

/** Of a launch that did not go on when the user was to keep something back. @param why - as `described` */
export function notWithheld(why: string): Skip {
  const [reason = ''] = why.split('\n');
  return new Skip(reason.includes(noWayToWithhold) ? 'not-advertised' : 'undecided', reason);
}

/** What a token endpoint answered, in words. */
export function answeredWith(answer: TokenAnswer): string {
  const status = answer.exchange.response?.status;
  if (answer.kind === 'granted') return `${status} and an access token`;
  return answer.kind === 'refused' ? `${status} ${answer.error}` : `${status}, without token and error`;
}
