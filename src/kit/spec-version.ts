/** Published versions of the SMART App Launch guide, oldest first. */
export const specVersions = ['1.0', '2.0', '2.1', '2.2'] as const;
export type SpecVersion = (typeof specVersions)[number];

/** The guide versions from `first` on: `since('2.1')` is 2.1 and 2.2. */
export function since(first: SpecVersion): readonly SpecVersion[] {
  return specVersions.slice(specVersions.indexOf(first));
}

/** Whether `version` is `first` or later. */
export function isSince(version: SpecVersion, first: SpecVersion): boolean {
  return specVersions.indexOf(version) >= specVersions.indexOf(first);
}
