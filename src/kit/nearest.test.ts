import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['clientid', ['client', 'clientId', 'clientSecret'], 'clientId'],
  ['lable', ['role', 'label', 'name'], 'label'],
  ['practitoner', ['patient', 'practitioner'], 'practitioner'],
  ['CSS', ['css'], 'css'],
  ['2.3', ['2.2', '2.1'], undefined],
  ['username', ['password', 'patient'], undefined],
  ['x', [], undefined],
])('%j is meant as one of %j: %j', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});
