import { printable } from '../../reports/plain-text.ts';

/** A value as JSON for standard output: what could steer a terminal, or give GitHub a command, is spelled out. */
export function printedJson(value: unknown, indent?: number): string {
  return printable(JSON.stringify(value, null, indent)).replaceAll('##[', '##\\u005b');
}
