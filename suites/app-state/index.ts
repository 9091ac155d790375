import type { Suite } from '../../src/kit/index.ts';
import { accessTests } from './access.ts';
import { changeTests } from './change.ts';
import { createTests } from './create.ts';
import { discoveryTests } from './discovery.ts';
import { persistenceTests } from './persistence.ts';
import { accessRequirements } from './requirements/access.ts';
import { changeRequirements } from './requirements/change.ts';
import { createRequirements } from './requirements/create.ts';
import { discoveryRequirements } from './requirements/discovery.ts';
import { searchRequirements } from './requirements/search.ts';
import { roomTests } from './room.ts';
import { searchTests } from './search.ts';

/** State that apps keep at the server. */
export const appState: Suite = {
  id: 'app-state',
  title: 'App state',
  requirements: [
    ...discoveryRequirements,
    ...createRequirements,
    ...changeRequirements,
    ...searchRequirements,
    ...accessRequirements,
  ],
  tests: [
    ...discoveryTests,
    ...createTests,
    ...persistenceTests,
    ...roomTests,
    ...changeTests,
    ...searchTests,
    ...accessTests,
  ],
};
