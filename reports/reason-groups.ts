import { groupBy, type Report, type TestResult } from '../src/kit/index.ts';

/** Tests that were not run for one and the same reason. */
export interface ReasonGroup {
  readonly reason: string;
  readonly tests: readonly TestResult[];
  /** Ids of the exchanges that show it, each once. */
  readonly exchanges: readonly string[];
  /** Which entries of the configuration may be why. */
  readonly hint: string | undefined;
}

/** The tests of one outcome by their reason, the largest group first: twenty tests blocked for one cause are one group. */
export function reasonGroups(report: Report, outcome: 'blocked' | 'skipped' | 'errored'): readonly ReasonGroup[] {
  const tests = report.tests.filter((test) => test.outcome === outcome);
  const groups = [...groupBy(tests, (test) => test.reason ?? 'no reason was given')].map(([reason, group]) => ({
    reason,
    tests: group,
    exchanges: [...new Set(group.flatMap((test) => test.exchanges ?? []))],
    hint: group.find((test) => test.hint !== undefined)?.hint,
  }));
  return groups.sort((one, other) => other.tests.length - one.tests.length);
}
