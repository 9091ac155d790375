import type { Suite } from '../../src/kit/index.ts';
import { requirements } from './requirements.ts';

/** Who the user is: the id_token, the keys that sign it, and fhirUser. */
export const openidConnect: Suite = {
  id: 'openid-connect',
  title: 'OpenID Connect',
  requirements,
  tests: [],
};
