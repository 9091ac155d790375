/**
 * How wide lines may be for a person who reads them. What is no terminal gets the width that everybody expects, and so
 * does a terminal that does not know its own, which says 0.
 */
export function terminalColumns(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.columns || 80;
}
