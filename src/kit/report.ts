import type { BaselineResult } from './baseline.ts';
import type { Exchange } from './exchange.ts';
import type { Finding, SkipReason } from './finding.ts';
import type { ProfileResult } from './profile.ts';
import type { Verb } from './requirement.ts';
import type { SpecVersion } from './spec-version.ts';

/** The report: plain JSON once `exchanges` is spelled out. Its schema is schemas/report.schema.json. */
export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** Ids of the suites that ran. */
  readonly suites: readonly string[];
  readonly suiteTitles: Readonly<Record<string, string>>;
  readonly target: {
    readonly fhirBaseUrl: string | null;
    readonly specVersion: SpecVersion;
    readonly fhirVersion: string | null;
  };
  /** ISO 8601, UTC */
  readonly startedAt: string;
  /** Null until the run has ended. */
  readonly finishedAt: string | null;
  readonly durationMs: number;
  /** Null until the run has ended: a killed run never reads as green. */
  readonly exitCode: number | null;
  readonly summary: Readonly<Record<Outcome, number>>;
  readonly tests: readonly TestResult[];
  /** All requirements of the suites that ran. */
  readonly requirements: readonly RequirementResult[];
  /** What the browser did, journey by journey. */
  readonly journeys: readonly JourneyRecord[];
  /** What was not tested and why, one line each. */
  readonly notTested: readonly string[];
  /** What the exit code followed, beside the guide. */
  readonly policy?: Policy;
  /** Which part of a run this is. */
  readonly shard?: ReportedShard;
  /** What became of the findings that were known. */
  readonly baseline?: BaselineResult;
  /** What came of the profile that the server was held to. */
  readonly profile?: ProfileResult;
  readonly exchanges: ExchangeLog;
  /** The picture that a journey names as a file; null when it is gone. */
  readonly picture?: (file: string) => Uint8Array | null;
}

export interface Policy {
  readonly failOn: 'fail' | 'warn';
  /** Ids of suites that had to be fully tested. */
  readonly require: readonly string[];
}

/** Counts from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface ReportedShard extends Shard {
  /** How many tests all parts together were asked for. */
  readonly planned: number;
}

export type Outcome = 'passed' | 'warned' | 'failed' | 'skipped' | 'blocked' | 'errored';

export const outcomes: readonly Outcome[] = ['passed', 'warned', 'failed', 'skipped', 'blocked', 'errored'];

export interface TestResult {
  readonly id: string;
  readonly suite: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  /** Of a skipped test. */
  readonly why?: SkipReason;
  /** Of a skipped, blocked or errored test, and of one that was cut short after it had found something. */
  readonly reason?: string;
  /** Of a blocked test: ids of the exchanges that show what could not be had. */
  readonly exchanges?: readonly string[];
  /** Of a blocked test: which entries of the configuration may be why, rather than the server. */
  readonly hint?: string;
  /** Ids of exchanges it rests on that were sent more than once for transport trouble: the server is flaky. */
  readonly retried?: readonly string[];
}

/** How many tests came to each outcome. */
export function summarize(tests: readonly Pick<TestResult, 'outcome'>[]): Record<Outcome, number> {
  const counts = { passed: 0, warned: 0, failed: 0, skipped: 0, blocked: 0, errored: 0 };
  for (const { outcome } of tests) counts[outcome] += 1;
  return counts;
}

/** Whether something that a test needed could not be had, whatever it had found before. */
export function wasBlocked({ outcome, why, reason }: TestResult): boolean {
  if (outcome === 'failed' || outcome === 'warned') return reason !== undefined && why === undefined;
  return outcome === 'blocked';
}

/** One way of the browser through a server's pages. */
export interface JourneyRecord {
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Whether it came back to the app. */
  readonly outcome: 'returned' | 'stopped';
  /** Of one that stopped: why, in a word and in full. */
  readonly cause?: string;
  readonly message?: string;
  /** Ids. */
  readonly exchanges: readonly string[];
  /** What was done, with the page as it looked then: a file among the attachments, relative to the report. */
  readonly pictures: readonly { readonly title: string; readonly file: string | null }[];
}

export type RequirementVerdict = 'holds' | 'warned' | 'violated' | 'untested';

export interface RequirementResult {
  readonly id: string;
  readonly verb: Verb;
  readonly summary: string;
  readonly verdict: RequirementVerdict;
  /** Ids of the tests that decide it, whether or not they were run. */
  readonly tests: readonly string[];
  readonly guide: string;
  readonly condition: string;
  readonly ref: string | readonly string[] | null;
  /** Why it is untested. */
  readonly reason?: string;
  /** Ids of the clauses of the profile that it serves. */
  readonly clauses?: readonly string[];
}

/** The recorded exchanges, redacted, in order; read from disk as they are asked for, so that memory stays flat. */
export interface ExchangeLog extends Iterable<Exchange> {
  readonly size: number;
  get(id: string): Exchange | undefined;
}

/** Turns a report into one document. Pure; the text comes in pieces so that a large report is never held at once. */
export interface Reporter {
  readonly name: string;
  /** In the output folder; null writes to the terminal. */
  readonly fileName: string | null;
  render(report: Report): Iterable<string>;
}
