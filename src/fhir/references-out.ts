import { inRelease, type Release, releases, type SinceRelease } from './release.ts';

/** Search parameters that lead out of a patient's record, by the names they have had. */
interface ReferencesOut {
  /** From a Patient to who cares for them. */
  readonly toPractitioner: readonly string[];
  /** From an Observation, and what is like it, to what may be in another record. */
  readonly toOthers: readonly string[];
}

const practitioner: SinceRelease<string> = { DSTU2: 'careprovider', STU3: 'general-practitioner' };
const others: SinceRelease<readonly string[]> = {
  DSTU2: ['related-target'],
  STU3: ['related-target', 'based-on'],
  R4: ['derived-from', 'has-member', 'focus', 'part-of', 'based-on'],
};

/** Those of a release; of every release where it is not known. */
export function referencesOut(release: Release | null): ReferencesOut {
  const wanted = release === null ? releases : [release];
  return {
    toPractitioner: [...new Set(wanted.flatMap((one) => inRelease(practitioner, one) ?? []))],
    toOthers: [...new Set(wanted.flatMap((one) => inRelease(others, one) ?? []))],
  };
}
