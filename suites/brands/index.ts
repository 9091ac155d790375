import type { Suite } from '../../src/kit/index.ts';

export const brands: Suite = {
  id: 'brands',
  title: 'User-access brands',
  requirements: [],
  tests: [],
};
