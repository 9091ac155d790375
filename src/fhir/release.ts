/** The releases of FHIR a target may speak, in their order. */
export const releases = ['DSTU2', 'STU3', 'R4', 'R4B', 'R5', 'R6'] as const;
export type Release = (typeof releases)[number];

const releaseOfVersion: readonly (readonly [pattern: RegExp, Release])[] = [
  [/^(0|1)\./, 'DSTU2'],
  [/^(2|3\.0)/, 'STU3'],
  [/^(3\.|4\.0)/, 'R4'],
  [/^4\./, 'R4B'],
  [/^5\./, 'R5'],
  [/^6\./, 'R6'],
];

/** The release of a version such as `4.0.1`; null for what is none. */
export function releaseOf(fhirVersion: string): Release | null {
  return releaseOfVersion.find(([pattern]) => pattern.test(fhirVersion))?.[1] ?? null;
}

/** Releases from and to which something is there; unlimited unless given. */
export interface Span {
  readonly since?: Release;
  readonly until?: Release;
}

export function isIn(release: Release, { since = 'DSTU2', until = 'R6' }: Span): boolean {
  const at = releases.indexOf(release);
  return at >= releases.indexOf(since) && at <= releases.indexOf(until);
}
