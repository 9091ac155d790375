import type { Finding } from './finding.ts';

/** Findings that are known, each with a reason and a day until which they are borne. */
export interface Baseline {
  readonly findings: readonly KnownFinding[];
}

/**
 * One known finding. It is recognised by requirement, test and level, which stay the same from run to run, and never by
 * what a message says. A `fail` covers a warning as well: what has become milder is not new.
 */
export interface KnownFinding {
  readonly requirement: string;
  /** Any test that finds it, unless given. */
  readonly test?: string;
  /** `fail` unless given. */
  readonly level?: 'fail' | 'warn';
  readonly reason: string;
  /** The last day on which it is borne: `2027-03-31` (UTC). */
  readonly expires: string;
}

export interface BaselineResult {
  readonly findings: readonly BaselineEntryResult[];
}

export interface BaselineEntryResult extends KnownFinding {
  /**
   * `cured`: its tests ran and decided, and found it no more. `unseen`: they came to no verdict, so that nobody knows.
   */
  readonly status: 'known' | 'expired' | 'cured' | 'unseen';
}

/** Whether a finding fails a run: an unknown failure, or one that was known until a day that has passed. */
export function isNew({ level, baseline }: Finding, atLeast: 'fail' | 'warn'): boolean {
  const counts = level === 'fail' || (atLeast === 'warn' && level === 'warn');
  return counts && (baseline === undefined || baseline.expired);
}
