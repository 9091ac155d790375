/**
 * The id of the patient in context (scopes-and-launch-context, "Launch context arrives with your access token"). Some
 * say `Patient/1` for `1`, which one requirement judges; for all others it is the same patient.
 *
 * @param members - of a token response
 * @returns null when none is named
 */
export function patientInContext({ patient }: Readonly<Record<string, unknown>>): string | null {
  if (typeof patient !== 'string' || patient === '') return null;
  return /(?:^|\/)Patient\/([^/?#]+)$/.exec(patient)?.[1] ?? patient;
}
