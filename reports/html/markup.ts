/** HTML that only this tag can make: whatever is put into it as text is escaped, so that nothing a server sent is run. */
import { visible } from '../plain-text.ts';

const made = Symbol('made by the html tag');

export interface Markup {
  readonly [made]: string;
}

type Content = string | number | null | Markup | readonly Markup[];

/**
 * Markup with its values put in: text escaped, unseen characters spelled out, null as nothing. Values may stand between
 * tags and in double-quoted attributes, nowhere else.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { [made]: parts.reduce((markup, part, index) => markup + rendered(values[index - 1] ?? null) + part) };
}

export const nothing: Markup = html``;

/** Markup of our own that stands in no template, such as a script. Never for text from outside. */
export function trusted(markup: string): Markup {
  return { [made]: markup };
}

export function markupText(markup: Markup): string {
  return markup[made];
}

function rendered(value: Content): string {
  if (value === null) return '';
  if (typeof value === 'string') return escaped(visible(value));
  if (typeof value === 'number') return String(value);
  return made in value ? value[made] : value.map(markupText).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
