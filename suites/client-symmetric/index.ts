import type { Suite } from '../../src/kit/index.ts';
import { requirements } from './requirements.ts';
import { secretTests } from './secrets.ts';

/** Clients that authenticate with a secret. */
export const clientSymmetric: Suite = {
  id: 'client-symmetric',
  title: 'Client authentication: symmetric',
  requirements,
  tests: secretTests,
};
