import type { Suite } from '../../src/kit/index.ts';

export const introspection: Suite = {
  id: 'introspection',
  title: 'Token introspection and revocation',
  requirements: [],
  tests: [],
};
