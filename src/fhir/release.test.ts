import { expect, test } from 'vitest';
import { inRelease, releaseOf } from './release.ts';

test.each<[unknown, string | null]>([
  ['1.0.2', 'DSTU2'],
  ['3.0.1', 'STU3'],
  ['3.0.2', 'STU3'],
  ['4.0.1', 'R4'],
  ['4.0', 'R4'],
  ['4.1.0', 'R4B'],
  ['4.3.0', 'R4B'],
  ['5.0.0', 'R5'],
  ['5.0.0-draft-final', 'R5'],
  ['6.0.0-ballot2', 'R6'],
  ['R4', null],
  ['DSTU2', null],
  ['0.5.0', null],
  ['2.0.0', null],
  ['7.0.0', null],
  ['1.0.2.7202', 'DSTU2'],
  ['1.0.2-7202', 'DSTU2'],
  ['4.0.1.1.1', null],
  ['four', null],
  ['', null],
  [42, null],
  [4.0, null],
  [undefined, null],
])('%j is %s', (version, release) => {
  expect(releaseOf(version)).toBe(release);
});

test('what is said of a release holds until a later one says otherwise', () => {
  const since = { STU3: 'one', R5: null } as const;
  expect((['DSTU2', 'STU3', 'R4B', 'R5', 'R6'] as const).map((release) => inRelease(since, release))).toEqual([
    undefined,
    'one',
    'one',
    null,
    null,
  ]);
});
