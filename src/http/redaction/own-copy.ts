/** A part of a text keeps the whole of it in memory, which for what is kept of an answer would be the whole answer. */
export function ownCopy(text: string): string {
  return String(JSON.parse(JSON.stringify(text)));
}
