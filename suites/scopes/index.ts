import type { Suite } from '../../src/kit/index.ts';
import { bearerTests } from './bearer.ts';
import { fhirApiTests } from './fhir-api.ts';
import { accessRequirements } from './requirements/access.ts';
import { enforcementRequirements } from './requirements/enforcement.ts';
import { grantRequirements } from './requirements/grant.ts';

/** What a token may do: scopes as they are granted and as they are enforced. */
export const scopes: Suite = {
  id: 'scopes',
  title: 'Scopes and their enforcement',
  requirements: [...accessRequirements, ...grantRequirements, ...enforcementRequirements],
  tests: [...bearerTests, ...fhirApiTests],
};
