import { describe, expect, it } from 'vitest';
import { suites } from '../../suites/index.ts';
import { artifact, type Test, test } from '../kit/index.ts';
import { plan } from './plan.ts';
import { parseShard, testsOfShard } from './shard.ts';

function launch(name: string) {
  return artifact({ name, needs: [], perishes: true, obtain: () => name });
}

function tests(prefix: string, number: number, more: Partial<Pick<Test, 'needs' | 'destroys'>> = {}): readonly Test[] {
  return Array.from({ length: number }, (_, index) =>
    test({ id: `${prefix}/${index}`, title: '', requirements: [], needs: [], run: () => {}, ...more }),
  );
}

function shards(all: readonly Test[], of: number): readonly (readonly string[])[] {
  return Array.from({ length: of }, (_, index) => testsOfShard(all, { index: index + 1, of }).map(({ id }) => id));
}

describe('the shards of a run', () => {
  const everything = plan(suites, { specVersion: '2.2', suites: [], tests: [] }).tests;

  it.each([1, 2, 3, 7, 40])('hold every test once, in the order of the plan: %i of them', (of) => {
    const ids = everything.map(({ id }) => id);
    const divided = shards(everything, of);
    expect(divided.flat().toSorted()).toEqual(ids.toSorted());
    for (const part of divided) expect(part).toEqual(ids.filter((id) => part.includes(id)));
    expect(shards(everything, of)).toEqual(divided);
  });

  it('are the same whatever order the tests are planned in', () => {
    const turned = shards(everything.toReversed(), 3).map((part) => part.toReversed());
    expect(turned).toEqual(shards(everything, 3));
  });

  it('keep together what needs the same launch, and are even', () => {
    const all = [
      ...tests('a', 4, { needs: [launch('a')] }),
      ...tests('b', 4, { needs: [launch('b')] }),
      ...tests('c', 8),
    ];
    const [first = [], second = []] = shards(all, 2);
    for (const suite of ['a', 'b']) {
      expect([first, second].filter((part) => part.some((id) => id.startsWith(`${suite}/`)))).toHaveLength(1);
    }
    expect([first.length, second.length]).toEqual([8, 8]);
  });

  it('put what ends grants for others into the last', () => {
    const all = [...tests('calm', 6), ...tests('harsh', 3, { destroys: 'the grants of the client' })];
    const divided = shards(all, 3);
    expect(divided[2]?.filter((id) => id.startsWith('harsh/'))).toHaveLength(3);
  });

  it.each(['0/3', '4/3', '1', '1/', 'a/b', '1/3/3', '-1/3', '1.5/3', ' 1/3', '1/99999'])('"%s" is none', (text) => {
    expect(() => parseShard(text)).toThrow('--shard: expected which of how many, such as 1/3, got');
  });
});
