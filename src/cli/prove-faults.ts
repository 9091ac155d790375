import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suites } from '../../suites/index.ts';
import { browser, launcher } from '../artifacts/launcher.ts';
import { type Chromium, createChromium } from '../browser/chromium.ts';
import { check } from '../index.ts';
import { type Artifact, type Finding, type Report, type Test, UsageError } from '../kit/index.ts';
import { globMatcher } from '../runner/plan.ts';
import { exitCodes } from '../runner/verdict.ts';
import { type Fault, faults } from '../server/index.ts';
import { allTests } from './catalogue.ts';
import { lookTheDayBefore } from './look-the-day-before.ts';
import { openOutput } from './output.ts';
import { seededShuffle } from './seeded-shuffle.ts';
import type { SelfTestOptions } from './self-test.ts';
import { noProxy, withReferenceServer } from './with-reference-server.ts';

/**
 * Tests beside those of the broken requirement, drawn by chance for each fault: they must accuse nobody. Those that open
 * the browser cost a hundred times as much as the others, so few of them are drawn, and for a fault that shows without a
 * browser none.
 */
const sampleSize = { plain: 12, browsing: 2 };

/** Servers running at once. */
const faultsAtOnce = 3;

/** What one fault came to; faults.json holds an array of them. */
interface FaultRun {
  readonly id: string;
  readonly requirement: string;
  readonly level: string;
  readonly caught: boolean;
  /** The findings on other requirements, which the server does not deserve. */
  readonly falseAccusations: readonly Finding[];
  /** Ids of tests that failed by our own fault, with the reason. */
  readonly errors: readonly string[];
  readonly tests: readonly string[];
  readonly durationMs: number;
}

/**
 * Starts the reference server with each fault in turn and demands a finding on the broken requirement, at the level the
 * fault states, and none on requirements it has nothing to do with. Writes faults.json.
 *
 * @returns the exit code: 1 when a fault went unnoticed or somebody was accused falsely
 */
export async function proveFaults(options: SelfTestOptions, globs: string): Promise<number> {
  const matchers = globs.split(',').map(globMatcher);
  const chosen = faults.filter(({ id }) => matchers.some((matches) => matches(id)));
  if (chosen.length === 0)
    throw new UsageError(`no fault matches "${globs}"; "smart-check list faults" shows them all`);
  const { folder } = await openOutput({ ...options, reporter: [] });
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const startedAt = Date.now();

  const chromium = createChromium({ headed: false, loopbackOnly: true, env: noProxy });
  const runs: FaultRun[] = [];
  const queue = chosen.values();
  const work = async () => {
    for (const fault of queue) {
      const run = await runWithFault(fault, seed, options, chromium);
      runs.push(run);
      if (!options.quiet || !isProven(run)) print(run);
    }
  };
  await Promise.all(Array.from({ length: faultsAtOnce }, work));
  await chromium.close();

  runs.sort((one, other) => one.id.localeCompare(other.id));
  await writeFile(join(folder, 'faults.json'), `${JSON.stringify({ seed, runs }, null, 2)}\n`);
  const missed = runs.filter(({ caught }) => !caught);
  const unjust = runs.filter(({ falseAccusations }) => falseAccusations.length > 0);
  const errored = runs.filter(({ errors }) => errors.length > 0);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    `\n${runs.length} faults: ${runs.length - missed.length} caught, ${missed.length} missed, ` +
      `${unjust.length} with a false accusation, ${errored.length} with an error of ours; ${seconds} s, seed ${seed}\n` +
      `${join(folder, 'faults.json')}\n`,
  );
  if (missed.length > 0 || unjust.length > 0) return exitCodes.violated;
  return errored.length > 0 ? exitCodes.ownError : exitCodes.ok;
}

async function runWithFault(
  fault: Fault,
  seed: number,
  options: SelfTestOptions,
  chromium: Chromium,
): Promise<FaultRun> {
  const startedAt = Date.now();
  const tests = allTests(suites);
  const deciding = tests.filter(({ requirements }) => requirements.includes(fault.requirement));
  const isBrowsing = deciding.some(needsBrowser);
  const asked = [
    ...deciding,
    ...sampleFor(
      fault,
      isBrowsing,
      tests.filter((test) => !deciding.includes(test)),
      seed,
    ),
  ];
  const { report, dispose } = await withReferenceServer({ fault }, async (reference) => {
    // Those that are drawn by chance have seen nothing before, and judge nothing.
    const memory = await lookTheDayBefore(reference, { suite: [], test: deciding.map(({ id }) => id), chromium });
    return check({
      configuration: reference.configuration,
      env: noProxy,
      tests: asked.map(({ id }) => id),
      concurrency: options.concurrency,
      timeoutSeconds: options.timeout,
      memory,
      chromium,
    });
  });
  await dispose();
  return { ...judge(fault, report), tests: asked.map(({ id }) => id), durationMs: Date.now() - startedAt };
}

function sampleFor(fault: Fault, isBrowsing: boolean, others: readonly Test[], seed: number): readonly Test[] {
  const order = seededShuffle(
    others.map(({ id }) => id),
    `${seed} ${fault.id}`,
  );
  const shuffled = [...others].sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  const plain = shuffled.filter((test) => !needsBrowser(test)).slice(0, sampleSize.plain);
  const browsing = shuffled.filter(needsBrowser).slice(0, isBrowsing ? sampleSize.browsing : 0);
  return [...plain, ...browsing];
}

/** Who can do without a launcher opens the browser only where nothing else serves. */
function needsBrowser({ needs }: { readonly needs: readonly Artifact[] }): boolean {
  return needs.some(
    (artifact) => artifact === browser || (artifact.optionally?.artifact !== launcher && needsBrowser(artifact)),
  );
}

/** Whether a report holds the finding that a fault deserves, and none that it does not. */
export function judge(fault: Fault, report: Report): Omit<FaultRun, 'tests' | 'durationMs'> {
  const { id, requirement, level, also } = fault;
  const accusations = report.tests
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.level === 'fail' || finding.level === 'warn');
  const errored = report.tests.filter(({ outcome }) => outcome === 'errored');
  return {
    id,
    requirement,
    level,
    caught: accusations.some((finding) => finding.requirement === requirement && finding.level === level),
    falseAccusations: accusations.filter((finding) => {
      return finding.requirement !== requirement && !also.includes(finding.requirement);
    }),
    errors: errored.map((test) => `${test.id}: ${test.reason}`),
  };
}

function isProven({ caught, falseAccusations, errors }: FaultRun): boolean {
  return caught && falseAccusations.length === 0 && errors.length === 0;
}

function print(run: FaultRun): void {
  const lines = [
    `${isProven(run) ? 'caught' : run.caught ? 'WRONG ' : 'MISSED'}  ${run.id}`,
    ...run.falseAccusations.map(({ requirement, message }) => `        falsely accused: ${requirement}: ${message}`),
    ...run.errors.map((error) => `        our own error: ${error}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
