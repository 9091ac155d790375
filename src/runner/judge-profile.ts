import {
  advertisedRequirement,
  type Clause,
  type ClauseReason,
  type ClauseResult,
  type ClauseVerdict,
  isExcepted,
  type Profile,
  type ProfileResult,
  type Report,
  type RequirementResult,
  suiteOf,
  type TestResult,
  wasBlocked,
} from '../kit/index.ts';

/** What of a report the verdict on a profile rests on. */
export type Judged = Pick<Report, 'suites' | 'tests' | 'requirements'>;

/** Would the server pass? Says so clause by clause. What was not tested is not passed. */
export function judgeProfile(profile: Profile, report: Judged): ProfileResult {
  const clauses = profile.clauses.map((clause) => judgeClause(clause, report));
  const demanded = clauses.filter(({ verb = 'SHALL' }) => verb === 'SHALL').map(({ verdict }) => verdict);
  const verdict = demanded.includes('violated') ? 'fail' : demanded.includes('open') ? 'open' : 'pass';
  return { ...profile, clauses, verdict };
}

function judgeClause(clause: Clause, report: Judged): ClauseResult {
  const exact = [...(clause.advertises ? [advertisedRequirement(clause)] : []), ...(clause.requirements ?? [])];
  const reasons = [
    ...exact.flatMap((id) => reasonsIn(id, report, 'demanded')),
    ...(clause.suites ?? []).flatMap((suite) => suiteReasons(suite, clause, report)),
  ].map((reason) => softened(reason, clause));
  const asksForNothing = exact.length === 0 && clause.suites === undefined;
  return { ...clause, verdict: verdictOn(reasons, clause, asksForNothing), reasons };
}

function verdictOn(reasons: readonly ClauseReason[], { verb }: Clause, asksForNothing: boolean): ClauseVerdict {
  if (asksForNothing) return 'attest';
  const found = reasons.map(({ verdict }) => verdict);
  if (found.includes('violated')) return 'violated';
  if (found.includes('warned') && verb === 'SHOULD') return 'warned';
  return found.includes('open') ? 'open' : 'met';
}

/** What a SHOULD asks for and is not there is a warning. */
function softened(reason: ClauseReason, { verb }: Clause): ClauseReason {
  return verb === 'SHOULD' && reason.verdict === 'violated' ? { ...reason, verdict: 'warned' } : reason;
}

function suiteReasons(suite: string, clause: Clause, report: Judged): readonly ClauseReason[] {
  const open = (message: string): ClauseReason[] => [{ about: suite, verdict: 'open', message }];
  if (!report.suites.includes(suite)) return open('the suite was not run');
  const tests = report.tests.filter((test) => test.suite === suite);
  if (tests.length === 0) return open('none of its tests has ended');
  if (tests.every(({ outcome, why }) => outcome === 'skipped' && why === 'not-advertised')) {
    return [{ about: suite, verdict: 'violated', message: `the server offers nothing of it: ${tests[0]?.reason}` }];
  }
  return report.requirements
    .filter(({ id, verb }) => id.startsWith(`${suite}/`) && verb.startsWith('SHALL') && !isExcepted(id, clause))
    .flatMap(({ id }) => reasonsIn(id, report, 'where it applies'));
}

/** Why a requirement is not shown to hold; empty when it is. */
function reasonsIn(id: string, report: Judged, when: 'demanded' | 'where it applies'): readonly ClauseReason[] {
  const reason = (verdict: ClauseReason['verdict'], message: string): ClauseReason[] => [
    { about: id, verdict, message },
  ];
  const requirement = report.requirements.find((one) => one.id === id);
  if (!requirement) {
    const wasRun = report.suites.includes(suiteOf(id));
    return reason('open', wasRun ? 'this version of the guide has no such requirement' : 'its suite was not run');
  }
  const deciding = report.tests.filter((test) => requirement.tests.includes(test.id));
  switch (requirement.verdict) {
    case 'holds':
      return [];
    case 'violated':
      return reason('violated', messageOf(id, deciding, 'fail'));
    case 'warned':
      if (when === 'where it applies') return [];
      // Of a SHALL a warning is something beside the point: the guide's own demand is met, and a reader may want to know.
      return reason(requirement.verb.startsWith('SHALL') ? 'warned' : 'violated', messageOf(id, deciding, 'warn'));
    case 'untested':
      break;
  }
  // No suite can be asked for what no test decides.
  if (requirement.tests.length === 0 && when === 'where it applies') return [];
  const cause = causeOf(requirement, deciding);
  if (cause.applies) return reason('open', cause.message);
  if (when === 'where it applies') return [];
  // Offered only where the server says so, and it does not say so.
  return reason(cause.isOffered ? 'open' : 'violated', cause.message);
}

function messageOf(requirement: string, deciding: readonly TestResult[], level: 'fail' | 'warn'): string {
  const findings = deciding.flatMap((test) => test.findings);
  return findings.find((one) => one.requirement === requirement && one.level === level)?.message ?? level;
}

interface Cause {
  /** Whether it may apply, so that it would have had to be decided. */
  readonly applies: boolean;
  readonly isOffered: boolean;
  readonly message: string;
}

function causeOf(requirement: RequirementResult, deciding: readonly TestResult[]): Cause {
  const message = requirement.reason ?? 'it was not decided';
  const missing = deciding.length < requirement.tests.length;
  const notAdvertised = deciding.filter(({ outcome, why }) => outcome === 'skipped' && why === 'not-advertised');
  const undecided = deciding.some(
    (test) =>
      wasBlocked(test) ||
      test.outcome === 'errored' ||
      (test.outcome === 'skipped' && test.why !== 'not-advertised') ||
      test.findings.some((finding) => finding.requirement === requirement.id && finding.level === 'undecided'),
  );
  return {
    applies: missing || undecided,
    isOffered: notAdvertised.length === 0,
    message: missing ? 'a test that decides it was not run' : message,
  };
}
