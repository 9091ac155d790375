import type { Finding } from './finding.ts';

/** What came of switching on each fault of the reference server in turn: `faults.json`. */
export interface FaultProof {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** With the same seed, each fault run draws the same tests. */
  readonly seed: number;
  /** Whether every test ran against every fault. */
  readonly exhaustive: boolean;
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly summary: Readonly<Record<FaultVerdict, number>>;
  /** Ids of tests that judge and found fault with none of these servers; known where every fault was run. */
  readonly neverSeenFailing?: readonly string[];
  readonly runs: readonly FaultRun[];
}

/** `unjust`: somebody was accused who has nothing to do with the fault. `errored`: our own error. */
export type FaultVerdict = 'caught' | 'missed' | 'unjust' | 'errored';

/** One fault, and what the kit said of the server that has it. */
export interface FaultRun {
  readonly id: string;
  readonly requirement: string;
  /** Of the finding that the fault deserves; `undecided` where it hides what would decide. */
  readonly level: 'fail' | 'warn' | 'undecided';
  readonly summary: string;
  readonly verdict: FaultVerdict;
  /** Whether the broken requirement was found broken, at that level. */
  readonly caught: boolean;
  /** One row of the matrix: who was accused, each requirement once, at the worst level. */
  readonly accused: readonly Accusation[];
  /** The findings that the server does not deserve. */
  readonly falseAccusations: readonly Finding[];
  /** What went wrong on our side. */
  readonly errors: readonly string[];
  /** Ids of the tests that ran. */
  readonly tests: readonly string[];
  /** Ids of those that failed or warned. */
  readonly accusers: readonly string[];
  /** What went through the server's pages: forms sent without a browser, or a real one, as in an ordinary self-test. */
  readonly setting: 'plain' | 'browser';
  /** Ways through the pages. */
  readonly journeys: number;
  readonly durationMs: number;
  /** What it had come to among others, of one that was tried again alone, in a browser of its own. */
  readonly before?: FaultVerdict;
}

export interface Accusation {
  readonly requirement: string;
  readonly level: 'fail' | 'warn';
  readonly deserved: boolean;
}
