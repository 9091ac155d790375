import { exchangeList } from '../../reports/exchange-list.ts';
import { groupBy } from '../../reports/group-by.ts';
import {
  type Exchange,
  type Finding,
  type Report,
  type RequirementResult,
  type TestResult,
  UsageError,
} from '../kit/index.ts';
import { judgeProfile } from '../runner/judge-profile.ts';
import { requirementVerdict } from '../runner/report.ts';
import { exitCodes, summarize } from '../runner/verdict.ts';

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
  const tests = parts.flatMap((part) => part.tests);
  const twice = tests.find(({ id }, index) => tests.findIndex((test) => test.id === id) !== index);
  if (twice) throw new UsageError(`these reports are not parts of one run: several hold the test ${twice.id}`);
  const ended = parts.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  const isWhole = ended.length === parts.length;
  const codes = new Set(parts.map(({ exitCode }) => exitCode));
  const suites = [...new Set(parts.flatMap((part) => part.suites))];
  const requirements = mergedRequirements(parts, tests);
  return {
    ...first,
    suites,
    suiteTitles: Object.assign({}, ...parts.map(({ suiteTitles }) => suiteTitles)),
    target: { ...first.target, fhirVersion: parts.map(({ target }) => target.fhirVersion).find(Boolean) ?? null },
    startedAt: parts.map(({ startedAt }) => startedAt).sort()[0] ?? first.startedAt,
    finishedAt: isWhole ? (ended.at(-1) ?? null) : null,
    // Shards run side by side.
    durationMs: Math.max(...parts.map(({ durationMs }) => durationMs)),
    exitCode: isWhole ? (exitCodesInOrder.find((code) => codes.has(code)) ?? null) : null,
    summary: summarize(tests),
    tests,
    requirements,
    ...(first.profile && { profile: judgeProfile(first.profile, { suites, tests, requirements }) }),
    journeys: parts.flatMap(({ journeys }) => journeys),
    notTested: [...new Set(parts.flatMap(({ notTested }) => notTested))],
    exchanges: exchangeList(parts.flatMap(({ exchanges }) => [...exchanges])),
  };
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
    const reasons = [
      ...deciding.flatMap((test) => test.reason ?? []),
      ...results.flatMap(({ reason }) => reason ?? []),
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
    });
    const inExchange = (exchange: Exchange): Exchange => ({
      ...exchange,
      id: rename(exchange.id),
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
