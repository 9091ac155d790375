import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentJson, valueAsJson } from './indent-json.ts';

describe('JSON indented', () => {
  it('reads as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('keeps what parsing would lose: duplicate members, numbers and escapes as they were sent', () => {
    expect(indentJson('{"a":1.0,"a":1e400,"b\\/":"\\u0041"}')).toBe(
      '{\n  "a": 1.0,\n  "a": 1e400,\n  "b\\/": "\\u0041"\n}',
    );
  });

  it.each(['', 'plain', '{', '{"a":}', '<html>', '"a" "b"'])('leaves alone what is no JSON: %j', (text) => {
    expect(indentJson(text)).toBeNull();
  });

  it('leaves alone what is nested deeply', () => {
    expect(indentJson('['.repeat(32) + ']'.repeat(32))).not.toBeNull();
    expect(indentJson('['.repeat(33) + ']'.repeat(33))).toBeNull();
    expect(indentJson('['.repeat(100_000) + ']'.repeat(100_000))).toBeNull();
  });

  it('shows values, and says when it cannot', () => {
    expect(valueAsJson({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(valueAsJson(undefined)).toBe('null');
    expect(valueAsJson(JSON.parse('['.repeat(100) + ']'.repeat(100)))).toBe('['.repeat(100) + ']'.repeat(100));
    expect(valueAsJson(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toContain('too deeply');
  });
});
