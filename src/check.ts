import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suites } from '../suites/index.ts';
import { capabilityStatement } from './artifacts/capability-statement.ts';
import { secretsOf } from './config/secrets-of.ts';
import { createHttpClient } from './http/create-http-client.ts';
import { createRedactor } from './http/create-redactor.ts';
import { openExchangeLog } from './http/exchange-log.ts';
import { type Configuration, type Report, type RunEvent, type TestResult, tool, UsageError } from './kit/index.ts';
import { createArtifactStore } from './runner/artifact-store.ts';
import { execute } from './runner/execute.ts';
import { plan } from './runner/plan.ts';
import { buildReport } from './runner/report.ts';
import { exitCodeOf } from './runner/verdict.ts';

export interface CheckOptions {
  readonly configuration: Configuration;
  /** Ids of the suites to run; all unless given. */
  readonly suites?: readonly string[];
  /** Globs over test ids; all unless given. */
  readonly tests?: readonly string[];
  /** Tests at once; 8 unless given. */
  readonly concurrency?: number;
  /** For one request; 30 unless given. */
  readonly timeoutSeconds?: number;
  /** For the whole run; none unless given. */
  readonly deadlineSeconds?: number;
  /** What makes the exit code 1: a failure, or a warning already. */
  readonly failOn?: 'fail' | 'warn';
  /** Ids of suites that must be fully tested for exit code 0. */
  readonly require?: readonly string[];
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked for; the process's unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Interrupts the run: the report then holds what was done. */
  readonly signal?: AbortSignal;
  /** Where the exchanges are kept while the report is in use; a temporary folder unless given. */
  readonly spoolFolder?: string;
  /** Told of each event, with a way to the report as it stands. */
  readonly onEvent?: (event: RunEvent, report: () => Report) => void;
}

export interface Checked {
  readonly report: Report;
  /** Removes the exchanges from disk; `report.exchanges` cannot be read afterwards. */
  dispose(): Promise<void>;
}

/** No document of a server needs as much; one that goes on sending has not served a document. */
const maxBodyBytes = 16 * 1024 * 1024;

/**
 * Checks a target and reports.
 *
 * @throws UsageError when a suite or a test that was asked for does not exist
 */
export async function check(options: CheckOptions): Promise<Checked> {
  const { configuration, concurrency = 8, timeoutSeconds = 30, failOn = 'fail', require = [] } = options;
  const { specVersion, fhirBaseUrl } = configuration;
  const chosen = plan(suites, { specVersion, suites: options.suites ?? [], tests: options.tests ?? [] });
  for (const id of require) {
    if (!suites.some((suite) => suite.id === id)) throw new UsageError(`--require: there is no suite "${id}"`);
  }

  const spool = await openSpool(options.spoolFolder);
  const { secrets, headerNames } = secretsOf(configuration);
  const redact = createRedactor({ secrets, headerNames });
  const limits = withDeadline(options.signal, options.deadlineSeconds);
  const http = createHttpClient({
    timeoutMs: timeoutSeconds * 1000,
    maxBodyBytes,
    insecure: configuration.tls.insecure,
    ...(configuration.tls.ca !== undefined && { ca: configuration.tls.ca }),
    targetHeaders: {
      headers: configuration.headers,
      isTargetOrigin: (origin) => fhirBaseUrl !== null && new URL(fhirBaseUrl).origin === origin,
    },
    record: (exchange) => spool.log.append(redact(exchange)),
    signal: limits.signal,
    env: options.env ?? process.env,
    userAgent: `smart-check/${tool().version}`,
  });
  const store = createArtifactStore({ configuration, http });

  const startedAt = new Date();
  const results: (TestResult | undefined)[] = [];
  const state = {
    finishedAt: null as Date | null,
    exitCode: null as number | null,
    fhirVersion: null as string | null,
  };
  const report = () =>
    buildReport({
      plan: chosen,
      tool: tool(),
      target: { fhirBaseUrl, specVersion, fhirVersion: configuration.fhirVersion ?? state.fhirVersion },
      startedAt,
      finishedAt: state.finishedAt,
      exitCode: state.exitCode,
      require,
      results: results.filter((result) => result !== undefined),
      exchanges: spool.log,
    });
  const emit = (event: RunEvent) => options.onEvent?.(event, report);

  try {
    emit({ type: 'run-start', target: report().target, tests: chosen.tests });
    await execute(chosen, results, { store, concurrency, signal: limits.signal, emit });
    state.fhirVersion = await learnedFhirVersion(store);
    state.finishedAt = new Date();
    state.exitCode = exitCodeOf(report().tests, { failOn, require, interrupted: options.signal?.aborted ?? false });
    const finished = report();
    emit({ type: 'run-end', report: finished });
    return { report: finished, dispose: spool.dispose };
  } catch (error) {
    await spool.dispose();
    throw error;
  } finally {
    limits.release();
    await store.releaseAll();
    await http.close();
  }
}

/** What /metadata said, when a test has asked for it; a run asks nothing only to fill in the report. */
async function learnedFhirVersion(store: ReturnType<typeof createArtifactStore>): Promise<string | null> {
  const statement = await store.ifObtained(capabilityStatement);
  const version = statement?.resource.fhirVersion;
  return typeof version === 'string' ? version : null;
}

async function openSpool(folder: string | undefined) {
  const own = folder === undefined ? await mkdtemp(join(tmpdir(), 'smart-check-')) : null;
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const log = openExchangeLog(join(own ?? folder ?? '', '.exchanges.jsonl'));
  const dispose = async () => {
    log.remove();
    if (own) await rm(own, { recursive: true, force: true });
  };
  return { log, dispose };
}

/** One signal for the caller's interruption and the run's deadline. */
function withDeadline(interruption: AbortSignal | undefined, deadlineSeconds: number | undefined) {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Error('the run was interrupted'));
  interruption?.addEventListener('abort', interrupt, { once: true });
  if (interruption?.aborted) interrupt();
  const timer =
    deadlineSeconds === undefined
      ? undefined
      : setTimeout(
          () => controller.abort(new Error(`the run's deadline of ${deadlineSeconds} s had passed`)),
          deadlineSeconds * 1000,
        );
  const release = () => {
    clearTimeout(timer);
    interruption?.removeEventListener('abort', interrupt);
  };
  return { signal: controller.signal, release };
}
