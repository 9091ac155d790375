import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonElement, type SplitJson, splitJson } from './split-json.ts';

const limits = { value: 1000, string: 100, depth: 20 };

function split(bytes: Uint8Array, chunkLength: number, given = { value: 1e6, string: 1e6, depth: 1000 }) {
  const elements: JsonElement[] = [];
  const splitter = splitJson('entry', (element) => elements.push(element), given);
  for (let at = 0; at < bytes.length; at += chunkLength) splitter.write(bytes.subarray(at, at + chunkLength));
  return { elements, result: splitter.end() };
}

/** The object as it was, put together again; `invalid` where it is none. */
function joined({ elements, result }: { elements: readonly JsonElement[]; result: SplitJson }): unknown {
  if (result.kind === 'invalid') return 'invalid';
  const values = elements.map((element) => (element.kind === 'value' ? element.value : 'unread'));
  return { ...result.members, ...(result.elements !== null && { entry: values }) };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : 'invalid';
  } catch {
    return 'invalid';
  }
}

const chunkLength = fc.integer({ min: 1, max: 40 });
const indent = fc.constantFrom(undefined, 2, '\t', '\r\n');
const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const bundle = fc.record(
  { resourceType: fc.string(), entry: fc.oneof(fc.array(value), value), total: value },
  { requiredKeys: [] },
);

describe('splitting agrees with JSON.parse', () => {
  it('on objects, however they are laid out and cut into chunks', () => {
    fc.assert(
      fc.property(bundle, indent, chunkLength, (object, space, length) => {
        const text = JSON.stringify(object, null, space === '\r\n' ? 1 : space);
        expect(joined(split(Buffer.from(text), length))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('on texts in which something is wrong', () => {
    const strange = fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      ' ',
      '0',
      '1',
      'e',
      '-',
      'n',
      '\n',
      '\u0001',
    );
    const change = fc.record({ at: fc.nat(), remove: fc.integer({ min: 0, max: 2 }), put: strange });
    fc.assert(
      fc.property(bundle, fc.array(change, { minLength: 1, maxLength: 3 }), chunkLength, (object, changes, length) => {
        let text = JSON.stringify(object);
        for (const { at, remove, put } of changes) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + put + text.slice(place + remove);
        }
        const bytes = Buffer.from(text);
        const ours = split(bytes, length);
        const twice = ours.result.kind === 'object' && ours.result.duplicates.length > 0;
        // A pair of surrogates that was torn apart has become something else.
        if (!twice) expect(joined(ours)).toEqual(parsed(bytes.toString()));
      }),
      { numRuns: 2000 },
    );
  });

  it('on long strings, but for what is left out of them', () => {
    const long = fc.string({ minLength: 0, maxLength: 3000, unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.record({ a: long, b: long })), fc.integer({ min: 1, max: 400 }), (entry, length) => {
        const text = JSON.stringify({ entry });
        const { elements } = split(Buffer.from(text), length, { ...limits, value: 1e6 });
        expect(elements).toHaveLength(entry.length);
        for (const [index, element] of elements.entries()) {
          if (element.kind !== 'value') throw new Error('unread');
          const { a, b } = element.value as { a: string; b: string };
          if (element.leftOut === 0) expect({ a, b }).toEqual(entry[index]);
          expect(entry[index]?.a.startsWith(a.slice(0, 90))).toBe(true);
          expect(entry[index]?.b.endsWith(b.slice(-1))).toBe(true);
        }
      }),
    );
  });
});

describe('limits', () => {
  const read = (text: string, length = 64) => split(Buffer.from(text), length, limits);

  it('keep the beginning of a long string, and say how much is left out', () => {
    const { elements } = read(JSON.stringify({ entry: [{ logo: `data:${'x'.repeat(5000)}`, name: 'a' }] }));
    const [element] = elements;
    if (element?.kind !== 'value') throw new Error('unread');
    const { logo, name } = element.value as { logo: string; name: string };
    expect(name).toBe('a');
    expect(logo).toMatch(/^data:x+$/);
    expect(logo.length).toBeLessThan(300);
    expect(logo.length + element.leftOut).toBe(5005);
  });

  it('leave a long element unread, and go on with the next', () => {
    const { elements, result } = read(JSON.stringify({ entry: [Array(900).fill(1), { a: 1 }], total: 2 }));
    expect(elements).toEqual([
      { kind: 'unread', index: 0, why: '1801 bytes long' },
      { kind: 'value', index: 1, value: { a: 1 }, text: '{"a":1}', leftOut: 0 },
    ]);
    expect(result).toMatchObject({ kind: 'object', elements: 2, members: { total: 2 } });
  });

  it('leave a deep element unread', () => {
    const { elements } = read(`{"entry":[${'['.repeat(300)}${']'.repeat(300)},1]}`);
    expect(elements.map((element) => (element.kind === 'unread' ? element.why : element.value))).toEqual([
      'nested 300 deep',
      1,
    ]);
  });
});

describe('what is no such document is named', () => {
  it.each([
    ['', 'the document is empty'],
    ['  \n', /^it ends early/],
    ['<!doctype html><html>', /looks like HTML/],
    ['<Bundle xmlns="http://hl7.org/fhir">', /looks like XML/],
    ['[{"resourceType":"Bundle"}]', /JSON array/],
    ['{"resourceType":"Organization"}\n{"resourceType":"Endpoint"}\n', /NDJSON/],
    ['{"entry":[{"a":1},{"b":2}', /ends early, after 25 bytes, in entry\[2\]/],
    ['{"entry":[{"a":1},{"b":tru}]}', /^in entry\[1\]: /],
    ['{"entry":[{"a":1} {"b":2}]}', /^byte 18, after entry\[0\]: expected "," or "\]"/],
    ['{"total":01}', /^in "total": /],
    [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), /gzip, and no Content-Encoding/],
    [Buffer.from('{"a":1}', 'utf16le'), /not UTF-8/],
  ])('%s', (text, message) => {
    const { result } = split(Buffer.from(text), 7);
    expect(result).toEqual({ kind: 'invalid', message: expect.stringMatching(message) });
  });

  it('and oddities are told', () => {
    const odd = Buffer.concat([Buffer.from('\ufeff{"a":1,"a":2,"entry":["'), Buffer.from([0xff]), Buffer.from('"]}')]);
    expect(split(odd, 5).result).toMatchObject({
      kind: 'object',
      members: { a: 2 },
      duplicates: ['a'],
      byteOrderMark: true,
      isUtf8: false,
    });
  });
});
