/** Servers that all conform, as far apart as the guide lets them be: no test may fail any of them. */
import { answerVariants } from './answers.ts';
import { combine } from './combine.ts';
import { exclusiveVariants } from './exclusive.ts';
import { fhirVersionVariants } from './fhir-versions.ts';
import { guideVariants } from './guides.ts';
import { identityVariants } from './identities.ts';
import { launchVariants } from './launches.ts';
import { peculiarityVariants } from './peculiarities.ts';
import { serverVariants } from './servers.ts';
import { tokenVariants } from './tokens.ts';
import type { Variant } from './variant.ts';

/** Each of them one thing. */
export const singleVariants: readonly Variant[] = [
  ...answerVariants,
  ...tokenVariants,
  ...identityVariants,
  ...launchVariants,
  ...exclusiveVariants,
  ...serverVariants,
  ...peculiarityVariants,
  ...guideVariants,
  ...fhirVersionVariants,
];

/** What showed verdicts to be wrong only where one server was both. */
const combined = [
  ['launch-values-passed-over', 'ehr-launch-only'],
  ['newest-everything', 'ehr-launch-only'],
  ['data-demanded', 'offline-for-confidential-apps'],
  ['guide-1.0', 'v1-answered-as-v2'],
  ['consent-kept', 'no-single-sign-on'],
].flatMap((ids) => combine(singleVariants.filter(({ id }) => ids.includes(id))) ?? []);

export const variants: readonly Variant[] = [...singleVariants, ...combined];

/** The server that is several at once, their ids joined by `+`. @returns null where there is none */
export function joined(id: string): Variant | null {
  const parts = id.split('+').map((part) => singleVariants.find((variant) => variant.id === part));
  return parts.every((variant) => variant !== undefined) ? combine(parts) : null;
}
