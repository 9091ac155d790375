import type { Suite } from '../../src/kit/index.ts';
import { fhirUserTests } from './fhir-user.ts';
import { idTokenTests } from './id-token.ts';
import { keyTests } from './keys.ts';
import { requirements } from './requirements.ts';

/** Who the user is: the id_token, the keys that sign it, and fhirUser. */
export const openidConnect: Suite = {
  id: 'openid-connect',
  title: 'OpenID Connect',
  requirements,
  tests: [...idTokenTests, ...keyTests, ...fhirUserTests],
};
