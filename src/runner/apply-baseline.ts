import type {
  Baseline,
  BaselineEntryResult,
  BaselineResult,
  Finding,
  KnownFinding,
  RequirementResult,
  TestResult,
} from '../kit/index.ts';
import { wasTested } from './verdict.ts';

/** The tests with their known findings marked, and what became of each entry of the baseline. */
export interface Applied {
  readonly tests: readonly TestResult[];
  readonly baseline: BaselineResult;
}

/** What of a report is held against a baseline. */
interface Judged {
  readonly tests: readonly TestResult[];
  /** With the ids of all tests that decide them, run or not. */
  readonly requirements: readonly Pick<RequirementResult, 'id' | 'tests'>[];
}

/** @param today - the day of the run, `2026-11-25` */
export function applyBaseline({ findings }: Baseline, report: Judged, today: string): Applied {
  const tests = report.tests.map((test) => ({
    ...test,
    findings: test.findings.map((finding) => marked(finding, test, findings, today)),
  }));
  const judged = { ...report, tests };
  return { tests, baseline: { findings: findings.map((entry) => entryResult(entry, judged, today)) } };
}

function marked(
  { baseline: _, ...finding }: Finding,
  test: TestResult,
  known: readonly KnownFinding[],
  today: string,
): Finding {
  const entries = known.filter((entry) => covers(entry, finding, test));
  const entry = entries.find((one) => !isExpired(one, today)) ?? entries[0];
  if (!entry) return finding;
  const { reason, expires } = entry;
  return { ...finding, baseline: { reason, expires, expired: isExpired(entry, today) } };
}

function covers({ requirement, test: by, level = 'fail' }: KnownFinding, finding: Finding, test: TestResult): boolean {
  if (finding.level !== 'fail' && finding.level !== 'warn') return false;
  if (finding.requirement !== requirement || (by !== undefined && by !== test.id)) return false;
  return level === 'fail' || finding.level === 'warn';
}

function isExpired({ expires }: KnownFinding, today: string): boolean {
  return expires < today;
}

function entryResult(entry: KnownFinding, { tests, requirements }: Judged, today: string): BaselineEntryResult {
  const { requirement, test: by, reason, expires, level } = entry;
  const known: KnownFinding = {
    requirement,
    ...(by !== undefined && { test: by }),
    ...(level !== undefined && { level }),
    reason,
    expires,
  };
  const found = tests.some((test) => test.findings.some((finding) => covers(entry, finding, test)));
  if (found) return { ...known, status: isExpired(entry, today) ? 'expired' : 'known' };
  const deciding = by === undefined ? (requirements.find(({ id }) => id === requirement)?.tests ?? []) : [by];
  const ran = tests.filter(({ id }) => deciding.includes(id));
  const judged = ran.flatMap(({ findings }) => findings.filter((finding) => finding.requirement === requirement));
  const isDecided =
    judged.length > 0 &&
    judged.every(({ level: found }) => found !== 'undecided') &&
    deciding.every((id) => ran.some((test) => test.id === id && hasDecided(test, requirement)));
  return { ...known, status: isDecided ? 'cured' : 'unseen' };
}

/** Whether a test came to a verdict on the requirement, whatever else it left open. */
function hasDecided(test: TestResult, requirement: string): boolean {
  if (wasTested(test)) return true;
  return test.outcome === 'skipped' && test.findings.some((finding) => finding.requirement === requirement);
}
