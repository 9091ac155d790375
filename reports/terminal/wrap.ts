/**
 * Text broken at spaces into lines of at most `columns` characters, the first after `first`, the rest after as many
 * spaces. A word that fits no line, such as a URL, stays whole: it must be possible to copy it.
 */
export function wrap(text: string, columns: number, first = ''): string {
  const indent = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
