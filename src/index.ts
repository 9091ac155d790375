/** The public API: suites and runner put together. The command line is its first user. */
import { profileCatalogue } from '../suites/profile/catalogue.ts';
import { readProfileFile } from './config/read-profile.ts';
import type { Profile } from './kit/index.ts';

export { type Checked, type CheckOptions, check } from './check.ts';
export { type ConfigurationSource, readConfiguration } from './config/read-configuration.ts';
export { openStateFile } from './config/state-file.ts';
export type * from './kit/index.ts';

/**
 * Reads a profile to hold a server to.
 *
 * @param name - of a profile that comes with smart-check, or the path of a file (YAML or JSON)
 * @throws UsageError when there is none, or that lists the mistakes in it, each with its place
 */
export function readProfile(name: string): Promise<Profile> {
  return readProfileFile(name, profileCatalogue());
}
