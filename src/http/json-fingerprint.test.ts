import { expect, it } from 'vitest';
import { jsonFingerprint } from './json-fingerprint.ts';
import { readJson } from './read-json.ts';

function fingerprintOf(text: string): string | null {
  const json = readJson(text);
  if (json.kind === 'invalid') throw new Error(json.message);
  return jsonFingerprint(json);
}

it('is the same for equal JSON in other bytes', () => {
  expect(fingerprintOf('{"a":1,"b":{"c":[1,2],"d":null}}')).toBe(
    fingerprintOf('{ "b": {"d": null, "c": [1.0, 2]}, "\\u0061": 1 }'),
  );
});

it.each([
  ['{"a":1}', '{"a":"1"}'],
  ['[1,2]', '[2,1]'],
  ['{}', '[]'],
  ['{"a":[]}', '{"a":{}}'],
  ['{"members":[["a",1]]}', '{"a":1}'],
])('tells %s from %s', (one, other) => {
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
});

it('says nothing of what is nested too deeply to be written again', () => {
  expect(fingerprintOf('['.repeat(100_000) + ']'.repeat(100_000))).toBeNull();
});
