/** Prints rows as aligned columns; the last column takes what room it needs. An array is shown by its length. */
export function printTable(rows: readonly object[], columns: readonly string[]): void {
  const cells = rows.map((row) => {
    const members = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => shown(members.get(column)));
  });
  const widths = columns.map((_, index) => Math.max(0, ...cells.map((row) => row[index]?.length ?? 0)));
  for (const row of cells) {
    const last = row.length - 1;
    const line = row.map((cell, index) => (index === last ? cell : cell.padEnd(widths[index] ?? 0)));
    process.stdout.write(`${line.join('  ')}\n`);
  }
}

function shown(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : String(value ?? '');
}
