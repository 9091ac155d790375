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
    `there is no ${what} "${word}"${didYouMean(word, candidates) || `; ${named(what, candidates)}`}`,
  );
}

function named(what: string, candidates: readonly string[]): string {
  if (/^(?:test|requirement|fault)$/.test(what)) return `"smart-check list ${what}s" shows what there is`;
  if (what.includes('requirement')) return '"smart-check list tests|requirements|faults" shows what there is';
  return candidates.length === 0 ? 'there are none' : `there are ${candidates.join(', ')}`;
}

/** @throws UsageError when none of the items has this id */
export function findById<Item extends { readonly id: string }>(what: string, items: readonly Item[], id: string): Item {
  const found = items.find((item) => item.id === id);
  if (found) return found;
  throw unknownWord(
    what,
    id,
    items.map((item) => item.id),
  );
}

/** Whether a test or an artifact needs another one, itself or by way of others. */
export function isNeeded(artifact: Artifact, { needs }: { readonly needs: readonly Artifact[] }): boolean {
  return needs.some((needed) => needed === artifact || isNeeded(artifact, needed));
}
