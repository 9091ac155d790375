/** The releases of FHIR a target may speak, in their order. */
export const releases = ['DSTU2', 'STU3', 'R4', 'R4B', 'R5', 'R6'] as const;
export type Release = (typeof releases)[number];

/** By major and minor number; ballots and previews go with the release they led to. */
const releaseOfVersion: readonly (readonly [pattern: RegExp, Release])[] = [
  [/^1\.0$/, 'DSTU2'],
  [/^(1\.[1-8]|3\.0)$/, 'STU3'],
  [/^(3\.[2-5]|4\.0)$/, 'R4'],
  [/^4\.[13]$/, 'R4B'],
  [/^(4\.[2456]|5\.0)$/, 'R5'],
  [/^6\.\d$/, 'R6'],
];

/**
 * The release of a version such as `4.0.1`, `4.0`, `6.0.0-ballot3` or, with the number of a build, `1.0.2.7202`; null for
 * what is none, or is older than DSTU2.
 */
export function releaseOf(fhirVersion: unknown): Release | null {
  const [, number] =
    /^(\d\.\d)(?:\.\d+){0,2}(?:-[A-Za-z0-9.-]+)?$/.exec(typeof fhirVersion === 'string' ? fhirVersion : '') ?? [];
  return releaseOfVersion.find(([pattern]) => pattern.test(number ?? ''))?.[1] ?? null;
}

/** The version that a CapabilityStatement or Conformance states; null when what it states is none. */
export function statedVersion({ fhirVersion }: Readonly<Record<string, unknown>>): string | null {
  return typeof fhirVersion === 'string' && releaseOf(fhirVersion) ? fhirVersion : null;
}

/** Whether two versions are one to an app: `4.0` and `4.0.1` are, and so are 3.0.1 and 3.0.2. */
export function isSameRelease(one: string, other: string): boolean {
  return one === other || (releaseOf(one) !== null && releaseOf(one) === releaseOf(other));
}

/** The release before it and all that is older, in their order, with the release itself. */
export function releasesUpTo(release: Release): readonly Release[] {
  return releases.slice(0, releases.indexOf(release) + 1);
}

/** Says of each release only what differs from the one before. */
export type SinceRelease<Value> = Readonly<Partial<Record<Release, Value>>>;

/** What holds in a release; undefined where nothing does yet. */
export function inRelease<Value>(since: SinceRelease<Value>, release: Release): Value | undefined {
  return releasesUpTo(release).reduce<Value | undefined>(
    (value, one) => (one in since ? since[one] : value),
    undefined,
  );
}
