import { type Artifact, didYouMean, type Requirement, type Suite, type Test, UsageError } from '../kit/index.ts';

/** All tests of the suites, each with the id of its suite. */
export function allTests(suites: readonly Suite[]): readonly (Test & { readonly suite: string })[] {
  return suites.flatMap((suite) => suite.tests.map((test) => ({ ...test, suite: suite.id })));
}

export function allRequirements(suites: readonly Suite[]): readonly Requirement[] {
  return suites.flatMap(({ requirements }) => requirements);
}

/** Ids of the tests that decide a requirement. */
export function testsOf(requirement: string, suites: readonly Suite[]): readonly string[] {
  return allTests(suites)
    .filter(({ requirements }) => requirements.includes(requirement))
    .map(({ id }) => id);
}

/** @returns the usage error for a word that is none of `candidates` */
export function unknownWord(what: string, word: string, candidates: readonly string[]): UsageError {
  return new UsageError(
    `there is no ${what} "${word}"${didYouMean(word, candidates) || '; "smart-check list" shows what there is'}`,
  );
}

/** Whether a test or an artifact needs another one, itself or by way of others. */
export function isNeeded(artifact: Artifact, { needs }: { readonly needs: readonly Artifact[] }): boolean {
  return needs.some((needed) => needed === artifact || isNeeded(artifact, needed));
}
