import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.ts';

describe('a JSON reader', () => {
  it.each([
    ['{"a": [1, -2.5e+3, true, false, null, "x\\u0041\\n"]}', { a: [1, -2500, true, false, null, 'xA\n'] }, 2],
    [' [ ] ', [], 1],
    ['{}', {}, 1],
    ['"text"', 'text', 0],
    ['0', 0, 0],
    ['[[],[[]]]', [[], [[]]], 3],
  ])('reads %s', (text, value, depth) => {
    expect(readJson(text)).toEqual({ kind: 'value', value, duplicates: [], byteOrderMark: false, depth });
  });

  it('sees a byte order mark', () => {
    expect(readJson('\uFEFF{"a":1}')).toMatchObject({ kind: 'value', value: { a: 1 }, byteOrderMark: true });
  });

  it.each([
    ['{"a":1,"a":2}', ['/a'], { a: 2 }],
    ['{"a":1,"\\u0061":2}', ['/a'], { a: 2 }],
    ['{"x":[{"k":1},{"k":1,"k":2,"l":3,"k":4}],"x":0}', ['/x/1/k', '/x/1/k', '/x'], { x: 0 }],
    ['{"a/b~c":1,"a/b~c":1}', ['/a~1b~0c'], { 'a/b~c': 1 }],
    ['{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}', [], { a: { a: { a: 1 } }, b: [{ a: 1 }, { a: 1 }] }],
    ['{"":1,"":2}', ['/'], { '': 2 }],
  ])('names the places of duplicates in %s', (text, duplicates, value) => {
    expect(readJson(text)).toMatchObject({ kind: 'value', duplicates, value });
  });

  it.each([
    ['', 'the document is empty'],
    [' \n\t', 'the document is empty'],
    ['\uFEFF', 'the document is empty'],
    ['<!DOCTYPE html><html>', 'it looks like HTML: it begins with "<!DOCTYPE html><html>"'],
    ['  <html lang="en">', 'it looks like HTML: it begins with "<html lang=\\"en\\">"'],
    ['<?xml version="1.0"?><a/>', 'it looks like XML or HTML: it begins with "<?xml version=\\"1.0\\"?><a/>"'],
    ['{"a": 1', 'line 1, column 8: expected "," or "}", found the end of the document'],
    ['{"a": "tex', 'line 1, column 11: expected the end of the string, found the end of the document'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: expected a member name in double quotes, found "}"'],
    ['[1,]', 'line 1, column 4: expected a value, found "]"'],
    ['{a: 1}', 'line 1, column 2: expected a member name in double quotes, or "}", found "a: 1}"'],
    ["{'a': 1}", 'line 1, column 2: expected a member name in double quotes, or "}", found "\'a\': 1}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1}"'],
    ['[01]', 'line 1, column 3: expected "," or "]", found "1]"'],
    ['[NaN]', 'line 1, column 2: expected a value, found "NaN]"'],
    ['{} {}', 'line 1, column 4: expected nothing after the value, found "{}"'],
    ['["\\x"]', 'line 1, column 3: expected an escape that JSON knows, found "\\\\x\\"]"'],
    ['["\n"]', 'line 1, column 3: expected no raw control character in a string, found "\\n\\"]"'],
    ['// comment\n{}', 'line 1, column 1: expected a value, found "// comment\\n{}"'],
  ])('explains what is wrong with %j', (text, message) => {
    expect(readJson(text)).toEqual({ kind: 'invalid', message });
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const near = fc
      .json()
      .chain((text) =>
        fc
          .tuple(
            fc.nat(text.length),
            fc.nat(2),
            fc.constantFrom(
              '',
              '"',
              '{',
              '}',
              '[',
              ']',
              ',',
              ':',
              '\\',
              '0',
              '-',
              '.',
              'e',
              ' ',
              '\n',
              '\t',
              '\u0001',
              '\uFEFF',
            ),
          )
          .map(([at, skip, piece]) => text.slice(0, at) + piece + text.slice(at + skip)),
      );
    fc.assert(
      fc.property(fc.oneof(fc.json(), near, fc.string()), (text) => {
        let parsed: unknown;
        let sound = true;
        try {
          parsed = JSON.parse(text);
        } catch {
          sound = false;
        }
        const read = readJson(text);
        if (!text.startsWith('\uFEFF')) {
          expect(read.kind).toBe(sound ? 'value' : 'invalid');
          expect(read.kind === 'value' ? read.value : undefined).toEqual(parsed);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('survives a million levels of %s', (open, close) => {
    const depth = 1_000_000;
    const whole = readJson(`${open.repeat(depth)}0${close.repeat(depth)}`);
    expect(whole.kind === 'value' && whole.depth).toBe(depth);
    expect(readJson(open.repeat(depth)).kind).toBe('invalid');
  });

  it('names duplicates in the depth without growing with it, and no more than a hundred', () => {
    const twice = '{"a":1,"a":2}';
    const deep = readJson(`${'['.repeat(50_000)}${twice}${`,${twice}`.repeat(1000)}${']'.repeat(50_000)}`);
    expect(deep.kind === 'value' && deep.duplicates.length).toBe(100);
    expect(deep.kind === 'value' && deep.duplicates[0]).toMatch(/^…(?:\/0){31}\/a$/);
  });

  it('reads ten megabytes', () => {
    const text = JSON.stringify(
      Array.from({ length: 100_000 }, (_, id) => ({ id, name: 'x'.repeat(70), list: [1, 2] })),
    );
    const read = readJson(text);
    expect(text.length).toBeGreaterThan(10_000_000);
    expect(read.kind === 'value' && Array.isArray(read.value) && read.value.length).toBe(100_000);
  });
});
