import { visible } from '../../reports/plain-text.ts';
import { fold } from './fold.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Prints a line for a person. What a server says of itself is shown, and steers no terminal. */
export function say(line: string): void {
  process.stdout.write(`${fold(visible(line), terminalColumns())}\n`);
}
