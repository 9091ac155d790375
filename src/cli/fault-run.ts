import { setTimeout as wait } from 'node:timers/promises';
import { suites } from '../../suites/index.ts';
import type { Chromium } from '../browser/chromium.ts';
import { createPlainBrowser } from '../browser/plain/create-plain-browser.ts';
import { check } from '../index.ts';
import type { Accusation, FaultRun, FaultVerdict, Finding, Report, Test } from '../kit/index.ts';
import type { Fault } from '../server/index.ts';
import { allTests } from './catalogue.ts';
import { chance, opensBrowser, sampleBeside } from './fault-sample.ts';
import { lookTheDayBefore } from './look-the-day-before.ts';
import { noProxy, withReferenceServer } from './with-reference-server.ts';

export interface FaultRunOptions {
  readonly chromium: Chromium;
  readonly seed: number;
  /** Every test, as in an ordinary self-test. */
  readonly exhaustive: boolean;
  readonly concurrency: number;
  /** For one request or page. */
  readonly timeoutSeconds: number;
  /** After which a fault run is given up. */
  readonly limitSeconds: number;
}

type Setting = FaultRun['setting'];

/** One fault in so many is driven by a real browser at once. */
const browserEvery = 40;
/** For what hangs though the run's deadline has passed. */
const graceMs = 10_000;

/**
 * Runs the tests of the requirement that a fault breaks, and some others, against the server that has it: without a
 * browser first, since most faults show so for a tenth of the time; whatever comes of it but a fault that is caught is
 * tried again with a real one. Never throws: what goes wrong is in the result.
 */
export async function runFault(fault: Fault, options: FaultRunOptions): Promise<FaultRun> {
  const draw = `${options.seed} ${fault.id}`;
  const all = allTests(suites);
  const deciding = all.filter(({ id, requirements }) =>
    fault.blinds === undefined ? requirements.includes(fault.requirement) : id === fault.blinds,
  );
  const tests = options.exhaustive ? all : [...deciding, ...sampleBeside(deciding, all, draw)];
  const isBrowsing = tests.some(opensBrowser);
  const isDrawn = deciding.some(opensBrowser) && chance(draw) < 1 / browserEvery;
  if (isDrawn) return attempt(fault, 'browser', tests, deciding, options);
  const plain = await attempt(fault, 'plain', tests, deciding, options);
  if (plain.verdict === 'caught' || !isBrowsing) return plain;
  const run = await attempt(fault, 'browser', tests, deciding, options);
  return { ...run, journeys: plain.journeys + run.journeys, durationMs: plain.durationMs + run.durationMs };
}

async function attempt(
  fault: Fault,
  setting: Setting,
  tests: readonly Test[],
  deciding: readonly Test[],
  options: FaultRunOptions,
): Promise<FaultRun> {
  const startedAt = Date.now();
  const limitMs = options.limitSeconds * 1000 + graceMs;
  const running = new AbortController();
  const judged = await Promise.race([
    runTests(fault, setting, tests, deciding, options).catch((thrown: unknown) => failed(reasonOf(thrown))),
    wait(limitMs, failed(`the run had not ended after ${limitMs / 1000} s`), { signal: running.signal, ref: false }),
  ]);
  running.abort();
  return concluded(fault, setting, tests, judged, Date.now() - startedAt);
}

/** A run that came to nothing. */
export function givenUp(fault: Fault, error: string): FaultRun {
  return concluded(fault, 'plain', [], failed(error), 0);
}

function concluded(
  { id, requirement, level, summary }: Fault,
  setting: Setting,
  tests: readonly Test[],
  judged: Judged,
  durationMs: number,
): FaultRun {
  return {
    ...{ id, requirement, level, summary, setting },
    ...judged,
    verdict: verdictOf(judged),
    tests: tests.map((test) => test.id),
    durationMs,
  };
}

type Judged = Pick<FaultRun, 'caught' | 'accused' | 'accusers' | 'falseAccusations' | 'errors' | 'journeys'>;

async function runTests(
  fault: Fault,
  setting: Setting,
  tests: readonly Test[],
  deciding: readonly Test[],
  { chromium, concurrency, timeoutSeconds, limitSeconds }: FaultRunOptions,
): Promise<Judged> {
  const { report, dispose } = await withReferenceServer({ fault }, async (reference) => {
    const { configuration, time } = reference;
    const driven = setting === 'plain' ? { browseBy: createPlainBrowser } : { chromium };
    // Those that are drawn by chance have seen nothing before, and judge nothing.
    const before = { suite: [], test: deciding.map(({ id }) => id), ...driven };
    const memory = await lookTheDayBefore(reference, before);
    return check({
      ...{ configuration, time, memory, concurrency, timeoutSeconds },
      ...driven,
      env: noProxy,
      tests: tests.map(({ id }) => id),
      deadlineSeconds: limitSeconds,
    });
  });
  const judged = judge(fault, report);
  await dispose();
  return judged;
}

/** Whether a report holds the finding that a fault deserves, and none that it does not. */
export function judge(
  { requirement, level, blinds, also }: Pick<Fault, 'requirement' | 'level' | 'blinds' | 'also'>,
  report: Pick<Report, 'tests' | 'journeys'>,
): Judged {
  const accusing = ({ level: at }: Finding) => at === 'fail' || at === 'warn';
  const accusations = report.tests.flatMap(({ findings }) => findings.filter(accusing));
  const isDeserved = (id: string) => (id === requirement && level !== 'undecided') || also.includes(id);
  const blinded = report.tests.find(({ id }) => id === blinds);
  // A test that was blocked has not looked.
  const isOpen =
    blinded?.why === 'undecided' && !blinded.findings.some((finding) => finding.level === 'pass' || accusing(finding));
  const accused = [...new Set(accusations.map((finding) => finding.requirement))].sort().map((id): Accusation => {
    const isFailed = accusations.some((finding) => finding.requirement === id && finding.level === 'fail');
    return { requirement: id, level: isFailed ? 'fail' : 'warn', deserved: isDeserved(id) };
  });
  return {
    caught:
      level === 'undecided'
        ? isOpen
        : accusations.some((finding) => finding.requirement === requirement && finding.level === level),
    accused,
    accusers: report.tests.filter(({ findings }) => findings.some(accusing)).map(({ id }) => id),
    falseAccusations: accusations.filter((finding) => !isDeserved(finding.requirement)),
    errors: report.tests.filter(({ outcome }) => outcome === 'errored').map(({ id, reason }) => `${id}: ${reason}`),
    journeys: report.journeys.length,
  };
}

function verdictOf({ caught, falseAccusations, errors }: Judged): FaultVerdict {
  if (errors.length > 0) return 'errored';
  if (falseAccusations.length > 0) return 'unjust';
  return caught ? 'caught' : 'missed';
}

function failed(error: string): Judged {
  return { caught: false, accused: [], accusers: [], falseAccusations: [], errors: [error], journeys: 0 };
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
