/** What breaks, too, where apps cannot be launched any more: an accusation there is deserved. */
export const launchesComplete = [
  'app-launch/standalone-launch-completes',
  'app-launch/ehr-launch-completes',
  'client-symmetric/launch-completes',
];
export const launchesBegin = [...launchesComplete, 'app-launch/authorize-get-completes'];
