import type { Suite } from '../../src/kit/index.ts';
import { requirements } from './requirements.ts';
import { tokenResponseTests } from './token-response.ts';

/** Clients that act for themselves, without a user. */
export const backendServices: Suite = {
  id: 'backend-services',
  title: 'Backend services',
  requirements,
  tests: [...tokenResponseTests],
};
