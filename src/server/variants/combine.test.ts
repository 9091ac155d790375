import { expect, test } from 'vitest';
import { combine, packTogether } from './combine.ts';
import { joined, singleVariants } from './index.ts';

test('has each variant in one server', () => {
  const servers = packTogether(singleVariants, 4);
  const ids = servers.flatMap(({ id }) => id.split('+'));
  expect(ids.toSorted()).toEqual(singleVariants.map(({ id }) => id).toSorted());
  expect(Math.max(...servers.map(({ id }) => id.split('+').length))).toBe(4);
});

test('makes no server of what contradicts each other', () => {
  expect(joined('refresh-fixed+refresh-rotates')).toBeNull();
  expect(joined('context-as-asked+scopes-as-registered'), 'both configured in their own way').toBeNull();
  const [one, other] = packTogether(
    singleVariants.filter(({ id }) => ['guide-2.0', 'guide-2.1'].includes(id)),
    2,
  );
  expect([one?.id, other?.id]).toEqual(['guide-2.0', 'guide-2.1']);
});

test('is all of them at once', () => {
  const both = combine([
    { id: 'a', summary: 'An', warned: ['x/y'], secondsAhead: 9 },
    { id: 'b', summary: 'Be', warned: ['x/z'], fhirVersion: '5.0.0' },
  ]);
  expect(both).toMatchObject({
    ...{ id: 'a+b', summary: 'An; Be', warned: ['x/y', 'x/z'] },
    ...{ secondsAhead: 9, fhirVersion: '5.0.0' },
  });
});

test('knows several by their ids, and nobody else', () => {
  expect(joined('german-pages+backend-only')?.id).toBe('german-pages+backend-only');
  expect(joined('german-pages')).toMatchObject({ id: 'german-pages', pageStyle: 'german' });
  expect(joined('german-pages+nobody')).toBeNull();
});
