import {
  ehrAttempts,
  evidenceOf,
  type LaunchAttempt,
  standaloneAttempts,
  whyIncomplete,
} from '../../src/artifacts/launches.ts';
import { Block, type Judge, test } from '../../src/kit/index.ts';

const standalone = test({
  id: 'app-launch/standalone-launch-completes',
  title: 'An app that starts by itself obtains an access token',
  requirements: ['app-launch/standalone-launch-completes', 'app-launch/authorize-get-completes'],
  needs: [standaloneAttempts],
  run({ standaloneAttempts, must }) {
    for (const attempt of decided(standaloneAttempts)) {
      judge(attempt, 'app-launch/standalone-launch-completes', must);
      must('app-launch/authorize-get-completes', attempt.answer !== null, {
        expected: 'an authorization request by GET to lead back to the app with a code',
        actual: attempt.answer ? 'a code' : whyIncomplete(attempt),
        because: attempt.authorization.exchanges,
      });
    }
    blockOnUndecided(standaloneAttempts);
  },
});

const ehr = test({
  id: 'app-launch/ehr-launch-completes',
  title: 'An app launched from the EHR obtains an access token',
  requirements: ['app-launch/ehr-launch-completes'],
  needs: [ehrAttempts],
  run({ ehrAttempts, must }) {
    for (const attempt of decided(ehrAttempts)) judge(attempt, 'app-launch/ehr-launch-completes', must);
    blockOnUndecided(ehrAttempts);
  },
});

function judge<Id extends string>(attempt: LaunchAttempt, requirement: Id, must: Judge<Id>['must']): void {
  const { role, client, answer } = attempt;
  must(requirement, answer?.kind === 'granted', {
    expected: `the ${role} client ${client.clientId} to obtain an access token`,
    actual: answer?.kind === 'granted' ? 'an access token' : whyIncomplete(attempt),
    because: evidenceOf(attempt),
  });
}

/** Where the browser got stuck on the way, nothing is known of the server. */
function isDecided({ authorization: { outcome } }: LaunchAttempt): boolean {
  return outcome.kind === 'returned' || outcome.cause === 'error-page';
}

function decided(attempts: readonly LaunchAttempt[]): readonly LaunchAttempt[] {
  return attempts.filter(isDecided);
}

function blockOnUndecided(attempts: readonly LaunchAttempt[]): void {
  const stuck = attempts.find((attempt) => !isDecided(attempt));
  if (stuck) throw new Block(whyIncomplete(stuck), evidenceOf(stuck));
}

export const launchTests = [standalone, ehr];
