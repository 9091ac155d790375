import { Chalk } from 'chalk';
import type { Outcome } from '../../src/kit/index.ts';
import type { Verdict } from '../verdict.ts';

type Paint = (text: string) => string;

export interface Palette {
  readonly outcome: Readonly<Record<Outcome, Paint>>;
  readonly tone: Readonly<Record<Verdict['tone'], Paint>>;
  readonly bold: Paint;
  readonly faint: Paint;
}

/** Sixteen colours, which the terminal's owner has chosen, or none. */
export function palette(color: boolean): Palette {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    outcome: {
      passed: chalk.green,
      warned: chalk.yellow,
      failed: chalk.red,
      skipped: chalk.dim,
      blocked: chalk.magenta,
      errored: chalk.red,
    },
    tone: { good: chalk.green.bold, bad: chalk.red.bold, open: chalk.yellow.bold },
    bold: chalk.bold,
    faint: chalk.dim,
  };
}
