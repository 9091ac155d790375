import { expect, test } from 'vitest';
import { missingFrom } from './missing-from.ts';

const first = { url: 'https://a.example', valueString: 'one' };
const second = { url: 'https://a.example', valueString: 'two' };

test.each([
  ['nothing, when all came back with more beside it', { a: 1, meta: {} }, { a: 1 }, []],
  [
    'nothing, when a list came back in another order',
    { extension: [second, first] },
    { extension: [first, second] },
    [],
  ],
  ['an item of a list', { extension: [first] }, { extension: [first, second] }, ['extension[1]']],
  ['one of two that are alike', { extension: [first] }, { extension: [first, first] }, ['extension[1]']],
  [
    'a value that was changed',
    { extension: [{ ...first, valueString: 'One' }] },
    { extension: [first] },
    ['extension[0]'],
  ],
  ['what is deep inside', { code: { coding: [] } }, { code: { coding: [{ code: 'x' }] } }, ['code.coding[0]']],
  ['a member', { subject: {} }, { subject: { reference: 'Patient/1' } }, ['subject.reference']],
  ['everything, when nothing came back', null, { subject: { reference: 'Patient/1' } }, ['subject.reference']],
  ['a type that was changed', { valueInteger: '1' }, { valueInteger: 1 }, ['valueInteger']],
])('%s', (_, kept, sent, missing) => {
  expect(missingFrom(kept, sent)).toEqual(missing);
});
