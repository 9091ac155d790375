import type { Suite } from '../../src/kit/index.ts';
import { atOnceTests } from './at-once.ts';
import { authorizationTests } from './authorization.ts';
import { authorizationDetailsTests } from './authorization-details.ts';
import { codeTests } from './code.ts';
import { consentTests } from './consent.ts';
import { contextTests } from './context.ts';
import { contextMemberTests } from './context-members.ts';
import { ehrLaunchTests } from './ehr-launch.ts';
import { everyClientTests } from './every-client.ts';
import { fhirContextTests } from './fhir-context.ts';
import { launchTests } from './launch.ts';
import { offlineAccessTests } from './offline-access.ts';
import { onlineAccessTests } from './online-access.ts';
import { patientScopeTests } from './patient-scopes.ts';
import { pkceTests } from './pkce.ts';
import { refreshClientTests } from './refresh-client.ts';
import { refreshResponseTests } from './refresh-response.ts';
import { refreshScopeTests } from './refresh-scope.ts';
import { authorizationRequirements } from './requirements/authorization.ts';
import { codeRequirements } from './requirements/code.ts';
import { contextRequirements } from './requirements/context.ts';
import { fhirContextRequirements } from './requirements/fhir-context.ts';
import { launchRequirements } from './requirements/launch.ts';
import { refreshRequirements } from './requirements/refresh.ts';
import { taskRequirements } from './requirements/task.ts';
import { tokenRequestRequirements } from './requirements/token-request.ts';
import { tokenResponseRequirements } from './requirements/token-response.ts';
import { styleTests } from './style.ts';
import { taskTests } from './task.ts';
import { tokenRequestTests } from './token-request.ts';
import { tokenResponseTests } from './token-response.ts';

/** Launching an app and obtaining its tokens: authorization, code exchange, launch context, refresh. */
export const appLaunch: Suite = {
  id: 'app-launch',
  title: 'App launch',
  requirements: [
    ...launchRequirements,
    ...authorizationRequirements,
    ...codeRequirements,
    ...tokenRequestRequirements,
    ...tokenResponseRequirements,
    ...contextRequirements,
    ...fhirContextRequirements,
    ...refreshRequirements,
    ...taskRequirements,
  ],
  tests: [
    ...launchTests,
    ...ehrLaunchTests,
    ...authorizationTests,
    ...consentTests,
    ...codeTests,
    ...atOnceTests,
    ...pkceTests,
    ...everyClientTests,
    ...tokenRequestTests,
    ...tokenResponseTests,
    ...contextTests,
    ...patientScopeTests,
    ...contextMemberTests,
    ...styleTests,
    ...authorizationDetailsTests,
    ...fhirContextTests,
    ...offlineAccessTests,
    ...onlineAccessTests,
    ...refreshResponseTests,
    ...refreshScopeTests,
    ...refreshClientTests,
    ...taskTests,
  ],
};
