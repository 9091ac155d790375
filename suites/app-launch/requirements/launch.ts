import { type Requirement, since, specVersions } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const launchModes = guide('conformance#launch-modes');
const ehrLaunch = guide('app-launch#step-2-launch-ehr');

const ehr = 'launch-ehr is advertised';

/** How an app is launched, from the EHR and by itself. */
export const launchRequirements: readonly Requirement[] = [
  {
    id: 'app-launch/ehr-launch-completes',
    ref: 'cap-01',
    verb: 'SHALL',
    guide: launchModes,
    versions: specVersions,
    condition: ehr,
    summary: 'An app launched from the EHR obtains an access token',
  },
  {
    id: 'app-launch/standalone-launch-completes',
    ref: 'cap-02',
    verb: 'SHALL',
    guide: launchModes,
    versions: specVersions,
    condition: 'launch-standalone is advertised',
    summary: 'An app that starts by itself obtains an access token',
  },
  {
    id: 'app-launch/public-client-served',
    ref: 'cap-04',
    verb: 'SHALL',
    guide: guide('conformance#client-types'),
    versions: specVersions,
    condition: 'client-public is advertised',
    summary: 'A client without credentials completes a launch',
  },
  {
    id: 'app-launch/listed-auth-methods-accepted',
    ref: 'disc-20b',
    verb: 'SHALL',
    guide: guide('conformance#metadata'),
    versions: specVersions,
    condition: 'token_endpoint_auth_methods_supported is present, and a client is configured for the method',
    summary: 'Every client authentication method that is listed is accepted at the token endpoint',
  },
  {
    id: 'app-launch/proven-features-advertised',
    ref: 'disc-02',
    verb: 'SHALL',
    guide: guide('conformance#using-well-known'),
    versions: since('2.0'),
    condition:
      'launch-ehr or launch-standalone is advertised; a context, a permission or authorize-post that works and is not advertised is a warning',
    summary: 'Launch modes, client types and single sign-on that a launch has shown to work are advertised',
  },
  {
    id: 'app-launch/launch-names-iss',
    ref: 'launch-01',
    verb: 'SHALL',
    guide: ehrLaunch,
    versions: specVersions,
    condition: ehr,
    summary: 'The EHR calls the launch URL with one iss, the FHIR base URL of this server',
  },
  {
    id: 'app-launch/launch-value-opaque-and-fresh',
    ref: 'launch-02',
    verb: 'SHALL',
    guide: ehrLaunch,
    versions: specVersions,
    condition: 'launch-ehr is advertised; a launch value that reads as a patient id is a warning',
    summary: 'Each EHR launch hands the app a launch value of its own, which tells nothing by itself',
  },
  {
    id: 'app-launch/launch-url-as-registered',
    ref: 'launch-03',
    verb: 'SHALL',
    guide: ehrLaunch,
    versions: specVersions,
    condition: ehr,
    summary: 'The browser is sent to the registered launch URL, whose own query is kept',
  },
  {
    id: 'app-launch/launch-bound-to-client-and-session',
    ref: 'authz-05',
    verb: 'SHALL',
    guide: guide('app-launch#step-4-authorization-code'),
    versions: specVersions,
    condition: 'launch-ehr is advertised; a launch value that serves twice, or another user, is a warning',
    summary: 'A launch value that is made up, altered or another client\u2019s yields no context',
  },
  {
    id: 'app-launch/interleaved-launches-kept-apart',
    ref: 'ctx-07',
    verb: 'SHALL',
    guide: guide('scopes-and-launch-context#apps-that-launch-from-the-ehr'),
    versions: specVersions,
    condition: ehr,
    summary: 'Of two EHR launches under way at once, each token carries its own launch\u2019s context',
  },
];
