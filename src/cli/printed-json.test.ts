import { expect, test } from 'vitest';
import { printedJson } from './printed-json.ts';

test.each([
  ['a character beyond the first 65,536', '\u{e0041}tag'],
  ['an escape of a terminal', '\u009b31m'],
  ['a command to GitHub', '##[group]'],
])('%s is spelled out, and the same again when it is read', (_what, text) => {
  const json = printedJson({ text });
  expect(json).not.toContain(text);
  expect(JSON.parse(json)).toEqual({ text });
});
