import type { Outcome } from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';

/** What stands before a test's id, so that colour carries no meaning of its own. */
export interface Symbols extends Readonly<Record<Outcome, string>> {
  readonly running: string;
  readonly arrow: string;
}

const drawn: Symbols = { ...outcomeSymbols, running: '·', arrow: '→' };

const ascii: Symbols = {
  passed: '+',
  warned: '!',
  failed: 'x',
  skipped: '-',
  blocked: '#',
  errored: 'E',
  running: '.',
  arrow: '->',
};

export function symbols(dumb: boolean): Symbols {
  return dumb ? ascii : drawn;
}
