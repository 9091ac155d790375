import type { Client, SpecVersion } from '../kit/index.ts';
import { readSuffix } from './read-suffix.ts';
import type { Capabilities } from './smart-configuration.ts';

export type LaunchKind = 'standalone' | 'ehr';

/**
 * The scopes to launch with: those the client is configured with, else what the server advertises (app-launch, "Quick
 * start"). Either way with the launch scopes of this kind of launch and not of the other.
 */
export function launchScopes(
  client: Client,
  capabilities: Capabilities,
  kind: LaunchKind,
  specVersion: SpecVersion,
): string {
  const configured = client.scope?.split(' ').filter((scope) => scope !== '');
  const wanted = (configured ?? advertisedScopes(capabilities, kind, specVersion)).filter(
    (scope) => scope !== 'launch',
  );
  return (kind === 'ehr' ? ['launch', ...wanted] : wanted).join(' ');
}

function advertisedScopes(capabilities: Capabilities, kind: LaunchKind, specVersion: SpecVersion): readonly string[] {
  const { includes } = capabilities;
  const forUser = includes('permission-user') && (kind === 'ehr' || !includes('permission-patient'));
  const level = forUser ? 'user' : 'patient';
  const offline = includes('permission-offline') ? ['offline_access'] : [];
  const online = includes('permission-online') ? ['online_access'] : [];
  return [
    ...(includes('sso-openid-connect') ? ['openid', 'fhirUser'] : []),
    ...(includes(`context-${kind}-patient`) ? ['launch/patient'] : []),
    ...(includes(`context-${kind}-encounter`) ? ['launch/encounter'] : []),
    ...(kind === 'ehr' && online.length > 0 ? online : offline),
    `${level}/*.${readSuffix(capabilities, specVersion)}`,
  ];
}
