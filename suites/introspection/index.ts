import type { Suite } from '../../src/kit/index.ts';
import { accessRevocationTests } from './access-revocation.ts';
import { answerTests } from './answer.ts';
import { authorizationTests } from './authorization.ts';
import { contextMemberTests } from './context.ts';
import { inactiveTests } from './inactive.ts';
import { otherValueTests } from './other-values.ts';
import { requiredMemberTests } from './required-members.ts';
import { introspectionRequirements } from './requirements/introspection.ts';
import { revocationRequirements } from './requirements/revocation.ts';
import { revocationTests } from './revocation.ts';
import { foreignRevocationTests } from './revocation-of-others.ts';

/** What a server says about a token, and how a token is ended. */
export const introspection: Suite = {
  id: 'introspection',
  title: 'Token introspection and revocation',
  requirements: [...introspectionRequirements, ...revocationRequirements],
  tests: [
    ...answerTests,
    ...requiredMemberTests,
    ...contextMemberTests,
    ...inactiveTests,
    ...otherValueTests,
    ...authorizationTests,
    ...revocationTests,
    ...accessRevocationTests,
    ...foreignRevocationTests,
  ],
};
