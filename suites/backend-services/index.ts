import type { Suite } from '../../src/kit/index.ts';

export const backendServices: Suite = {
  id: 'backend-services',
  title: 'Backend services',
  requirements: [],
  tests: [],
};
