import { wrap } from '../../reports/terminal/wrap.ts';
import { terminalColumns } from './terminal-columns.ts';

/** Less room than this beside the other columns, and the last one begins on a line of its own. */
const leastRoom = 34;

/**
 * Prints rows as aligned columns; an array is shown by its length. On a terminal the last column is broken at spaces;
 * whatever reads a pipe gets a line a row.
 */
export function printTable(rows: readonly object[], columns: readonly string[]): void {
  const room = process.stdout.isTTY ? terminalColumns() : Number.POSITIVE_INFINITY;
  for (const line of tableLines(rows, columns, room)) process.stdout.write(`${line}\n`);
}

/** @param room - characters a line may have */
export function tableLines(rows: readonly object[], columns: readonly string[], room: number): readonly string[] {
  const cells = rows.map((row) => {
    const members = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => shown(members.get(column)));
  });
  const widths = columns.map((_, index) => Math.max(0, ...cells.map((row) => row[index]?.length ?? 0)));
  const [before, widest] = [widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0), widths.at(-1) ?? 0];
  const ownLine = before + widest > room && room - before < leastRoom;
  return cells.map((row) => {
    const head = row.slice(0, -1).map((cell, index) => `${cell.padEnd(widths[index] ?? 0)}  `);
    const last = row.at(-1) ?? '';
    return ownLine ? `${row.slice(0, -1).join('  ')}\n${wrap(last, room, '    ')}` : wrap(last, room, head.join(''));
  });
}

function shown(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : String(value ?? '');
}
