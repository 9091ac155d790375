import { type CheckOptions, check, readBaseline, readProfile } from '../index.ts';
import { exitCodes } from '../kit/index.ts';
import { parseShard } from '../runner/shard.ts';
import { holdFolder } from './hold-folder.ts';
import { tellGithub } from './on-github.ts';
import { exitCodeOf, openOutput } from './output.ts';

/** The options of every command that runs tests. */
export interface RunOptions {
  readonly suite: readonly string[];
  readonly test: readonly string[];
  readonly output: string;
  readonly reporter?: readonly string[];
  readonly failOn: 'fail' | 'warn';
  readonly concurrency: number;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly deadline?: number;
  readonly color: boolean;
  readonly quiet?: boolean;
  /** The name of a profile, or its file. */
  readonly profile?: string;
  /** The file of the findings that are known. */
  readonly baseline?: string;
  /** How often a request that met with transport trouble is sent again. */
  readonly retry?: number;
  /** Which of how many: `1/3`. */
  readonly shard?: string;
  /** JSON lines on stdout, and nothing else. */
  readonly machine?: boolean;
}

/** SIGHUP comes when the terminal is closed. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs tests with live output and writes the reports. Ctrl-C, SIGTERM and SIGHUP end the run with the report of what was
 * done; the second of them ends the program.
 *
 * @returns the exit code
 * @throws UsageError when a reporter or test is unknown, or the output folder cannot be written
 */
export async function runAndReport(options: RunOptions, target: CheckOptions): Promise<number> {
  const profile = options.profile === undefined ? undefined : await readProfile(options.profile);
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline, profile);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const output = await openOutput(options);
  const release = holdFolder(output.folder);
  const interruption = new AbortController();
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort();
  };
  for (const signal of endings) process.on(signal, interrupt);
  try {
    const { report, dispose } = await check({
      ...target,
      suites: options.suite,
      tests: options.test,
      concurrency: options.concurrency,
      timeoutSeconds: options.timeout,
      ...(options.deadline !== undefined && { deadlineSeconds: options.deadline }),
      failOn: options.failOn,
      ...(profile && { profile }),
      ...(baseline && { baseline }),
      ...(shard && { shard }),
      ...(options.retry !== undefined && { retries: options.retry }),
      signal: interruption.signal,
      spoolFolder: output.folder,
      outputFolder: output.folder,
      onEvent: output.onEvent,
    });
    try {
      await tellGithub(report, options);
      return exitCodeOf(report, await output.finish(report));
    } finally {
      await dispose();
    }
  } finally {
    for (const signal of endings) process.off(signal, interrupt);
    release();
  }
}
