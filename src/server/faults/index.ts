/** Every fault of the reference server, area by area. */
import { accessFaults } from './access.ts';
import { appStateFaults } from './app-state.ts';
import { appStateAccessFaults } from './app-state-access.ts';
import { assertionFaults } from './assertions.ts';
import { authorizationFaults } from './authorization.ts';
import { backendFaults } from './backend.ts';
import { bearerFaults } from './bearer.ts';
import { brandBundleFaults } from './brand-bundle.ts';
import { brandFaults } from './brands.ts';
import { capabilitySetFaults } from './capability-sets.ts';
import { clientKeyFaults } from './client-keys.ts';
import { codeFaults } from './codes.ts';
import { conditionalFaults } from './conditional.ts';
import { withConsequences } from './consequences.ts';
import { contextFaults } from './context.ts';
import { corsFaults } from './cors.ts';
import { documentFaults } from './document.ts';
import { endpointFaults } from './endpoints.ts';
import { exportFaults } from './exports.ts';
import type { Fault } from './fault.ts';
import { fhirVersionFaults } from './fhir-versions.ts';
import { formatFaults } from './formats.ts';
import { hiddenFaults } from './hidden.ts';
import { idTokenFaults } from './id-tokens.ts';
import { identityFaults } from './identity.ts';
import { introspectionFaults } from './introspection.ts';
import { jwksFaults } from './jwks.ts';
import { laterIdentityFaults } from './later-identity.ts';
import { launchFaults } from './launches.ts';
import { memberFaults } from './members.ts';
import { metadataFaults } from './metadata.ts';
import { openidFaults } from './openid.ts';
import { operationFaults } from './operations.ts';
import { otherFormatFaults } from './other-formats.ts';
import { raceFaults } from './races.ts';
import { refreshFaults } from './refresh.ts';
import { refreshScopeFaults } from './refresh-scopes.ts';
import { refreshTokenFaults } from './refresh-tokens.ts';
import { revocationFaults } from './revocation.ts';
import { scopeFaults } from './scopes.ts';
import { secretFaults } from './secrets.ts';
import { taskFaults } from './tasks.ts';
import { tlsFaults } from './tls.ts';
import { tokenFaults } from './tokens.ts';
import { toldFaults } from './told.ts';
import { unwatchedFaults } from './unwatched.ts';

export const faults = [
  ...documentFaults,
  ...endpointFaults,
  ...memberFaults,
  ...capabilitySetFaults,
  ...openidFaults,
  ...jwksFaults,
  ...corsFaults,
  ...hiddenFaults,
  ...tlsFaults,
  ...metadataFaults,
  ...fhirVersionFaults,
  ...appStateFaults,
  ...appStateAccessFaults,
  ...taskFaults,
  ...launchFaults,
  ...authorizationFaults,
  ...codeFaults,
  ...raceFaults,
  ...tokenFaults,
  ...contextFaults,
  ...refreshFaults,
  ...identityFaults,
  ...laterIdentityFaults,
  ...bearerFaults,
  ...accessFaults,
  ...formatFaults,
  ...otherFormatFaults,
  ...unwatchedFaults,
  ...conditionalFaults,
  ...operationFaults,
  ...exportFaults,
  ...scopeFaults,
  ...idTokenFaults,
  ...refreshTokenFaults,
  ...refreshScopeFaults,
  ...brandFaults,
  ...brandBundleFaults,
  ...assertionFaults,
  ...backendFaults,
  ...introspectionFaults,
  ...toldFaults,
  ...revocationFaults,
  ...secretFaults,
  ...clientKeyFaults,
].map(withConsequences) satisfies readonly Fault[];
