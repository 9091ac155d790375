import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type ReporterName,
  reporterNames,
  reporters,
  type TerminalOptions,
  usualReporters,
} from '../../reports/index.ts';
import { exitCodes, type Report, type Reporter, type RunEvent, UsageError } from '../kit/index.ts';
import { unknownWord } from './catalogue.ts';
import { machineEnd, machineOutput } from './machine-output.ts';
import { standardOutput } from './on-github.ts';
import type { RunOptions } from './run-and-report.ts';
import { terminalColumns } from './terminal-columns.ts';

export type OutputOptions = Pick<RunOptions, 'output' | 'reporter' | 'color' | 'quiet' | 'machine'>;

export interface Output {
  /** Where the reports go; it exists and can be written. */
  readonly folder: string;
  /** Shows the run as it goes on, and keeps results.json up to date. */
  readonly onEvent: (event: RunEvent, report: () => Report) => void;
  /**
   * Writes every report, and the summary on the terminal; a file that cannot be written is named, and spares the rest.
   *
   * @returns whether all was written
   */
  finish(report: Report): Promise<boolean>;
}

/** results.json is written anew while the run goes on, but may take at most this part of the time. */
const partOfTimeForSnapshots = 1 / 20;
const shortestPauseMs = 250;

/**
 * Prepares the reporters and the folder they write to.
 *
 * @throws UsageError when a reporter is unknown or the folder cannot be written
 */
export async function openOutput(options: OutputOptions): Promise<Output> {
  const names = (options.reporter ?? usualReporters).map(findReporter);
  const terminal = terminalOptions(options, names);
  const folder = await writableFolder(options.output);
  const chosen = await Promise.all(names.map((name) => reporters[name](terminal)));
  const files = chosen.filter(({ fileName }) => fileName !== null);
  const onTerminal = chosen.filter(({ fileName }) => fileName === null);
  for (const { fileName } of files) refuseFolder(join(folder, fileName ?? ''));
  const snapshot = files.find(({ name }) => name === 'json');
  const stdout = standardOutput();
  const show = options.machine
    ? machineOutput(process.stdout)
    : onTerminal.length > 0
      ? (await import('../../reports/terminal/live.ts')).createLiveOutput({
          ...terminal,
          stream: stdout,
          interactive: process.stdout.isTTY === true,
        })
      : () => {};

  let pending: NodeJS.Timeout | undefined;
  let pauseMs = shortestPauseMs;
  const takeSnapshot = (reporter: Reporter, report: Report) => {
    pending = undefined;
    const began = Date.now();
    // Where it cannot be written, the last one says so.
    writeReport(folder, reporter, report);
    pauseMs = Math.max(shortestPauseMs, (Date.now() - began) / partOfTimeForSnapshots);
  };
  return {
    folder,
    onEvent(event, report) {
      show(event);
      if (!snapshot) return;
      if (event.type === 'run-start') takeSnapshot(snapshot, report());
      if (event.type === 'test-end') pending ??= setTimeout(() => takeSnapshot(snapshot, report()), pauseMs).unref();
      if (event.type === 'run-end') clearTimeout(pending);
    },
    async finish(report) {
      const lost = new Map<Reporter, string>();
      for (const reporter of files) {
        const why = writeReport(folder, reporter, report);
        if (why !== null) lost.set(reporter, why);
      }
      for (const [{ fileName }, why] of lost) {
        process.stderr.write(`smart-check: ${join(folder, fileName ?? '')} cannot be written: ${why}\n`);
      }
      const written = files.filter((reporter) => !lost.has(reporter));
      const whole = lost.size === 0;
      if (options.machine) {
        const paths = written.flatMap(({ fileName }) => (fileName === null ? [] : [join(folder, fileName)]));
        process.stdout.write(machineEnd({ ...report, exitCode: exitCodeOf(report, whole) }, paths));
        return whole;
      }
      // The reporter's last line is the verdict, and stays the last.
      const readable = written.find(({ name }) => name === 'html') ?? written[0];
      if (readable?.fileName && onTerminal.length > 0 && !options.quiet) {
        stdout.write(
          `\nreport: ${join(folder, readable.fileName)}\n${wayToRepeat(report, snapshot && !lost.has(snapshot) ? join(folder, 'results.json') : null)}`,
        );
      }
      for (const reporter of onTerminal) for (const piece of reporter.render(report)) stdout.write(piece);
      return whole;
    },
  };
}

/** How to see the first thing found wrong by hand. */
function wayToRepeat({ requirements }: Report, file: string | null): string {
  const wrong = ['violated', 'warned']
    .map((verdict) => requirements.find((one) => one.verdict === verdict && !one.id.startsWith('profile/')))
    .find(Boolean);
  if (wrong === undefined) return '';
  return `by hand: smart-check explain ${wrong.id}${file === null ? '' : ` --report ${file}`}\n`;
}

function findReporter(name: string): ReporterName {
  const known = reporterNames.find((candidate) => candidate === name);
  if (known) return known;
  throw unknownWord('reporter', name, reporterNames);
}

function terminalOptions({ color, quiet = false }: OutputOptions, names: readonly ReporterName[]): TerminalOptions {
  const dumb = process.env.TERM === 'dumb';
  const wanted = color && !process.env.NO_COLOR && !dumb;
  return {
    color: wanted && (process.stdout.isTTY === true || Boolean(process.env.FORCE_COLOR)),
    columns: terminalColumns(),
    dumb,
    quiet,
    wholeIn: names.includes('html') ? 'report.html' : names.includes('json') ? 'results.json' : null,
  };
}

/** Like mkdir with `recursive`, which never ends in folders that refuse to hold any, such as /proc. */
async function makeFolder(folder: string): Promise<void> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  if (exists) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder);
}

async function writableFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await makeFolder(folder);
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--output: cannot write to ${folder}: ${reason}`);
  }
}

/**
 * The exit code of a run whose reports were all written, or were not: a requirement that does not hold, and an
 * interruption, come before what became of the reports.
 */
export function exitCodeOf({ exitCode }: Report, whole: boolean): number {
  const mild = exitCode === exitCodes.ok || exitCode === exitCodes.blocked;
  return exitCode === null || (mild && !whole) ? exitCodes.ownError : exitCode;
}

/** @throws UsageError when there is a folder where a report is to be */
function refuseFolder(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--output: cannot write to ${file}: it is a folder`);
  }
}

/**
 * Writes a document whole or not at all: whoever reads it meanwhile sees the one before.
 *
 * @returns why it could not be written: a full disk, for instance; null when it was
 */
function writeReport(folder: string, reporter: Reporter, report: Report): string | null {
  if (reporter.fileName === null) return null;
  const file = join(folder, reporter.fileName);
  const unfinished = `${file}.tmp`;
  try {
    const descriptor = openSync(unfinished, 'w');
    try {
      for (const piece of reporter.render(report)) writeWhole(descriptor, piece);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
    return null;
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (error instanceof Error && 'syscall' in error) return error.message;
    throw error;
  }
}

/** On a disk that is nearly full the first write takes what there is room for, and the next says why. */
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}
