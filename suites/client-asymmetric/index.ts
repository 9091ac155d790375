import type { Suite } from '../../src/kit/index.ts';
import { app } from './app.ts';
import { authenticationTests } from './authentication.ts';
import { keysTests } from './keys.ts';
import { otherRegistration } from './other-registration.ts';
import { refusalsTests } from './refusals.ts';
import { registrationTests } from './registration.ts';
import { replay, replayAtOnce, replayElsewhere, replayLater } from './replay.ts';
import { assertionRequirements } from './requirements/assertion.ts';
import { authenticationRequirements } from './requirements/authentication.ts';
import { keysRequirements } from './requirements/keys.ts';
import { registrationRequirements } from './requirements/registration.ts';

/** Clients that authenticate with signed assertions, their keys and their registration. */
export const clientAsymmetric: Suite = {
  id: 'client-asymmetric',
  title: 'Client authentication: asymmetric',
  requirements: [
    ...authenticationRequirements,
    ...assertionRequirements,
    ...keysRequirements,
    ...registrationRequirements,
  ],
  tests: [
    ...authenticationTests,
    ...refusalsTests,
    otherRegistration,
    replay,
    replayAtOnce,
    replayElsewhere,
    app,
    ...keysTests,
    ...registrationTests,
    replayLater,
  ],
};
