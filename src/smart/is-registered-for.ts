import type { Client } from '../kit/index.ts';

/**
 * Whether a client is to have a scope when it asks, as far as the configuration says. Where that names scopes, the server
 * may know the client for these, word by word, and for none that they imply: a scope of another version, a narrower one.
 */
export function isRegisteredFor({ scope }: Pick<Client, 'scope'>, wanted: string): boolean {
  return scope === undefined || scope.split(' ').includes(wanted);
}
