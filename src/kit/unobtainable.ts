import type { Exchange } from './exchange.ts';
import type { SkipReason } from './finding.ts';

/** Thrown where a test or an artifact does not apply to the target, or lacks what it would need to decide. */
export class Skip extends Error {
  override readonly name = 'Skip';
  readonly why: SkipReason;
  /** What it rests on: where a token had expired under it, the test is tried again with another. */
  readonly exchanges: readonly Exchange[];

  constructor(why: SkipReason, reason: string, exchanges: readonly Exchange[] = []) {
    super(reason);
    this.why = why;
    this.exchanges = exchanges;
  }
}

/** Thrown where something the target should have given could not be had; whatever needs it is blocked. */
export class Block extends Error {
  override readonly name = 'Block';
  readonly exchanges: readonly Exchange[];

  constructor(reason: string, exchanges: readonly Exchange[] = []) {
    super(reason);
    this.exchanges = exchanges;
  }
}

/** Whether an artifact that was attempted was not to be had. */
export function isUnobtainable(value: unknown): value is Skip | Block {
  return value instanceof Skip || value instanceof Block;
}

/** The caller used the program wrongly, or the configuration is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
