import type { Client } from '../../kit/index.ts';
import { isPermission } from '../../smart/scope.ts';
import type { Capabilities } from '../../smart/smart-configuration.ts';

export type StateLevel = 'patient' | 'user';

/** Scopes that take further pages or leave something behind. */
const spared = ['launch', 'launch/encounter', 'offline_access', 'online_access'];

/** What an app asks for beside permissions: who the user is, and which patient. */
export function formalities({ scope }: Client, { includes }: Capabilities): readonly string[] {
  const configured = scope?.split(' ').filter((one) => one !== '' && !isPermission(one) && !spared.includes(one));
  return (
    configured ?? [
      ...(includes('sso-openid-connect') ? ['openid', 'fhirUser'] : []),
      ...(includes('context-standalone-patient') || includes('context-ehr-patient') ? ['launch/patient'] : []),
    ]
  );
}

/**
 * The scopes for state of one level ("Granting access at the user level", "… at the patient level"): those the client is
 * configured with, else the guide's. A client configured without any on Basic has its rights some other way.
 */
export function stateScopes(client: Client, capabilities: Capabilities, level: StateLevel): readonly string[] {
  const configured = client.scope?.split(' ').filter(isPermission);
  const onBasic = configured?.filter((scope) => coversBasic(scope)) ?? [];
  if (configured && onBasic.length === 0) return configured;
  const ofLevel = onBasic.filter((scope) => scope.startsWith(`${level}/`));
  if (ofLevel.length > 0) return ofLevel;
  const v1 = capabilities.includes('permission-v1') && !capabilities.includes('permission-v2');
  return [`${level}/Basic.${v1 ? '*' : 'cuds'}`];
}

/** Whether a scope gives access to Basic resources of a level, or of any. */
export function coversBasic(scope: string, level?: StateLevel): boolean {
  const [, found] = /(?:^|\/)(patient|user|system)\/(?:Basic|\*)\./.exec(scope) ?? [];
  return found !== undefined && (level === undefined || found === level);
}

const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Whether one of several scopes allows this with Basic resources, whatever its conditions. */
export function allowsWithBasic(scopes: readonly string[], letter: 'c' | 'u' | 'd' | 's'): boolean {
  return scopes.some((scope) => {
    const [, suffix = ''] = /(?:^|\/)(?:patient|user|system)\/(?:Basic|\*)\.([a-z]+|\*)/.exec(scope) ?? [];
    return (words[suffix] ?? suffix).includes(letter);
  });
}
