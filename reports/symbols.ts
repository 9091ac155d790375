import type { Outcome } from '../src/kit/index.ts';

/** Beside the words, so that neither colour nor shape carries meaning alone. */
export const outcomeSymbols: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  warned: '!',
  failed: '✗',
  skipped: '○',
  blocked: '■',
  errored: '‼',
};
