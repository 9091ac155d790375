import type { Suite } from '../src/kit/index.ts';
import { appLaunch } from './app-launch/index.ts';
import { appState } from './app-state/index.ts';
import { backendServices } from './backend-services/index.ts';
import { brands } from './brands/index.ts';
import { clientAsymmetric } from './client-asymmetric/index.ts';
import { clientSymmetric } from './client-symmetric/index.ts';
import { discovery } from './discovery/index.ts';
import { introspection } from './introspection/index.ts';
import { openidConnect } from './openid-connect/index.ts';
import { scopes } from './scopes/index.ts';

/** Every suite, in the order in which a reader of the guide meets its subject. */
export const suites: readonly Suite[] = [
  discovery,
  appLaunch,
  openidConnect,
  clientSymmetric,
  clientAsymmetric,
  backendServices,
  scopes,
  introspection,
  brands,
  appState,
];
