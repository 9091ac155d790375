/**
 * A value that a server sent, in a few words for a finding: `the string "S256"`, `an empty array`.
 * Never recurses, so that a value nested deeply does no harm.
 */
export function describe(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `the string "${shortened(value)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array (${listed(value)})`;
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${value}`;
}

/** At most `limit` characters of a text, with an ellipsis where it was cut. */
export function shortened(text: string, limit = 100): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, 6).map((value) => {
    if (typeof value === 'string') return `"${shortened(value, 40)}"`;
    return typeof value === 'object' && value !== null ? 'an object' : String(value);
  });
  return values.length > shown.length ? `${shown.join(', ')}, … ${values.length} in all` : shown.join(', ');
}
