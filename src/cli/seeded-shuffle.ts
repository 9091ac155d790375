import { createHash } from 'node:crypto';

/** The items in an order that depends on nothing but the seed. */
export function seededShuffle(items: readonly string[], seed: string): readonly string[] {
  const rank = (item: string) => createHash('sha256').update(`${seed} ${item}`).digest('hex');
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ item }) => item);
}
