/** Every release of FHIR that the code system of versions lists, by its numbers. */
const releases: ReadonlySet<string> = new Set(
  [
    '0.01 0.05 0.06 0.11 0.0 0.0.80 0.0.81 0.0.82 0.4 0.4.0 0.5 0.5.0',
    '1.0 1.0.0 1.0.1 1.0.2 1.1 1.1.0 1.4 1.4.0 1.6 1.6.0 1.8 1.8.0',
    '3.0 3.0.0 3.0.1 3.0.2 3.2 3.2.0 3.3 3.3.0 3.5 3.5.0 3.5a.0',
    '4.0 4.0.0 4.0.1 4.1 4.1.0 4.2 4.2.0 4.3 4.3.0 4.4 4.4.0 4.5 4.5.0 4.6 4.6.0',
    '5.0 5.0.0 6.0 6.0.0',
  ].flatMap((line) => line.split(' ')),
);

/** Whether a version is of FHIR's code system, snapshots and ballots of a release included. */
export function isFhirVersion(version: string): boolean {
  return releases.has(version.replace(/-(cibuild|draft-final|draft|ballot\d*|snapshot\d*)$/, ''));
}
