import { expect, test } from 'vitest';
import { isIn, releaseOf } from './release.ts';

test.each([
  ['1.0.2', 'DSTU2'],
  ['3.0.2', 'STU3'],
  ['4.0.1', 'R4'],
  ['4.3.0', 'R4B'],
  ['5.0.0', 'R5'],
  ['6.0.0-ballot2', 'R6'],
  ['four', null],
])('%s is %s', (version, release) => {
  expect(releaseOf(version)).toBe(release);
});

test('a span has its ends within', () => {
  const span = { since: 'STU3', until: 'R4B' } as const;
  expect((['DSTU2', 'STU3', 'R4B', 'R5'] as const).map((release) => isIn(release, span))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isIn('R6', {})).toBe(true);
});
