import { expect, it } from 'vitest';
import { lookUp } from './look-up.ts';

it('finds what a table holds of its own, and nothing that objects inherit', () => {
  const table = { RSA: 1 };
  expect(lookUp(table, 'RSA')).toBe(1);
  expect(['EC', 'constructor', '__proto__', 'toString', 7, null].map((name) => lookUp(table, name))).toEqual(
    Array(6).fill(undefined),
  );
});
