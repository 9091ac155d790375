import { expect, test } from 'vitest';
import { categoriesOf, isNamed, observationCategory } from './categories.ts';

const coding = { system: 'http://a.org', code: 'lab' };

test.each<[string, unknown, readonly string[]]>([
  [
    'several concepts',
    [{ coding: [coding] }, { coding: [{ code: 'x' }, { system: 's' }] }],
    ['http://a.org|lab', '|x'],
  ],
  ['one, as in DSTU2', { coding: [coding] }, ['http://a.org|lab']],
  ['codes', ['food', 'medication'], ['|food', '|medication']],
  ['text alone', [{ text: 'lab' }], []],
  ['nothing', undefined, []],
])('categories from %s', (_, category, expected) => {
  expect(categoriesOf({ category })).toEqual(expected);
});

test('a category goes by its code, with or without its system', () => {
  expect(['lab', 'http://a.org|lab', '|lab', 'a'].map((name) => isNamed('http://a.org|lab', name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each(['DSTU2', 'STU3', 'R4', 'R5'] as const)('what is written in %s is read back', (release) => {
  const [found] = categoriesOf({ category: observationCategory('vital-signs', release) });
  expect(found).toMatch(release === 'DSTU2' || release === 'STU3' ? /^http:\/\/hl7\.org/ : /^http:\/\/terminology/);
  expect(found).toMatch(/\|vital-signs$/);
});
