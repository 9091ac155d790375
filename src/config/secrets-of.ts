import type { Client, Configuration, IntrospectionCredentials, JsonWebKeySet } from '../kit/index.ts';
import { privateMembers } from './private-members.ts';

/** What of a configuration must not be shown. */
export interface Secrets {
  /** Client secrets, passwords, TOTP secrets, private members of keys, values of configured headers; none empty. */
  readonly secrets: string[];
  /** Names of the configured headers, in lower case. */
  readonly headerNames: string[];
}

/** What the redactor must know, each once. */
export function secretsOf({ headers, clients, users }: Configuration): Secrets {
  const { introspection, others = [], ...single } = clients;
  const registered: (Client | IntrospectionCredentials)[] = [...Object.values(single), ...others];
  if (introspection) registered.push(introspection);

  const headerSets = [headers, ...registered.map((client) => client.headers ?? {})];
  const secrets = [
    ...registered.map(({ clientSecret }) => clientSecret),
    ...registered.flatMap((client) => ('keys' in client && client.keys ? privatePartsOf(client.keys) : [])),
    ...Object.values(users).flatMap(({ password, totpSecret }) => [password, totpSecret]),
    ...headerSets.flatMap((set) => Object.values(set)),
  ];
  return {
    secrets: [...new Set(secrets.filter((secret): secret is string => secret !== undefined && secret !== ''))],
    headerNames: [...new Set(headerSets.flatMap((set) => Object.keys(set).map((name) => name.toLowerCase())))],
  };
}

function privatePartsOf({ keys }: JsonWebKeySet): string[] {
  return keys.flatMap((key) => privateMembers.map((member) => key[member]).filter((part) => typeof part === 'string'));
}
