import type {
  Baseline,
  BaselineEntryResult,
  BaselineResult,
  Finding,
  KnownFinding,
  Report,
  TestResult,
} from '../kit/index.ts';

/** The tests with their known findings marked, and what became of each entry of the baseline. */
export interface Applied {
  readonly tests: readonly TestResult[];
  readonly baseline: BaselineResult;
}

/** @param today - the day of the run, `2026-11-25` */
export function applyBaseline({ findings }: Baseline, report: Pick<Report, 'tests'>, today: string): Applied {
  const tests = report.tests.map((test) => ({
    ...test,
    findings: test.findings.map((finding) => marked(finding, test, findings, today)),
  }));
  return { tests, baseline: { findings: findings.map((entry) => entryResult(entry, tests, today)) } };
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

function entryResult(entry: KnownFinding, tests: readonly TestResult[], today: string): BaselineEntryResult {
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
  const judged = tests
    .filter(({ id }) => by === undefined || by === id)
    .flatMap(({ findings }) => findings.filter((finding) => finding.requirement === requirement));
  const isDecided = judged.length > 0 && judged.every(({ level: found }) => found !== 'undecided');
  return { ...known, status: isDecided ? 'cured' : 'unseen' };
}
