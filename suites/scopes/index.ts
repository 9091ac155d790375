import type { Suite } from '../../src/kit/index.ts';
import { batchTests } from './batch.ts';
import { bearerTests } from './bearer.ts';
import { disguisedWritingTests } from './disguised-writing.ts';
import { enforcementTests } from './enforcement.ts';
import { fhirApiTests } from './fhir-api.ts';
import { fhirVersionTests } from './fhir-version.ts';
import { formatTests } from './formats.ts';
import { grantTests } from './grants.ts';
import { granularTests } from './granular.ts';
import { listedTests } from './listed.ts';
import { noDataScopeTests } from './no-data-scope.ts';
import { onePatientTests } from './one-patient.ts';
import { onePatientTypesTests } from './one-patient-types.ts';
import { operationTests } from './operations.ts';
import { accessRequirements } from './requirements/access.ts';
import { enforcementRequirements } from './requirements/enforcement.ts';
import { grantRequirements } from './requirements/grant.ts';
import { userTests } from './users.ts';
import { writingTests } from './writing.ts';

/** What a token may do: scopes as they are granted and as they are enforced. */
export const scopes: Suite = {
  id: 'scopes',
  title: 'Scopes and their enforcement',
  requirements: [...accessRequirements, ...grantRequirements, ...enforcementRequirements],
  tests: [
    ...bearerTests,
    ...fhirApiTests,
    ...fhirVersionTests,
    ...grantTests,
    ...listedTests,
    ...enforcementTests,
    ...noDataScopeTests,
    ...onePatientTests,
    ...onePatientTypesTests,
    ...formatTests,
    ...operationTests,
    ...granularTests,
    ...userTests,
    ...batchTests,
    ...writingTests,
    ...disguisedWritingTests,
  ],
};
