/** What breaks, too, where apps cannot be launched any more: an accusation there is deserved. */
export const launchesComplete = [
  'app-launch/standalone-launch-completes',
  'app-launch/ehr-launch-completes',
  'client-symmetric/launch-completes',
];
export const launchesBegin = [...launchesComplete, 'app-launch/authorize-get-completes'];

/** What breaks, too, where the token endpoint serves nobody. */
export const noTokens = [
  ...launchesComplete,
  'app-launch/token-request-form-post',
  'app-launch/token-answer-json',
  'app-launch/token-error-form',
  'client-symmetric/basic-accepted',
  'client-asymmetric/token-obtained',
  'client-asymmetric/errors-invalid-client',
  'backend-services/token-obtained',
  'backend-services/errors-oauth',
];
