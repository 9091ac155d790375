import {
  didYouMean,
  globMatcher,
  type Requirement,
  type Shard,
  type SpecVersion,
  type Suite,
  type Test,
  UsageError,
} from '../kit/index.ts';
import { testsOfShard } from './shard.ts';

/** What a run will do: which tests of which suites, and the requirements they are held against. */
export interface Plan {
  readonly specVersion: SpecVersion;
  /** Those with at least one test to run, in the order given. */
  readonly suites: readonly Suite[];
  readonly tests: readonly PlannedTest[];
  /** How many tests there are, those of other shards included. */
  readonly planned: number;
  /** The requirements of those suites that apply in this version of the guide, by id. */
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Ids of the requirements that a profile demands, though the guide may only recommend them. */
  readonly mandatory?: ReadonlySet<string>;
  /** Why other suites are not run, by suite id. */
  readonly left: ReadonlyMap<string, string>;
}

export interface PlannedTest extends Test {
  readonly suite: string;
}

export interface Selection {
  readonly specVersion: SpecVersion;
  /** Suite ids; all suites when empty. */
  readonly suites: readonly string[];
  /** Globs over test ids, in which `*` crosses `/`; all tests when empty. */
  readonly tests: readonly string[];
  /** The part of them to run; all unless given. */
  readonly shard?: Shard;
}

/**
 * Chooses the tests to run.
 *
 * @throws UsageError when a suite is unknown or has no tests, or a glob matches none
 */
export function plan(suites: readonly Suite[], selection: Selection): Plan {
  const { specVersion } = selection;
  const named = selection.suites.map((id) => findSuite(suites, id));
  const globs = selection.tests.map((glob) => ({ glob, matches: globMatcher(glob) }));
  const left = new Map<string, string>();
  const chosen: Suite[] = [];
  const tests: PlannedTest[] = [];

  for (const suite of suites) {
    const applicable = suite.requirements.filter(({ versions }) => versions.includes(specVersion));
    const applicableIds = new Set(applicable.map(({ id }) => id));
    const testsOfSuite = suite.tests.filter(({ requirements }) => requirements.some((id) => applicableIds.has(id)));
    const selected = testsOfSuite.filter(({ id }) => globs.length === 0 || globs.some(({ matches }) => matches(id)));
    if (suite.tests.length === 0) left.set(suite.id, 'no tests yet');
    else if (named.length > 0 && !named.includes(suite)) left.set(suite.id, 'not asked for');
    else if (testsOfSuite.length === 0) left.set(suite.id, `not part of version ${specVersion} of the guide`);
    else if (selected.length === 0) left.set(suite.id, 'not asked for');
    else {
      chosen.push(suite);
      tests.push(...selected.map((test) => ({ ...test, suite: suite.id })));
    }
  }

  const allTests = suites.flatMap((suite) => suite.tests.map(({ id }) => id));
  for (const { glob, matches } of globs) {
    if (allTests.some(matches)) continue;
    throw new UsageError(`no test matches "${glob}"${didYouMean(glob, allTests)}; "smart-check list" shows them all`);
  }

  const planned = tests.length;
  if (!selection.shard) return { ...planOf(specVersion, chosen, tests, left), planned };
  const part = testsOfShard(tests, selection.shard);
  const there = new Set(part.map(({ suite }) => suite));
  const suitesThere = chosen.filter(({ id }) => there.has(id));
  return { ...planOf(specVersion, suitesThere, part, left), planned };
}

function planOf(
  specVersion: SpecVersion,
  chosen: readonly Suite[],
  tests: readonly PlannedTest[],
  left: ReadonlyMap<string, string>,
): Omit<Plan, 'planned'> {
  const requirements = chosen
    .flatMap((suite) => suite.requirements)
    .filter(({ versions }) => versions.includes(specVersion))
    .map((requirement) => [requirement.id, requirement] as const);
  return { specVersion, suites: chosen, tests, requirements: new Map(requirements), left };
}

function findSuite(suites: readonly Suite[], id: string): Suite {
  const suite = suites.find((candidate) => candidate.id === id);
  const ids = suites.map((candidate) => candidate.id);
  if (!suite) throw new UsageError(`there is no suite "${id}"${didYouMean(id, ids)}; the suites are ${ids.join(', ')}`);
  if (suite.tests.length === 0) {
    const built = suites.filter(({ tests }) => tests.length > 0).map((candidate) => candidate.id);
    throw new UsageError(`the suite "${id}" has no tests yet; those that have: ${built.join(', ')}`);
  }
  return suite;
}
