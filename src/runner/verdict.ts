import type { Finding, Outcome, ProfileResult, RequirementVerdict, SkipReason, TestResult } from '../kit/index.ts';

/** What the findings of one test come to; `skipped` when something is left undecided and nothing is wrong. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  const levels = new Set(findings.map(({ level }) => level));
  if (levels.has('fail')) return 'failed';
  if (levels.has('warn')) return 'warned';
  return levels.has('undecided') ? 'skipped' : 'passed';
}

/** What the findings on one requirement come to. */
export function verdictOf(findings: readonly Finding[]): RequirementVerdict {
  const levels = new Set(findings.map(({ level }) => level));
  if (levels.has('fail')) return 'violated';
  if (levels.has('warn')) return 'warned';
  // Half decided is not decided: what was not seen may be what is wrong.
  return levels.has('pass') && !levels.has('undecided') ? 'holds' : 'untested';
}

/** How many tests came to each outcome. */
export function summarize(tests: readonly TestResult[]): Record<Outcome, number> {
  const counts = { passed: 0, warned: 0, failed: 0, skipped: 0, blocked: 0, errored: 0 };
  for (const { outcome } of tests) counts[outcome] += 1;
  return counts;
}

export interface ExitPolicy {
  readonly failOn: 'fail' | 'warn';
  /** Ids of suites that must have been fully tested. */
  readonly require: readonly string[];
  readonly interrupted: boolean;
  /** Of the profile that the server is held to: what is open is not green. */
  readonly profile?: ProfileResult['verdict'];
}

/** Exit codes, as docs and scripts know them. 2 (wrong usage) is never a report's. */
export const exitCodes = { ok: 0, violated: 1, usage: 2, blocked: 3, ownError: 4, interrupted: 130 } as const;

/** The exit code of a run: the first that holds of interrupted, violated, our own error, blocked. */
export function exitCodeOf(tests: readonly TestResult[], policy: ExitPolicy): number {
  const counts = summarize(tests);
  if (policy.interrupted) return exitCodes.interrupted;
  if (counts.failed > 0) return exitCodes.violated;
  if (policy.failOn === 'warn' && counts.warned > 0) return exitCodes.violated;
  if (policy.require.some((suite) => !isFullyTested(suite, tests))) return exitCodes.violated;
  if (policy.profile !== undefined && policy.profile !== 'pass') return exitCodes.violated;
  if (counts.errored > 0) return exitCodes.ownError;
  if (counts.blocked > 0) return exitCodes.blocked;
  return exitCodes.ok;
}

const doesNotApply: SkipReason = 'not-advertised';

/** Whether every test of a suite came to a verdict, or does not apply to the target. */
export function isFullyTested(suite: string, tests: readonly TestResult[]): boolean {
  const ofSuite = tests.filter((test) => test.suite === suite);
  return ofSuite.length > 0 && ofSuite.every(wasTested);
}

function wasTested({ outcome, why }: TestResult): boolean {
  return outcome === 'passed' || outcome === 'warned' || outcome === 'failed' || why === doesNotApply;
}
