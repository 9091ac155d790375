import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { faultsPage } from '../../reports/html/faults.ts';
import { duration } from '../../reports/wording.ts';
import { suites } from '../../suites/index.ts';
import {
  exitCodes,
  type FaultProof,
  type FaultRun,
  type FaultVerdict,
  globMatcher,
  suiteOf,
  tool,
  UsageError,
} from '../kit/index.ts';
import { type Fault, faults } from '../server/index.ts';
import { allTests } from './catalogue.ts';
import { createFaultRunner, createThreadedRunner, type FaultRunner, type RunnerOptions } from './fault-runner.ts';
import { foldOnTerminal } from './fold.ts';
import { openOutput } from './output.ts';
import { printTable } from './print-table.ts';
import type { SelfTestOptions } from './self-test.ts';

/** One thread for so many faults: a thread takes a second to begin. */
const faultsForThread = 8;
/** Servers running at once in each thread. */
const atOnceInEach = 3;

/** Seconds after which a fault run is given up. */
const limits = { sampled: 120, exhaustive: 600 };

/**
 * Starts the reference server with each fault in turn and demands a finding on the broken requirement, at the level the
 * fault states, and none on requirements it has nothing to do with. Writes faults.json and faults.html.
 *
 * @returns the exit code: 1 when a fault went unnoticed, somebody was accused falsely, or a test failed under no fault at all
 */
export async function proveFaults(options: SelfTestOptions, globs: string): Promise<number> {
  const matchers = globs.split(',').map(globMatcher);
  const chosen = faults.filter(({ id }) => matchers.some((matches) => matches(id)));
  if (chosen.length === 0)
    throw new UsageError(`no fault matches "${globs}"; "smart-check list faults" shows them all`);
  const { folder } = await openOutput({ ...options, reporter: [] });
  const { exhaustive = false, seed = Math.floor(Math.random() * 2 ** 31), quiet = false } = options;
  let writtenAt = Date.now();
  const proof = await prove(chosen, {
    ...{ exhaustive, seed },
    threads: Math.min(availableParallelism(), Math.floor(chosen.length / faultsForThread)),
    concurrency: options.concurrency,
    timeoutSeconds: options.timeout,
    limitSeconds: exhaustive ? limits.exhaustive : limits.sampled,
    onRun(run, soFar) {
      if (!quiet || run.verdict !== 'caught' || run.before !== undefined) print(run);
      if (Date.now() - writtenAt < writeEveryMs) return;
      writtenAt = Date.now();
      writeProof(soFar(), folder);
    },
  });
  writeProof(proof, folder);
  conclude(proof, folder);
  const { missed, unjust, errored } = proof.summary;
  const unseen = proof.neverSeenFailing?.length ?? 0;
  if (missed > 0 || unjust > 0 || unseen > 0) return exitCodes.violated;
  return errored > 0 ? exitCodes.ownError : exitCodes.ok;
}

/** So that a run that is broken off leaves what it had. */
const writeEveryMs = 10_000;

function writeProof(proof: FaultProof, folder: string): void {
  writeFileSync(join(folder, 'faults.json'), `${JSON.stringify(proof, null, 2)}\n`);
  writeFileSync(join(folder, 'faults.html'), [...faultsPage(proof)].join(''));
}

export interface ProveOptions extends RunnerOptions {
  /** Each in a thread of its own; for faults of the catalogue. Unless given, all run in this one. */
  readonly threads?: number;
  /** Told of each fault as soon as it is decided, with a way to the proof as it stands. */
  readonly onRun?: (run: FaultRun, soFar: () => FaultProof) => void;
}

/** Proves each of these faults, several at once. What goes wrong with one does not stop the others. */
export async function prove(chosen: readonly Fault[], options: ProveOptions): Promise<FaultProof> {
  const { threads = 0, onRun, ...running } = options;
  const { seed, exhaustive } = running;
  const startedAt = new Date();
  const runners =
    threads > 0 ? Array.from({ length: threads }, () => createThreadedRunner(running)) : [createFaultRunner(running)];
  const runs: FaultRun[] = [];
  const soFar = (): FaultProof => {
    const number = (verdict: FaultVerdict) => runs.filter((run) => run.verdict === verdict).length;
    return {
      schemaVersion: 1,
      tool: tool(),
      ...{ seed, exhaustive },
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      summary: {
        caught: number('caught'),
        missed: number('missed'),
        unjust: number('unjust'),
        errored: number('errored'),
      },
      ...(runs.length === faults.length && { neverSeenFailing: neverSeenFailing(runs) }),
      runs: [...runs].sort((one, other) => one.id.localeCompare(other.id)),
    };
  };
  const queue = chosen.values();
  const work = async (runner: FaultRunner) => {
    for (const fault of queue) {
      const run = await runner.run(fault);
      runs.push(run);
      onRun?.(run, soFar);
    }
  };
  const atOnce = runners.flatMap((runner) => Array.from({ length: atOnceInEach }, () => work(runner)));
  await Promise.all(atOnce);
  await Promise.all(runners.map((runner) => runner.close()));
  // What a crowded machine or a shared browser does to a run is no verdict on the kit: both are told.
  for (const [index, { id, verdict }] of runs.entries()) {
    const fault = chosen.find((candidate) => candidate.id === id);
    if (verdict === 'caught' || !fault) continue;
    const run = { ...(await runAlone(fault, running)), before: verdict };
    runs[index] = run;
    onRun?.(run, soFar);
  }
  return soFar();
}

function neverSeenFailing(runs: readonly FaultRun[]): readonly string[] {
  const seen = new Set(runs.flatMap(({ accusers }) => accusers));
  return allTests(suites)
    .filter(({ id, informs = false }) => !informs && !seen.has(id))
    .map(({ id }) => id);
}

async function runAlone(fault: Fault, options: RunnerOptions): Promise<FaultRun> {
  const runner = createFaultRunner(options);
  try {
    return await runner.run(fault);
  } finally {
    await runner.close();
  }
}

const words: Readonly<Record<FaultVerdict, string>> = {
  caught: 'caught ',
  missed: 'MISSED ',
  unjust: 'UNJUST ',
  errored: 'ERRORED',
};

function print(run: FaultRun): void {
  const lines = [
    `${words[run.verdict]}  ${run.id}${run.before === undefined ? '' : `, tried again alone; among others ${run.before}`}`,
    ...(run.caught || run.verdict === 'missed' ? [] : ['         not noticed either']),
    ...run.falseAccusations.map(({ requirement, message }) => `         falsely accused: ${requirement}: ${message}`),
    ...run.errors.map((error) => `         our own error: ${error}`),
  ];
  process.stdout.write(foldOnTerminal(`${lines.join('\n')}\n`));
}

/** The summary, suite by suite. */
function conclude(
  { runs, summary, neverSeenFailing: unseen = [], durationMs, seed }: FaultProof,
  folder: string,
): void {
  const names = [...new Set(runs.map(({ id }) => suiteOf(id)))];
  const rows = names.map((suite) => {
    const its = runs.filter(({ id }) => suiteOf(id) === suite);
    const of = (verdict: FaultVerdict) => `${its.filter((run) => run.verdict === verdict).length}`;
    const requirements = new Set(its.map(({ requirement }) => requirement)).size;
    const [caught, missed, unjust, errored] = [of('caught'), of('missed'), of('unjust'), of('errored')];
    return { suite, faults: `${its.length}`, requirements: `${requirements}`, caught, missed, unjust, errored };
  });
  const columns = ['suite', 'faults', 'requirements', 'caught', 'missed', 'unjust', 'errored'];
  process.stdout.write('\n');
  printTable([Object.fromEntries(columns.map((column) => [column, column])), ...rows], columns);
  const again = runs.filter(({ before }) => before !== undefined).length;
  if (again > 0)
    process.stdout.write(`\n${again} tried again alone, since among others they were not caught as they should be\n`);
  for (const id of unseen) process.stdout.write(`\nNEVER SEEN FAILING  ${id}`);
  process.stdout.write(
    foldOnTerminal(
      `\n${runs.length} faults: ${runs.filter(({ caught }) => caught).length} caught, ${runs.filter(({ caught }) => !caught).length} missed, ` +
        `${summary.unjust} with a false accusation, ${summary.errored} with an error of ours; ${duration(durationMs)}, seed ${seed}\n` +
        `${join(folder, 'faults.html')}\n${join(folder, 'faults.json')}\n`,
    ),
  );
}
