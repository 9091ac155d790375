import { outcomeOf } from '../../src/artifacts/authorization-outcome.ts';
import {
  evidenceOf,
  type LaunchAttempt,
  maybeIneligible,
  usualLaunches,
  whyIncomplete,
} from '../../src/artifacts/launches.ts';
import { grantedScopes, offlineAttempts, refreshes, refreshOutcome } from '../../src/artifacts/refreshes.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { Block, Skip, test } from '../../src/kit/index.ts';
import { isRegisteredFor } from '../../src/smart/is-registered-for.ts';

const refreshToken = test({
  id: 'app-launch/offline-access-refresh-token',
  title: 'offline_access leads to a refresh token',
  requirements: ['app-launch/offline-access-refresh-token', 'app-launch/offline-eligibility'],
  needs: [offlineAttempts, capabilities],
  run({ offlineAttempts, capabilities, must, should, info }) {
    if (!capabilities.includes('permission-offline')) {
      throw new Skip('not-advertised', 'permission-offline is not advertised');
    }
    const decided = offlineAttempts.filter(({ authorization }) => outcomeOf(authorization) !== 'stuck');
    if (decided.length === 0) throw new Block('no launch that asks for offline_access came to an end');
    const eligible = decided.filter(isOffline);
    const expectant = decided.filter((one) => isOffline(one) || isRegisteredFor(one.client, 'offline_access'));
    if (expectant.length === 0) {
      const instead = 'and it was not granted; with it there, that would be decided';
      throw new Skip('undecided', `no client has offline_access among its scope in the configuration, ${instead}`);
    }
    if (eligible.length === 0 && expectant.every(({ client }) => maybeIneligible(client))) {
      const instead = 'a confidential client, or offline_access among the scope of one, would decide it';
      throw new Skip(
        'undecided',
        `public clients got no offline access, which the server may keep from them; ${instead}`,
      );
    }
    const because = expectant.flatMap(evidenceOf);
    const actual = expectant.map((attempt) => `${attempt.role}: ${offlineOutcome(attempt)}`).join('; ');
    must('app-launch/offline-access-refresh-token', eligible.length > 0, {
      expected: 'a refresh_token, for a client that asks for offline_access',
      actual,
      because,
    });
    if (eligible.length > 0) {
      // "A server can decide which client types (public or confidential) are eligible" ("Refresh access token").
      const left = expectant.filter((one) => !isOffline(one) && !maybeIneligible(one.client));
      should('app-launch/offline-access-refresh-token', left.length === 0, {
        expected: 'the same for every client of a type',
        actual,
        because,
      });
    }
    info('app-launch/offline-eligibility', { message: `offline access by type of client: ${actual}`, because });
  },
});

function isOffline({ answer }: LaunchAttempt): boolean {
  if (answer?.kind !== 'granted' || answer.tokens.refreshToken === null) return false;
  // Some name those scopes alone that give access to data; a token for the other kind of access would be named.
  const named = answer.tokens.scopes ?? [];
  return named.includes('offline_access') || !named.includes('online_access');
}

function offlineOutcome(attempt: LaunchAttempt): string {
  const { answer } = attempt;
  if (answer?.kind !== 'granted') return whyIncomplete(attempt);
  const listed = answer.tokens.scopes?.includes('offline_access')
    ? 'offline_access granted'
    : 'offline_access not granted';
  return `${listed}, ${answer.tokens.refreshToken === null ? 'no refresh_token' : 'a refresh_token'}`;
}

const withGrant = test({
  id: 'app-launch/refresh-token-when-granted',
  title: 'A grant of lasting access comes with a refresh token',
  requirements: ['app-launch/refresh-token-when-granted'],
  needs: [usualLaunches, offlineAttempts],
  run({ usualLaunches, offlineAttempts, must }) {
    const granted = offlineAttempts.flatMap(({ authorization, client, answer }) =>
      answer?.kind === 'granted' ? [{ authorization, client, exchange: answer.exchange, tokens: answer.tokens }] : [],
    );
    const lasting = [...usualLaunches, ...granted].filter((grant) =>
      grantedScopes(grant).some((scope) => scope === 'offline_access' || scope === 'online_access'),
    );
    if (lasting.length === 0) throw new Skip('not-advertised', 'neither online_access nor offline_access was granted');
    const without = lasting.filter(({ tokens }) => tokens.refreshToken === null);
    must('app-launch/refresh-token-when-granted', without.length === 0, {
      expected: 'refresh_token beside every scope that has online_access or offline_access',
      actual:
        without.length === 0
          ? 'so it is'
          : `none for ${[...new Set(without.map(({ client }) => client.clientId))].join(', ')}`,
      because: (without.length > 0 ? without : lasting).map(({ exchange }) => exchange),
    });
  },
});

const withoutUser = test({
  id: 'app-launch/offline-refresh-without-user',
  title: 'Tokens are renewed after the browser is gone',
  requirements: ['app-launch/offline-refresh-without-user'],
  needs: [refreshes],
  run({ refreshes, must }) {
    const offline = refreshes.filter(({ launch }) => grantedScopes(launch).includes('offline_access'));
    if (offline.length === 0) throw new Skip('not-advertised', 'offline_access was not granted');
    for (const { client, launch, answer } of offline) {
      must('app-launch/offline-refresh-without-user', answer.kind === 'granted', {
        expected: `an access token for ${client.clientId}, whose user has closed the browser`,
        actual: refreshOutcome(answer),
        because: [launch.exchange, answer.exchange],
      });
    }
  },
});

export const offlineAccessTests = [refreshToken, withGrant, withoutUser];
