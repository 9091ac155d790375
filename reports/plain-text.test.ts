import { describe, expect, it } from 'vitest';
import { cut, hasUnseen, oneLine, visible } from './plain-text.ts';

describe('visible text', () => {
  it.each([
    ['a terminal escape', '\u001b[31m', '\\u001b[31m'],
    ['an 8-bit control sequence', '\u009b31m', '\\u009b31m'],
    ['a null', 'a\u0000b', 'a\\u0000b'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['a non-character', '\ufffe', '\\ufffe'],
    ['a bidi override', '\u202ea\u2069', '\\u202ea\\u2069'],
    ['a zero-width space', 'a\u200bb', 'a\\u200bb'],
    ['a tag character', '\u{e0041}', '\\u{e0041}'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['a lone carriage return', 'a\rb', 'a\\u000db'],
    ['line feeds and tabs', 'a\r\nb\tc\n', 'a\nb\tc\n'],
    ['other scripts and emoji', 'Grüße, 日本語 🙂', 'Grüße, 日本語 🙂'],
  ])('spells out what cannot be seen: %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('is on one line when asked', () => {
    expect(oneLine('  a\n\n\tb \u001b ')).toBe('a b \\u001b');
  });

  it('says whether there is something unseen', () => {
    expect([hasUnseen('a b'), hasUnseen('a\nb'), hasUnseen('a\u202eb')]).toEqual([false, true, true]);
  });

  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a🙂b', 3, 'a…'],
    ['🙂🙂', 4, '🙂🙂'],
    ['one two three', 11, 'one two…'],
    ['one two three', 8, 'one two…'],
    [`see ${'x'.repeat(99)}`, 50, `see ${'x'.repeat(45)}…`],
  ])('is cut between characters, and words of usual length: %s to %d', (text, length, head) => {
    expect(cut(text, length)).toBe(head);
  });
});
