/** A judgement on one requirement, with what shows it. */
export interface Finding {
  /** Id of the requirement. */
  readonly requirement: string;
  readonly level: Level;
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Ids of the exchanges that show it. */
  readonly exchanges: readonly string[];
  /** Which entries of the configuration may be why, rather than the server. */
  readonly hint?: string;
  /** Ids of the clauses of the profile that it serves. */
  readonly clauses?: readonly string[];
  /** Of a finding that the baseline knows: why it is borne, until which day, and whether that day had passed. */
  readonly baseline?: { readonly reason: string; readonly expires: string; readonly expired: boolean };
}

/** `info` and `undecided` never change a verdict. */
export type Level = 'pass' | 'info' | 'warn' | 'fail' | 'undecided';

/** Why a test was skipped. Only `not-advertised` means that it does not apply to the target. */
export type SkipReason = 'not-advertised' | 'not-configured' | 'not-allowed' | 'undecided';
