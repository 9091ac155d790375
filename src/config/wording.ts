import { shortened } from '../kit/index.ts';

/** `a, b or c` */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** In quotes, on one line, cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

/** The end of a message that has a better word to offer; empty when it has none. */
export function suggestion(word: string | undefined): string {
  return word === undefined ? '' : `; did you mean ${quoted(word)}?`;
}

/** A value of the configuration, in the words of those who write it: `the number 5`, `a list`. */
export function named(value: unknown): string {
  if (value === null) return 'nothing';
  if (value === '') return 'an empty string';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? String(value) : namedType(value);
}

/** The same without the value itself, which may be a secret. */
export function namedType(value: unknown): string {
  if (value === null) return 'nothing';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
