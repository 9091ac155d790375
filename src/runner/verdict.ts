import {
  exitCodes,
  type Finding,
  isNew,
  type Outcome,
  type Policy,
  type ProfileResult,
  type RequirementVerdict,
  type Shard,
  type SkipReason,
  summarize,
  type TestResult,
  wasBlocked,
} from '../kit/index.ts';

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

export interface ExitPolicy extends Policy {
  readonly interrupted: boolean;
  /** That the server is held to: what is open is not green. */
  readonly profile?: ProfileResult;
  /** A part of a run answers for its own tests; what a whole run owes is known when the parts are merged. */
  readonly shard?: Shard;
}

/** The exit code of a run: the first that holds of interrupted, violated, our own error, blocked. */
export function exitCodeOf(tests: readonly TestResult[], policy: ExitPolicy): number {
  const counts = summarize(tests);
  if (policy.interrupted) return exitCodes.interrupted;
  if (tests.some((test) => fails(test, policy.failOn))) return exitCodes.violated;
  const findings = tests.flatMap((test) => test.findings);
  if (!policy.shard && policy.require.some((suite) => !isFullyTested(suite, tests))) return exitCodes.violated;
  if (!policy.shard && policy.profile && !isAnswered(policy.profile, findings)) return exitCodes.violated;
  if (counts.errored > 0) return exitCodes.ownError;
  if (tests.some(wasBlocked)) return exitCodes.blocked;
  return exitCodes.ok;
}

/** Whether a test fails the run: by its outcome, unless the baseline bears all that it found. */
function fails({ outcome, findings }: TestResult, failOn: Policy['failOn']): boolean {
  if (outcome !== 'failed' && (outcome !== 'warned' || failOn === 'fail')) return false;
  const against = findings.filter(({ level }) => level === 'fail' || level === 'warn');
  return against.length === 0 || against.some((finding) => isNew(finding, failOn));
}

/** Whether every clause is met, or fails by what the baseline knows and nothing else. */
function isAnswered({ verdict, clauses }: ProfileResult, findings: readonly Finding[]): boolean {
  if (verdict === 'pass') return true;
  const isKnown = (requirement: string) => {
    const against = findings.filter(({ requirement: id, level }) => id === requirement && level === 'fail');
    return against.length > 0 && !against.some((finding) => isNew(finding, 'fail'));
  };
  return clauses
    .filter(({ verb = 'SHALL' }) => verb === 'SHALL')
    .flatMap(({ reasons }) => reasons)
    .every((reason) => reason.verdict === 'warned' || (reason.verdict === 'violated' && isKnown(reason.about)));
}

const doesNotApply: SkipReason = 'not-advertised';

/** Whether every test of a suite came to a verdict, or does not apply to the target. */
export function isFullyTested(suite: string, tests: readonly TestResult[]): boolean {
  const ofSuite = tests.filter((test) => test.suite === suite);
  return ofSuite.length > 0 && ofSuite.every(wasTested);
}

/** Whether a test came to a verdict, or does not apply to the target. */
export function wasTested(test: TestResult): boolean {
  const { outcome, why } = test;
  if (wasBlocked(test)) return false;
  return outcome === 'passed' || outcome === 'warned' || outcome === 'failed' || why === doesNotApply;
}
