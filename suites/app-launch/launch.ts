import {
  ehrAttempts,
  evidenceOf,
  type LaunchAttempt,
  standaloneAttempts,
  whyIncomplete,
} from '../../src/artifacts/launches.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { Block, type Judge, Skip, test } from '../../src/kit/index.ts';
import type { Capabilities } from '../../src/smart/smart-configuration.ts';

const standalone = test({
  id: 'app-launch/standalone-launch-completes',
  title: 'An app that starts by itself obtains an access token',
  requirements: ['app-launch/standalone-launch-completes', 'app-launch/authorize-get-completes'],
  needs: [standaloneAttempts, capabilities],
  run({ standaloneAttempts, capabilities, must }) {
    demandLaunchIfAdvertised(standaloneAttempts, capabilities);
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
  needs: [ehrAttempts, capabilities],
  run({ ehrAttempts, capabilities, must }) {
    demandLaunchIfAdvertised(ehrAttempts, capabilities);
    for (const attempt of decided(ehrAttempts)) judge(attempt, 'app-launch/ehr-launch-completes', must);
    blockOnUndecided(ehrAttempts);
  },
});

/** Where no launch mode is advertised, a launch that does not complete is no broken promise. */
function demandLaunchIfAdvertised(attempts: readonly LaunchAttempt[], { launchesApps }: Capabilities): void {
  const [first] = attempts;
  if (launchesApps || !first || attempts.some(({ answer }) => answer?.kind === 'granted')) return;
  throw new Skip('not-advertised', `no launch mode is advertised, and none was found: ${whyIncomplete(first)}`);
}

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
