import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { suites } from '../suites/index.ts';
import { profileSuite } from '../suites/profiles/index.ts';
import { capabilityStatement } from './artifacts/capability-statement.ts';
import { createDoubts } from './artifacts/doubts.ts';
import { fhirVersion } from './artifacts/fhir-version.ts';
import type { Chromium } from './browser/chromium.ts';
import { createBrowser } from './browser/create-browser.ts';
import type { AuthorizeBrowser, JourneyOutcome } from './browser/journey.ts';
import { createJourneyLog } from './browser/journey-log.ts';
import type { PlainBrowserOptions } from './browser/plain/create-plain-browser.ts';
import { secretsOf } from './config/secrets-of.ts';
import { statedVersion } from './fhir/release.ts';
import { createHttpClient } from './http/create-http-client.ts';
import { createRedactor } from './http/create-redactor.ts';
import { openExchangeLog } from './http/exchange-log.ts';
import { guardWrites } from './http/guard-writes.ts';
import { createOutageWatch } from './http/outages.ts';
import {
  type Baseline,
  type Configuration,
  didYouMean,
  type Exchange,
  type Memory,
  type Profile,
  type Report,
  type RunEvent,
  type Shard,
  type SpecVersion,
  type TestResult,
  type Time,
  tool,
  UsageError,
} from './kit/index.ts';
import { createTokenClock } from './oauth/token-clock.ts';
import { createTokenKeeper } from './oauth/token-keeper.ts';
import { createArtifactStore } from './runner/artifact-store.ts';
import { execute } from './runner/execute.ts';
import { type Plan, plan } from './runner/plan.ts';
import { buildReport } from './runner/report.ts';
import { exitCodeOf } from './runner/verdict.ts';
import { capabilitySets } from './smart/capabilities.ts';

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
  /** Findings that are known and borne for a while. */
  readonly baseline?: Baseline;
  /** The part of the tests to run; `report merge` joins the reports of the parts. */
  readonly shard?: Shard;
  /** How often a request that met with transport trouble is sent again; never unless given. */
  readonly retries?: number;
  /** What the server is held to beside the guide; what is open of it makes the exit code 1, too. */
  readonly profile?: Profile;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked for; the process's unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Interrupts the run: the report then holds what was done. */
  readonly signal?: AbortSignal;
  /** Where the exchanges are kept while the report is in use; a temporary folder unless given. */
  readonly spoolFolder?: string;
  /** Where pictures of the pages are kept, in a folder `attachments`; none are taken unless given. */
  readonly outputFolder?: string;
  /** Shows the browser. */
  readonly headed?: boolean;
  /** What earlier runs saw, and where to keep what this one sees; nothing unless given. */
  readonly memory?: Memory;
  /** Lets time pass; by waiting unless given. */
  readonly time?: Time;
  /** A browser to share with other runs; one of its own, started when first needed, unless given. */
  readonly chromium?: Chromium;
  /** Another way through the pages of a server than a real browser. */
  readonly browseBy?: (options: PlainBrowserOptions) => AuthorizeBrowser;
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
  const { concurrency = 8, timeoutSeconds = 30, failOn = 'fail', require = [] } = options;
  const configuration = claiming(options.profile, options.configuration);
  const { specVersion, fhirBaseUrl } = configuration;
  const chosen = choose(options, specVersion);
  for (const id of require) {
    if (!suites.some((suite) => suite.id === id)) {
      const ids = suites.map((suite) => suite.id);
      throw new UsageError(
        `--require: there is no suite "${id}"${didYouMean(id, ids) || `; the suites are ${ids.join(', ')}`}`,
      );
    }
  }

  const spool = await openSpool(options.spoolFolder);
  const { secrets, headerNames } = secretsOf(configuration);
  const redact = createRedactor({ secrets, headerNames });
  const limits = withDeadline(options.signal, options.deadlineSeconds);
  const nextId = counter();
  const tokenClock = createTokenClock();
  const outages = createOutageWatch();
  const doubts = createDoubts(configuration);
  const tokenKeeper = createTokenKeeper(tokenClock);
  const retried = new Set<string>();
  const record = (exchange: Exchange) => {
    tokenClock.see(exchange);
    outages.see(exchange);
    doubts.see(exchange);
    // Where no attempt got through, nothing is flaky: many a test expects that nobody answers.
    const again = exchange.retryOf && exchange.response ? [exchange.id, ...exchange.retryOf] : [];
    for (const id of again) retried.add(id);
    spool.log.append(redact(exchange));
  };
  const env = options.env ?? process.env;
  const client = createHttpClient({
    nextId,
    timeoutMs: timeoutSeconds * 1000,
    maxBodyBytes,
    insecure: configuration.tls.insecure,
    ...(configuration.tls.ca !== undefined && { ca: configuration.tls.ca }),
    targetHeaders: {
      headers: configuration.headers,
      isTargetOrigin: (origin) => fhirBaseUrl !== null && new URL(fhirBaseUrl).origin === origin,
    },
    record,
    signal: limits.signal,
    env,
    ...(options.retries !== undefined && { retries: options.retries }),
    userAgent: `smart-check/${tool().version}`,
  });
  const http = tokenKeeper.keeping(guardWrites(client, configuration));
  const journeys = createJourneyLog({ folder: options.outputFolder, redact: redact.text });
  const onJourney = async (outcome: JourneyOutcome, startedAt: Date) => {
    doubts.seeJourney(outcome);
    await journeys.add(outcome, startedAt);
  };
  const browser =
    options.browseBy?.({ http: client, onJourney }) ??
    createBrowser({
      nextId,
      record,
      env,
      timeoutMs: timeoutSeconds * 1000,
      tls: configuration.tls,
      headed: options.headed ?? configuration.authorize.drive === 'manual',
      loopbackOnly: false,
      screenshots: options.outputFolder !== undefined,
      ...(options.chromium && { chromium: options.chromium }),
      onJourney,
      signal: limits.signal,
    });
  const store = createArtifactStore({
    configuration,
    http,
    browser,
    tokenKeeper,
    recorder: { nextId, record },
    stateFile: options.memory ?? null,
    time: options.time ?? waitingTime(limits.signal),
    progress: (message: string) => options.onEvent?.({ type: 'progress', message }, report),
  });

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
      policy: { failOn, require },
      retried,
      hintFor: (ids) => {
        const hint = doubts.hintFor(ids);
        return hint === null ? null : redact.text(hint);
      },
      ...(options.shard && { shard: options.shard }),
      ...(options.baseline && { baseline: options.baseline }),
      ...(options.profile && { profile: options.profile }),
      results: results.filter((result) => result !== undefined),
      journeys: journeys.records,
      exchanges: spool.log,
      picture: journeys.picture,
    });
  const emit = (event: RunEvent) => options.onEvent?.(event, report);

  try {
    emit({ type: 'run-start', target: report().target, tests: chosen.tests });
    await execute(chosen, results, {
      store,
      concurrency,
      signal: limits.signal,
      emit,
      isTooLate: tokenClock.isTooLate,
      outageOf: outages.outageOf,
      isOutlived: tokenKeeper.isOutlived,
      redact: redact.text,
    });
    state.fhirVersion = await learnedFhirVersion(store);
    state.finishedAt = new Date();
    const { tests, profile } = report();
    state.exitCode = exitCodeOf(tests, {
      failOn,
      require,
      interrupted: options.signal?.aborted ?? false,
      ...(profile && { profile }),
      ...(options.shard && { shard: options.shard }),
    });
    const finished = report();
    emit({ type: 'run-end', report: finished });
    return { report: finished, dispose: spool.dispose };
  } catch (error) {
    await spool.dispose();
    throw error;
  } finally {
    limits.release();
    await store.releaseAll();
    await browser.close();
    await http.close();
  }
}

/** Plans the tests that were asked for, with those of the profile. */
function choose({ profile, shard, suites: named = [], tests = [] }: CheckOptions, specVersion: SpecVersion): Plan {
  const part = shard ? { shard } : {};
  if (!profile) return plan(suites, { specVersion, suites: named, tests, ...part });
  if (profile.specVersions && !profile.specVersions.includes(specVersion)) {
    const versions = profile.specVersions.join(', ');
    throw new UsageError(
      `${profile.id} is about version ${versions} of the guide, not ${specVersion} (--spec-version)`,
    );
  }
  const advertised = profileSuite(profile);
  const own = advertised.tests.length > 0 ? [advertised] : [];
  const withOwn = (asked: readonly string[], also: string) =>
    asked.length > 0 && own.length > 0 ? [...asked, also] : asked;
  const chosen = plan([...own, ...suites], {
    specVersion,
    suites: withOwn(named, advertised.id),
    tests: withOwn(tests, `${advertised.id}/*`),
    ...part,
  });
  return { ...chosen, mandatory: demandedBy(profile, chosen) };
}

/** What the guide recommends and the profile demands. Where a SHALL is mildly judged, that has its reason, and stays. */
function demandedBy({ clauses }: Profile, { requirements: all }: Plan): ReadonlySet<string> {
  const named = clauses.filter(({ verb }) => verb !== 'SHOULD').flatMap(({ requirements = [] }) => requirements);
  return new Set(named.filter((id) => !all.get(id)?.verb.startsWith('SHALL')));
}

/** A profile that demands a capability set claims it for the server. */
function claiming(profile: Profile | undefined, configuration: Configuration): Configuration {
  if (!profile) return configuration;
  const demanded = new Set(profile.clauses.flatMap(({ requirements = [] }) => requirements));
  const claimed = capabilitySets.map(({ id }) => id).filter((id) => demanded.has(`discovery/${id}`));
  return { ...configuration, capabilitySets: [...new Set([...configuration.capabilitySets, ...claimed])] };
}

function counter(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `x${count}`;
  };
}

/** What was learned when a test needed it, or asked for /metadata; a run asks nothing only to fill in the report. */
async function learnedFhirVersion(store: ReturnType<typeof createArtifactStore>): Promise<string | null> {
  const learned = await store.ifObtained(fhirVersion);
  if (learned) return learned.version;
  const statement = await store.ifObtained(capabilityStatement);
  return statement ? statedVersion(statement.resource) : null;
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

/** @param signal - ends the waiting with the run */
function waitingTime(signal: AbortSignal): Time {
  return {
    async until(date, act) {
      await wait(Math.max(0, date.getTime() - Date.now()), undefined, { signal });
      return act();
    },
  };
}

/** One signal for the caller's interruption and the run's deadline. */
function withDeadline(interruption: AbortSignal | undefined, deadlineSeconds: number | undefined) {
  const controller = new AbortController();
  // Every journey under way listens.
  setMaxListeners(0, controller.signal);
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
