/** What a server sends may hold characters that steer a terminal or turn the reading order: they are shown, never sent. */

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/**
 * Text with every control, format (bidi, zero width) and non-character, and every lone surrogate, spelled as `\u001b`.
 * Line feeds and tabs stay; CR LF becomes a line feed. What comes out is legal in XML 1.0 and in HTML.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(unseen, (character) => (character === '\n' || character === '\t' ? character : spelled(character)));
}

/** As {@link visible}, on one line: runs of white space become one space. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}

/** Whether {@link visible} would spell out something of this text, line feeds and tabs included. */
export function hasUnseen(text: string): boolean {
  return text.search(unseen) !== -1;
}

/** The `\uXXXX` of each UTF-16 unit of these characters, as JSON and JavaScript know it. */
export function escapedUnits(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/** JSON spells out control characters below U+0020 only; here the rest is, which could steer a terminal that it is printed on. */
export function printable(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapedUnits);
}

/** A word that is longer than this may be torn by {@link cut}: a URL, for instance. */
const longestWholeWord = 30;

/**
 * At most the first `length` UTF-16 units, with an ellipsis in place of the rest; neither a surrogate pair nor a word of
 * usual length is torn.
 */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.max(0, length - 1);
  const head = text.slice(0, end);
  const space = text.slice(0, end + 1).lastIndexOf(' ');
  if (space > 0 && space >= end - longestWholeWord) return `${head.slice(0, space).trimEnd()}…`;
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`;
}

/** The first line that says something, as {@link oneLine}, and whether others follow it. */
export function firstLine(text: string): { readonly line: string; readonly more: boolean } {
  const [line = '', ...rest] = visible(text).trim().split('\n');
  return { line: oneLine(line), more: rest.length > 0 };
}

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escapedUnits(character);
}
