import { exchangeList } from '../../reports/exchange-list.ts';
import { suites } from '../../suites/index.ts';
import {
  advertisedRequirement,
  type Exchange,
  exitCodes,
  type Finding,
  groupBy,
  type Policy,
  type Report,
  type RequirementResult,
  summarize,
  type TestResult,
  UsageError,
} from '../kit/index.ts';
import { applyBaseline } from '../runner/apply-baseline.ts';
import { judgeProfile } from '../runner/judge-profile.ts';
import { notAskedFor, requirementVerdict, untestedLines } from '../runner/report.ts';
import { exitCodeOf } from '../runner/verdict.ts';
import { allRequirements, allTests } from './catalogue.ts';

/** Of the parts' exit codes the first of these counts, as it does within one run. */
const { interrupted, usage, violated, ownError, blocked, ok } = exitCodes;
const exitCodesInOrder = [interrupted, usage, violated, ownError, blocked, ok];

/**
 * One report of several: the shards of one run.
 *
 * @throws UsageError when they are not parts of one run: about different targets, or with a test in common
 */
export function mergeReports(reports: readonly Report[]): Report {
  const parts = reports.map(numberedAfter(reports));
  const [first, ...others] = parts;
  if (!first) throw new UsageError('there is no report to merge');
  for (const { target } of others) {
    for (const key of ['fhirBaseUrl', 'specVersion'] as const) {
      if (first.target[key] === target[key]) continue;
      throw new UsageError(`these reports are not of one run: ${key} is ${first.target[key]} and ${target[key]}`);
    }
  }
  const policy = samePolicy(parts);
  demandAllShards(parts);
  const all = parts.flatMap((part) => part.tests);
  const own = first.profile?.clauses.map(advertisedRequirement) ?? [];
  const whole = first.shard ? inOrder(all, own) : all;
  const starts = parts.map((part) => part.startedAt).sort();
  const startedAt = starts[0] ?? first.startedAt;
  // A part from last week would bear what has expired since.
  const today = (starts.at(-1) ?? startedAt).slice(0, 10);
  const results = mergedRequirements(parts, whole);
  const asked = { tests: whole, requirements: results };
  const applied = first.baseline && applyBaseline(first.baseline, asked, today);
  const tests = applied?.tests ?? whole;
  const twice = tests.find(({ id }, index) => tests.findIndex((test) => test.id === id) !== index);
  if (twice) throw new UsageError(`these reports are not parts of one run: several hold the test ${twice.id}`);
  const ended = parts.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  const isWhole = ended.length === parts.length;
  const codes = new Set(parts.map(({ exitCode }) => exitCode));
  const named = [...new Set(parts.flatMap((part) => part.suites))];
  const suites = first.shard ? suitesInOrder(named) : named;
  const requirements = first.shard ? requirementsInOrder(results, own) : results;
  const profile = first.profile && judgeProfile(first.profile, { suites, tests, requirements });
  const { shard: _, ...rest } = first;
  return {
    ...rest,
    suites,
    suiteTitles: Object.assign({}, ...parts.map(({ suiteTitles }) => suiteTitles)),
    target: { ...first.target, fhirVersion: parts.map(({ target }) => target.fhirVersion).find(Boolean) ?? null },
    startedAt,
    finishedAt: isWhole ? (ended.at(-1) ?? null) : null,
    // Shards run side by side.
    durationMs: Math.max(...parts.map(({ durationMs }) => durationMs)),
    exitCode: isWhole ? exitCode() : null,
    summary: summarize(tests),
    tests,
    requirements,
    ...(profile && { profile }),
    ...(applied && { baseline: applied.baseline }),
    journeys: parts.flatMap(({ journeys }) => journeys),
    notTested: policy
      ? [...untestedLines(tests, policy.require), ...otherLines(parts)]
      : [...new Set(parts.flatMap(({ notTested }) => notTested))],
    exchanges: exchangeList(parts.flatMap(({ exchanges }) => [...exchanges])),
  };

  /** Reports from before there was a policy in them have their exit codes alone. */
  function exitCode(): number | null {
    if (!policy) return exitCodesInOrder.find((code) => codes.has(code)) ?? null;
    return exitCodeOf(tests, { ...policy, interrupted: codes.has(interrupted), ...(profile && { profile }) });
  }
}

/** @throws UsageError when the parts were not asked for with the same options */
function samePolicy(parts: readonly Report[]): Policy | undefined {
  const policies = parts.map(({ policy }) => policy);
  const profiles = parts.map(
    ({ profile }) => profile && { id: profile.id, clauses: profile.clauses.map(({ id }) => id) },
  );
  const baselines = parts.map(({ baseline }) => baseline?.findings.map(({ status: _, ...entry }) => entry));
  for (const [what, values] of [
    ['--fail-on or --require', policies],
    ['--profile', profiles],
    ['--baseline', baselines],
  ] as const) {
    if (new Set(values.map((value) => JSON.stringify(value))).size > 1) {
      throw new UsageError(`these reports are not of one run: ${what} was not the same for each`);
    }
  }
  return policies[0];
}

/** @throws UsageError when the parts are shards, and not all the shards of one run */
function demandAllShards(parts: readonly Report[]): void {
  const shards = parts.flatMap(({ shard }) => shard ?? []);
  const [first] = shards;
  if (!first) return;
  if (shards.length < parts.length || shards.some(({ of }) => of !== first.of)) {
    throw new UsageError('these reports are not of one run: they are not shards of the same number of parts');
  }
  // Another choice of tests, or another version's, is divided otherwise: some would be in no part.
  if (shards.some(({ planned }) => planned !== first.planned)) {
    throw new UsageError('these reports are not of one run: --suite or --test was not the same for each');
  }
  const versions = [...new Set(parts.map(({ tool }) => tool.version))];
  if (versions.length > 1) {
    throw new UsageError(`these reports are not of one run: they are of smart-check ${versions.join(' and ')}`);
  }
  const missing = Array.from({ length: first.of }, (_, at) => at + 1).filter(
    (at) => !shards.some(({ index }) => index === at),
  );
  if (missing.length > 0) {
    throw new UsageError(`the run is not whole: shard ${missing.join(', ')} of ${first.of} is missing`);
  }
}

/** What the parts say of the choice of tests, and not of what came of them. */
function otherLines(parts: readonly Report[]): readonly string[] {
  const lines = parts.flatMap(({ notTested, tests, policy, shard }) => {
    const own = new Set(untestedLines(tests, shard ? [] : (policy?.require ?? [])));
    return notTested.filter((line) => !own.has(line));
  });
  return [...new Set(lines)];
}

/** As in a run that was not divided: in the order of the suites. A profile's own come first. */
function inOrder(tests: readonly TestResult[], own: readonly string[]): readonly TestResult[] {
  const ids = [...own, ...allTests(suites).map(({ id }) => id)];
  return sortedBy(tests, ({ id }) => ids.indexOf(id));
}

function suitesInOrder(named: readonly string[]): readonly string[] {
  return sortedBy(named, (id) => suites.findIndex((suite) => suite.id === id));
}

function requirementsInOrder(
  requirements: readonly RequirementResult[],
  own: readonly string[],
): readonly RequirementResult[] {
  const ids = [...own, ...allRequirements(suites).map(({ id }) => id)];
  return sortedBy(requirements, ({ id }) => ids.indexOf(id));
}

function sortedBy<Item>(items: readonly Item[], rank: (item: Item) => number): readonly Item[] {
  return items.toSorted((a, b) => rank(a) - rank(b));
}

/** The file of the merged report for one that part `index` has among its attachments. */
export function mergedAttachment(file: string, index: number): string {
  return file.replace(/^attachments\//, `attachments/${index + 1}-`);
}

function mergedRequirements(parts: readonly Report[], tests: readonly TestResult[]): readonly RequirementResult[] {
  const byId = groupBy(
    parts.flatMap(({ requirements }) => requirements),
    ({ id }) => id,
  );
  return [...byId].flatMap(([id, results]): readonly RequirementResult[] => {
    const [first] = results;
    if (!first) return [];
    const { reason: _, ...rest } = first;
    const deciding = tests.filter((test) => rest.tests.includes(test.id));
    const { verdict } = requirementVerdict(id, deciding);
    if (verdict !== 'untested') return [{ ...rest, verdict }];
    // Who was given the deciding test knows best why it decided nothing.
    const undecided = deciding
      .flatMap(({ findings }) => findings)
      .filter((finding) => finding.requirement === id && finding.level === 'undecided');
    const said = results.flatMap(({ reason }) => reason ?? []);
    const reasons = [
      ...undecided.map(({ message }) => message),
      ...deciding.flatMap((test) => test.reason ?? []),
      ...said.filter((reason) => reason !== notAskedFor),
      ...said,
    ];
    return [{ ...rest, verdict, ...(reasons[0] !== undefined && { reason: reasons[0] }) }];
  });
}

/** Gives the exchanges of each report numbers that none before it has. */
function numberedAfter(reports: readonly Report[]) {
  const highest = reports.map(({ exchanges }) => Math.max(0, ...[...exchanges].map(({ id }) => numberOf(id))));
  return (report: Report, index: number): Report => {
    const shift = highest.slice(0, index).reduce((sum, count) => sum + count, 0);
    const rename = (id: string) => `x${numberOf(id) + shift}`;
    const inFinding = (finding: Finding): Finding => ({ ...finding, exchanges: finding.exchanges.map(rename) });
    const inTest = (test: TestResult): TestResult => ({
      ...test,
      findings: test.findings.map(inFinding),
      ...(test.exchanges && { exchanges: test.exchanges.map(rename) }),
      ...(test.retried && { retried: test.retried.map(rename) }),
    });
    const inExchange = (exchange: Exchange): Exchange => ({
      ...exchange,
      id: rename(exchange.id),
      ...(exchange.retryOf && { retryOf: exchange.retryOf.map(rename) }),
      ...(exchange.redirectedFrom && { redirectedFrom: exchange.redirectedFrom.map(rename) }),
    });
    return {
      ...report,
      tests: report.tests.map(inTest),
      journeys: report.journeys.map(({ pictures, exchanges, ...journey }) => ({
        ...journey,
        exchanges: exchanges.map(rename),
        pictures: pictures.map(({ title, file }) => ({ title, file: file && mergedAttachment(file, index) })),
      })),
      exchanges: exchangeList([...report.exchanges].map(inExchange)),
    };
  };
}

function numberOf(exchangeId: string): number {
  return Number(exchangeId.slice(1));
}
