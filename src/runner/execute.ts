import {
  Block,
  type Exchange,
  type Finding,
  isUnobtainable,
  type Outage,
  type Outcome,
  type RunEvent,
  Skip,
  type Test,
  type TestResult,
} from '../kit/index.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { collectFindings, idsOf } from './judgement.ts';
import type { Plan, PlannedTest } from './plan.ts';
import { outcomeOf } from './verdict.ts';

export interface Execution {
  readonly store: ArtifactStore;
  /** How many tests run at once. */
  readonly concurrency: number;
  /** Ends the run; tests that have not finished by then are cut off, with the signal's reason. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** Whether an exchange used an access token after it had expired; never unless given. */
  readonly isTooLate?: (exchange: Exchange) => boolean;
  /** When an exchange met nobody where the server had answered before; never unless given. */
  readonly outageOf?: (exchange: Exchange) => Outage | null;
  /** Whether an exchange used what the server had ended when it gave something later; never unless given. */
  readonly isOutlived?: (exchange: Exchange) => boolean;
  /** Takes secrets out of what is said of the target, which may quote it; nothing is taken out unless given. */
  readonly redact?: (text: string) => string;
}

/**
 * Runs the tests of a plan, several at once, where every other worker begins with those that wait; then those that end
 * grants for others, one at a time.
 *
 * @param results - receives each result as it comes, at the test's place in the plan
 */
export async function execute(plan: Plan, results: (TestResult | undefined)[], execution: Execution): Promise<void> {
  const { concurrency, signal, emit, redact = (text) => text } = execution;
  const interrupted = rejectOnAbort(signal);

  const finish = (index: number, said: TestResult) => {
    const result = redacted(said, redact);
    results[index] = result;
    emit({ type: 'test-end', result });
  };
  const work = async (queue: Iterable<readonly [number, PlannedTest]>) => {
    for (const [index, test] of queue) {
      if (signal.aborted) {
        finish(index, unfinished(test, new Date(), signal, []));
        continue;
      }
      emit({ type: 'test-start', id: test.id });
      finish(index, await runTest(test, plan, execution, interrupted));
    }
  };
  const tests = [...plan.tests.entries()];
  const harmless = tests.filter(([, { destroys }]) => destroys === undefined);
  const waiting = harmless.filter(([, { waits }]) => waits).values();
  const busy = harmless.filter(([, { waits }]) => !waits).values();
  const workers = Array.from({ length: Math.min(concurrency, tests.length) }, async (_, index) => {
    const queues = index % 2 === 0 ? [waiting, busy] : [busy, waiting];
    for (const queue of queues) await work(queue);
  });
  await Promise.all(workers);
  await work(tests.filter(([, { destroys }]) => destroys !== undefined));
}

/** Runs a test, and once more with new tokens when those it had been given expired under it. */
async function runTest(...all: Parameters<typeof attemptTest>): Promise<TestResult> {
  const first = await attemptTest(...all);
  return first.tooLate ? (await attemptTest(...all)).result : first.result;
}

async function attemptTest(
  test: PlannedTest,
  plan: Plan,
  { store, signal, isTooLate = () => false, isOutlived = () => false, outageOf = () => null }: Execution,
  interrupted: Promise<never>,
): Promise<Attempt> {
  const startedAt = new Date();
  const { generation } = store;
  const { judge, findings, judged, tooLate, outage } = collectFindings(test, {
    applicable: plan.requirements,
    mandatory: plan.mandatory ?? new Set(),
    isTooLate,
    isOutlived,
    outageOf,
    end: signal,
  });
  const judging = async (): Promise<TestResult> => {
    const needed = await store.obtainAll(test.needs);
    await test.run(needed, judge);
    if (!judged()) throw new Error('the test ended without judging anything');
    const outcome = outcomeOf(findings);
    const undecided = findings.filter(({ level }) => level === 'undecided').map(({ message }) => message);
    const result = { ...identity(test, startedAt), findings };
    return outcome === 'skipped'
      ? { ...result, outcome, why: 'undecided', reason: [...new Set(undecided)].join('; ') }
      : { ...result, outcome };
  };
  const settle = async (): Promise<Attempt> => {
    try {
      const result = await Promise.race([judging(), interrupted]);
      return { result: blockedBy(outage(), result), tooLate: tooLate() };
    } catch (thrown) {
      if (signal.aborted) return { result: unfinished(test, startedAt, signal, findings), tooLate: false };
      const said = { ...identity(test, startedAt), findings, ...explain(thrown, findings) };
      const met = thrown instanceof Block ? thrown.exchanges.map(outageOf).find((one) => one !== null) : null;
      const result = blockedBy(met ?? outage(), said);
      return { result, tooLate: tooLate() || (isUnobtainable(thrown) && thrown.exchanges.some(isTooLate)) };
    }
  };
  const attempt = await settle();
  // Another test may have renewed them meanwhile.
  if (attempt.tooLate && store.generation === generation) store.renew();
  return attempt;
}

interface Attempt {
  readonly result: TestResult;
  /** Whether it used tokens that had expired. */
  readonly tooLate: boolean;
}

/** What a test that threw comes to; what it had found before stands. */
function explain(
  thrown: unknown,
  findings: TestResult['findings'],
): Pick<TestResult, 'outcome' | 'why' | 'reason' | 'exchanges'> {
  const found = outcomeOf(findings);
  const outcomeUnlessFound = (outcome: Outcome) => (found === 'failed' || found === 'warned' ? found : outcome);
  if (thrown instanceof Skip) {
    return { outcome: outcomeUnlessFound('skipped'), why: thrown.why, reason: thrown.message };
  }
  if (thrown instanceof Block) {
    const exchanges = idsOf(thrown.exchanges);
    return { outcome: outcomeUnlessFound('blocked'), reason: thrown.message, exchanges };
  }
  const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { outcome: 'errored', reason };
}

/** What a test comes to that met a server which had gone down; what it had found to be wrong before stands. */
function blockedBy(outage: Outage | null, result: TestResult): TestResult {
  if (!outage || result.outcome === 'passed' || result.outcome === 'errored') return result;
  const { why: _, ...rest } = result;
  const outcome = result.outcome === 'skipped' ? 'blocked' : result.outcome;
  return { ...rest, outcome, reason: outage.reason, exchanges: idsOf(outage.broken) };
}

/** A test that was cut off: what it had found to be wrong stands, and what held so far is half decided. */
function unfinished(test: PlannedTest, startedAt: Date, signal: AbortSignal, found: readonly Finding[]): TestResult {
  const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  const passed = new Set(found.filter(({ level }) => level === 'pass').map(({ requirement }) => requirement));
  const open = [...passed].map((requirement): Finding => {
    return { requirement, level: 'undecided', message: `the test was cut off: ${reason}`, exchanges: [] };
  });
  const outcome = outcomeOf(found);
  return {
    ...identity(test, startedAt),
    outcome: outcome === 'failed' || outcome === 'warned' ? outcome : 'blocked',
    reason,
    findings: [...found, ...open],
  };
}

function redacted(result: TestResult, redact: (text: string) => string): TestResult {
  return {
    ...result,
    ...(result.reason !== undefined && { reason: redact(result.reason) }),
    findings: result.findings.map((finding) => ({
      ...finding,
      message: redact(finding.message),
      ...(finding.expected !== undefined && { expected: redact(finding.expected) }),
      ...(finding.actual !== undefined && { actual: redact(finding.actual) }),
    })),
  };
}

function identity(test: PlannedTest, startedAt: Date): Omit<TestResult, 'outcome' | 'findings'> {
  const { id, suite, title } = test satisfies Test;
  return { id, suite, title, startedAt: startedAt.toISOString(), durationMs: Date.now() - startedAt.getTime() };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Between tests nobody listens, and that is no error.
  aborted.catch(() => undefined);
  return aborted;
}
