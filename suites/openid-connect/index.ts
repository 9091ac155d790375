import type { Suite } from '../../src/kit/index.ts';
import { claimTests } from './claims.ts';
import { codeFlowTests } from './code-flow.ts';
import { fhirUserTests } from './fhir-user.ts';
import { keyTests } from './keys.ts';
import { refreshedIdTokenTests } from './refreshed-id-token.ts';
import { requirements } from './requirements.ts';
import { signatureTests } from './signature.ts';
import { subjectTests } from './subject.ts';
import { userInfoTests } from './userinfo.ts';

/** Who the user is: the id_token, the keys that sign it, and fhirUser. */
export const openidConnect: Suite = {
  id: 'openid-connect',
  title: 'OpenID Connect',
  requirements,
  tests: [
    ...codeFlowTests,
    ...signatureTests,
    ...keyTests,
    ...claimTests,
    ...subjectTests,
    ...refreshedIdTokenTests,
    ...userInfoTests,
    ...fhirUserTests,
  ],
};
