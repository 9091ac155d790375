/** A secret's place in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** What kind of secret it is: `access_token`, `password`, … */
  readonly kind: string;
  /** The secret itself, undone of the text's escapes, so that the same secret is known again elsewhere. */
  readonly value: string;
  /** What the text calls it: the name of its parameter, member or header. */
  readonly name?: string;
  /** Whether the place takes a JSON string where there was a number. */
  readonly isNumber?: boolean;
}

/**
 * Writes a text anew with labels in the places of secrets; of secrets that overlap, the first gives the label.
 *
 * @param end - where to stop; a secret that crosses it is still replaced as a whole
 */
export function replaceSpans(
  text: string,
  spans: readonly Span[],
  label: (span: Span) => string,
  end = text.length,
): string {
  const sorted = spans.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const pieces: string[] = [];
  let done = 0;
  for (const span of sorted) {
    if (span.start >= end) {
      break;
    }
    if (span.start >= done) {
      const shown = label(span);
      pieces.push(text.slice(done, span.start), span.isNumber === true ? `"${shown}"` : shown);
    }
    done = Math.max(done, span.end);
  }
  pieces.push(text.slice(done, Math.max(done, end)));
  return pieces.join('');
}
