import {
  type Baseline,
  clausesOf,
  type ExchangeLog,
  type Finding,
  groupBy,
  type JourneyRecord,
  type Policy,
  type Profile,
  type Report,
  type RequirementResult,
  type RequirementVerdict,
  type Shard,
  summarize,
  type TestResult,
  wasBlocked,
} from '../kit/index.ts';
import { applyBaseline } from './apply-baseline.ts';
import { judgeProfile } from './judge-profile.ts';
import type { Plan } from './plan.ts';
import { isFullyTested, verdictOf } from './verdict.ts';

export interface RunState {
  readonly plan: Plan;
  readonly tool: Report['tool'];
  readonly target: Report['target'];
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly exitCode: number | null;
  readonly policy: Policy;
  /** Ids of the exchanges that were sent again, and of the attempts before. */
  readonly retried?: ReadonlySet<string>;
  /** Which entries of the configuration may be why what these exchanges show went wrong; null where none. */
  readonly hintFor?: (exchangeIds: readonly string[]) => string | null;
  readonly shard?: Shard;
  readonly baseline?: Baseline;
  /** What the server is held to beside the guide. */
  readonly profile?: Profile;
  readonly results: readonly TestResult[];
  readonly journeys: readonly JourneyRecord[];
  readonly exchanges: ExchangeLog;
  readonly picture: (file: string) => Uint8Array | null;
}

/** The report of a run as it stands, finished or not. */
export function buildReport(run: RunState): Report {
  const { plan, profile } = run;
  const serves = (requirement: string) => servedClauses(requirement, profile);
  const served = run.results.map((result) => ({
    ...result,
    ...retriedOf(result, run.retried),
    ...hintOn(result.outcome === 'blocked', result.exchanges, run),
    findings: result.findings.map((finding) => ({
      ...finding,
      ...hintOn(finding.level === 'fail' || finding.level === 'undecided', finding.exchanges, run),
      ...serves(finding.requirement),
    })),
  }));
  const today = run.startedAt.toISOString().slice(0, 10);
  const suites = plan.suites.map(({ id }) => id);
  const requirements = requirementResults(plan, served).map((one) => ({ ...one, ...serves(one.id) }));
  const applied = run.baseline && applyBaseline(run.baseline, { tests: served, requirements }, today);
  const results = applied?.tests ?? served;
  return {
    schemaVersion: 1,
    tool: run.tool,
    suites,
    suiteTitles: Object.fromEntries(plan.suites.map(({ id, title }) => [id, title])),
    target: run.target,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    durationMs: (run.finishedAt ?? new Date()).getTime() - run.startedAt.getTime(),
    exitCode: run.exitCode,
    summary: summarize(results),
    tests: results,
    requirements,
    journeys: run.journeys,
    notTested: [...untestedLines(results, run.shard ? [] : run.policy.require), ...leftLines(plan)],
    policy: run.policy,
    ...(run.shard && { shard: { ...run.shard, planned: plan.planned } }),
    ...(applied && { baseline: applied.baseline }),
    ...(profile && { profile: judgeProfile(profile, { suites, tests: results, requirements }) }),
    exchanges: run.exchanges,
    picture: run.picture,
  };
}

/** The exchanges a result rests on that came about at a second attempt or later. */
function retriedOf(result: TestResult, retried: ReadonlySet<string> = new Set()): Pick<TestResult, 'retried'> {
  const shown = [...result.findings.flatMap(({ exchanges }) => exchanges), ...(result.exchanges ?? [])];
  const again = [...new Set(shown)].filter((id) => retried.has(id));
  return again.length > 0 ? { retried: again } : {};
}

function hintOn(
  isInTrouble: boolean,
  exchanges: readonly string[] = [],
  { hintFor }: RunState,
): { readonly hint?: string } {
  const hint = isInTrouble ? hintFor?.(exchanges) : null;
  return hint ? { hint } : {};
}

function servedClauses(requirement: string, profile: Profile | undefined): { readonly clauses?: readonly string[] } {
  const clauses = profile ? clausesOf(requirement, profile) : [];
  return clauses.length > 0 ? { clauses } : {};
}

function requirementResults(plan: Plan, results: readonly TestResult[]): readonly RequirementResult[] {
  const resultOf = new Map(results.map((result) => [result.id, result]));
  const judged = plan.suites.flatMap(({ tests }) =>
    tests.flatMap(({ id, requirements }) =>
      [...new Set(requirements)].map((requirement) => [requirement, id] as const),
    ),
  );
  const deciders = groupBy(judged, ([requirement]) => requirement);
  return [...plan.requirements.values()].map((requirement) => {
    const tests = deciders.get(requirement.id)?.map(([, id]) => id) ?? [];
    const deciding = tests.flatMap((id) => resultOf.get(id) ?? []);
    const { verdict, findings } = requirementVerdict(requirement.id, deciding);
    const { id, verb, summary, guide, condition, ref } = requirement;
    const result = { id, verb, summary, verdict, tests, guide, condition, ref };
    if (verdict !== 'untested') return result;
    const undecided = findings.filter(({ level }) => level === 'undecided').map(({ message }) => message);
    const reasons = [...undecided, ...deciding.flatMap(({ reason }) => reason ?? [])];
    return { ...result, reason: requirement.untestable ?? reasons[0] ?? whyUntested(tests, deciding) };
  });
}

/** What the tests that decide a requirement come to. */
export function requirementVerdict(
  requirement: string,
  deciding: readonly TestResult[],
): { readonly verdict: RequirementVerdict; readonly findings: readonly Finding[] } {
  const findings = deciding.flatMap((test) => test.findings.filter((finding) => finding.requirement === requirement));
  const unfinished = deciding.some((test) => wasBlocked(test) || test.outcome === 'errored');
  const found = verdictOf(findings);
  return { verdict: found === 'holds' && unfinished ? 'untested' : found, findings };
}

function whyUntested(tests: readonly string[], deciding: readonly TestResult[]): string {
  if (deciding.length > 0) return 'it does not apply to what this server advertises';
  return tests.length > 0 ? notAskedFor : 'no test decides it';
}

export const notAskedFor = 'its test was not asked for';

/** One line for each thing that was not tested, and why: what was required first, then what most tests lack. */
export function untestedLines(results: readonly TestResult[], require: readonly string[]): readonly string[] {
  return [
    ...require
      .filter((suite) => !isFullyTested(suite, results))
      .map((suite) => `${suite} was required and is not fully tested`),
    ...[
      ...groupBy(
        results.filter((test) => wasBlocked(test) || (test.outcome === 'skipped' && test.why !== 'not-advertised')),
        ({ reason, why }) => `${why?.replace('-', ' ') ?? 'blocked'}: ${reason}`,
      ),
    ]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(([reason, tests]) => `${tests.length} ${tests.length === 1 ? 'test' : 'tests'} ${reason}`),
  ];
}

function leftLines(plan: Plan): readonly string[] {
  return [...groupBy([...plan.left], ([, why]) => why)].map(
    ([why, suites]) => `${suites.map(([suite]) => suite).join(', ')}: ${why}`,
  );
}
