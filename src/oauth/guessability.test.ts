import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { guessability } from './guessability.ts';

const ten = (make: (index: number) => string) => Array.from({ length: 10 }, (_, index) => make(index));

describe('values have room', () => {
  test('for 256 bits in base64url', () => {
    expect(guessability(ten(() => randomBytes(32).toString('base64url'))).bits).toBeGreaterThan(240);
  });

  test('for less than 128 bits in a UUID', () => {
    const { bits } = guessability(ten(() => randomUUID()));
    expect(bits).toBeGreaterThan(100);
    expect(bits).toBeLessThan(128);
  });

  test.each([
    ['a counter', (index: number) => `a-constant-prefix-that-is-long-enough-${index}`],
    ['a time', (index: number) => `code-${1_795_000_000_000 + index * 17}`],
    ['eight characters', () => randomBytes(6).toString('base64url')],
  ])('for little in %s', (_, make) => {
    expect(guessability(ten(make)).bits).toBeLessThan(100);
  });

  test('for nothing when one repeats', () => {
    expect(guessability(['a', 'b', 'a']).bits).toBe(0);
  });
});
