/** Deeper documents are shown as they came: indented, they would grow with the square of their depth. */
const maximumDepth = 32;

/**
 * JSON text with line breaks and two-space indentation put in, or null when it is no JSON or nested too deeply.
 * Only white space between tokens changes: duplicate members, number formats and escapes stay as they were sent.
 */
export function indentJson(text: string): string | null {
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s"[\]{},:]+/gs) ?? [];
  if (deepest(tokens) > maximumDepth || !isJson(text)) return null;
  let indented = '';
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const closes = token === '}' || token === ']';
    const emptied = closes && (tokens[index - 1] === '{' || tokens[index - 1] === '[');
    if (closes) depth -= 1;
    if (closes && !emptied) indented += lineBreak(depth);
    indented += token;
    if (token === ':') indented += ' ';
    if (token === ',') indented += lineBreak(depth);
    if (token === '{' || token === '[') {
      depth += 1;
      const next = tokens[index + 1];
      if (next !== '}' && next !== ']') indented += lineBreak(depth);
    }
  }
  return indented;
}

/** A value as indented JSON; as JSON on one line when it is nested deeply, as a note when even that cannot be written. */
export function valueAsJson(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'null';
    return indentJson(text) ?? text;
  } catch (error) {
    // JSON.stringify overflows at a nesting that JSON.parse survives.
    if (error instanceof RangeError) return '(nested too deeply to be shown)';
    throw error;
  }
}

function deepest(tokens: readonly string[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function lineBreak(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}
