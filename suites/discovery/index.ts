import type { Suite } from '../../src/kit/index.ts';
import { capabilitySetTests } from './capability-sets.ts';
import { corsTests } from './cors.ts';
import { documentTests } from './document.ts';
import { endpointTests } from './endpoints.ts';
import { fhirVersionTests } from './fhir-version.ts';
import { fhirMediaTypeTests } from './fhir-version-media-type.ts';
import { jwksTests } from './jwks.ts';
import { memberTests } from './members.ts';
import { metadataTests } from './metadata.ts';
import { openidTests } from './openid.ts';
import { requirements } from './requirements.ts';
import { scopesSupportedTests } from './scopes-supported.ts';
import { tlsTests } from './tls.ts';

/** What a server publishes about itself to anyone, and how it is reached. */
export const discovery: Suite = {
  id: 'discovery',
  title: 'Discovery',
  requirements,
  tests: [
    ...documentTests,
    ...endpointTests,
    ...memberTests,
    ...scopesSupportedTests,
    ...capabilitySetTests,
    ...openidTests,
    ...jwksTests,
    ...corsTests,
    ...tlsTests,
    ...metadataTests,
    ...fhirVersionTests,
    ...fhirMediaTypeTests,
  ],
};
