/** Every fault of the reference server, area by area. */
import { bearerFaults } from './bearer.ts';
import { capabilitySetFaults } from './capability-sets.ts';
import { corsFaults } from './cors.ts';
import { documentFaults } from './document.ts';
import { endpointFaults } from './endpoints.ts';
import type { Fault } from './fault.ts';
import { idTokenFaults } from './id-tokens.ts';
import { jwksFaults } from './jwks.ts';
import { launchFaults } from './launches.ts';
import { memberFaults } from './members.ts';
import { metadataFaults } from './metadata.ts';
import { openidFaults } from './openid.ts';
import { refreshScopeFaults } from './refresh-scopes.ts';
import { refreshTokenFaults } from './refresh-tokens.ts';
import { tlsFaults } from './tls.ts';

export const faults: readonly Fault[] = [
  ...documentFaults,
  ...endpointFaults,
  ...memberFaults,
  ...capabilitySetFaults,
  ...openidFaults,
  ...jwksFaults,
  ...corsFaults,
  ...tlsFaults,
  ...metadataFaults,
  ...launchFaults,
  ...bearerFaults,
  ...idTokenFaults,
  ...refreshTokenFaults,
  ...refreshScopeFaults,
];
