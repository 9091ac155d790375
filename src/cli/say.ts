import { visible } from '../../reports/plain-text.ts';

/** Prints a line for a person. What a server says of itself is shown, and steers no terminal. */
export function say(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}
