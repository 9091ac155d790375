/** Launches that do not come to an end. */
import { refusalPage } from '../responses.ts';
import { launchesComplete } from './consequences.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesAuthorization, changesTokens } from './overrides.ts';

const rows: readonly FaultRow[] = [
  {
    id: 'app-launch/standalone-launch-completes~no-token',
    level: 'fail',
    summary: 'No code is ever redeemed',
    also: [...launchesComplete, 'app-launch/pkce-s256', 'client-symmetric/basic-accepted'],
    override: changesTokens(({ codeChecks }) => ({
      codeChecks: { ...codeChecks, expired: () => ['invalid_grant', 'the code has expired'] },
    })),
  },
  {
    id: 'app-launch/ehr-launch-completes~launch-refused',
    level: 'fail',
    summary: 'The launch values of the EHR are not known to its authorization server',
    override: changesAuthorization(() => ({ launchFor: () => null })),
  },
  {
    id: 'app-launch/authorize-get-completes~post-only',
    level: 'fail',
    summary: 'The authorization endpoint serves POST alone',
    also: [...launchesComplete, 'discovery/authorization-endpoint'],
    override: changesAnswers('authorize', (answer, { request }) =>
      request.method === 'POST' ? answer() : refusalPage(405, 'error'),
    ),
  },
];

export const launchFaults = faultsOf(rows);
