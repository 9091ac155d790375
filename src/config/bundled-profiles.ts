import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The profiles that come with smart-check, each a file of the folder suites/profiles/. */
export const bundledProfiles = [
  'onc-g10-hti1',
  'us-core-smart',
  'ipa',
  'patient-access-standalone',
  'patient-access-ehr',
  'clinician-access-standalone',
  'clinician-access-ehr',
] as const;

/** @returns the path of a profile that comes with smart-check; null when there is none of this name */
export function bundledProfileFile(name: string): string | null {
  return bundledProfiles.some((known) => known === name) ? require.resolve(`#profiles/${name}.json`) : null;
}
