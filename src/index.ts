/** The public API: suites and runner put together. The command line is its first user. */

import { suites } from '../suites/index.ts';
import { profileCatalogue } from '../suites/profiles/catalogue.ts';
import { profileSuite } from '../suites/profiles/index.ts';
import { readBaselineFile } from './config/read-baseline.ts';
import { readProfileFile } from './config/read-profile.ts';
import type { Baseline, Profile } from './kit/index.ts';

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

/**
 * Reads the findings that are known (YAML or JSON).
 *
 * @param profile - whose clauses may be among them
 * @throws UsageError that lists the mistakes in the file, each with its place
 */
export function readBaseline(file: string, profile?: Profile): Promise<Baseline> {
  const all = profile ? [...suites, profileSuite(profile)] : suites;
  return readBaselineFile(file, {
    requirements: all.flatMap(({ requirements }) => requirements.map(({ id }) => id)),
    tests: all.flatMap(({ tests }) => tests.map(({ id }) => id)),
  });
}
