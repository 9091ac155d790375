import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const accessControls = guide('app-state#security-and-access-controls');

const appState = 'smart-app-state is advertised';

/** Who may do what with state. */
export const accessRequirements: readonly Requirement[] = [
  {
    id: 'app-state/token-required',
    ref: 'state-37',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: appState,
    summary: 'Nothing is read or changed without a valid token',
  },
  {
    id: 'app-state/authorized-apps-only',
    ref: 'state-36',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised, and a second client is configured',
    summary: 'An app without rights neither finds nor changes another\u2019s state',
  },
  {
    id: 'app-state/codes-of-trusted-apps',
    ref: 'state-38',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised; a warning, since whom a server trusts is its own policy',
    summary: 'An app cannot store state under a code that is not its own',
  },
  {
    id: 'app-state/rights-tracked-separately',
    ref: 'state-39',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'the server offers rights to App State as scopes',
    summary: 'Rights to patient, user and global state, to query and to modify, are separate',
  },
  {
    id: 'app-state/subject-bound',
    ref: 'state-44',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised, and two patients are known',
    summary: 'Rights for one patient or user do not reach another\u2019s state',
  },
  {
    id: 'app-state/global-state-for-administrators',
    ref: 'state-40',
    verb: 'SHOULD',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'smart-app-state is advertised, and clients.appState.globalState is not set',
    summary: 'An ordinary app cannot change global state',
  },
  {
    id: 'app-state/rights-as-scopes',
    ref: 'state-41',
    verb: 'SHALL',
    guide: accessControls,
    versions: since('2.1'),
    condition: 'the server offers rights to App State as scopes, which is optional',
    summary: 'Scopes on Basic with a code give access to that code alone',
  },
  {
    id: 'app-state/user-token-query-policy',
    ref: 'state-42',
    verb: 'MAY',
    guide: guide('app-state#implementation-considerations-for-ehrs'),
    versions: since('2.1'),
    condition: appState,
    summary: 'A query by a user\u2019s token without a patient in context may be refused',
    untestable: 'either answer is permitted: nothing to judge',
  },
];
