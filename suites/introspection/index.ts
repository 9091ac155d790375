import type { Suite } from '../../src/kit/index.ts';
import { introspectionRequirements } from './requirements/introspection.ts';
import { revocationRequirements } from './requirements/revocation.ts';

/** What a server says about a token, and how a token is ended. */
export const introspection: Suite = {
  id: 'introspection',
  title: 'Token introspection and revocation',
  requirements: [...introspectionRequirements, ...revocationRequirements],
  tests: [],
};
