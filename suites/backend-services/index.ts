import type { Suite } from '../../src/kit/index.ts';
import { assertionTests } from './assertion.ts';
import { exportTests } from './export.ts';
import { fhirApiTests } from './fhir-api.ts';
import { refusalTests } from './refusals.ts';
import { requirements } from './requirements.ts';
import { scopeMediationTests } from './scope-mediation.ts';
import { tokenResponseTests } from './token-response.ts';

/** Clients that act for themselves, without a user. */
export const backendServices: Suite = {
  id: 'backend-services',
  title: 'Backend services',
  requirements,
  tests: [
    ...tokenResponseTests,
    ...scopeMediationTests,
    ...refusalTests,
    ...assertionTests,
    ...fhirApiTests,
    ...exportTests,
  ],
};
