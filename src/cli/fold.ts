import { wrap } from '../../reports/terminal/wrap.ts';
import { terminalColumns } from './terminal-columns.ts';

/** What a reader copies: broken, it would no longer do what it says. */
const command = /(?:^|\s)(?:smart-check|npx|curl|printf|openssl|apt-get) /;

/**
 * Breaks long lines at spaces and goes on beneath the place where their text begins: after the indentation and after
 * labels, which two spaces or more set off. Commands and words that fit no line, such as URLs, stay whole.
 *
 * @param columns - characters a line may have
 * @param codeIndent - lines indented by so many spaces are code, and stay as they are
 */
export function fold(text: string, columns: number, codeIndent = Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      if (line.length <= columns || indent >= codeIndent || command.test(line)) return line;
      const labels = /^.*\S {2,}(?=\S)/.exec(line.slice(0, columns / 2))?.[0].length ?? 0;
      const head = line.slice(0, Math.max(indent, labels));
      return wrap(line.slice(head.length), columns, head);
    })
    .join('\n');
}

/** As {@link fold} on a terminal, which would break lines in the middle of a word; whatever reads a pipe wants them whole. */
export function foldOnTerminal(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY ? fold(text, terminalColumns(stream)) : text;
}
