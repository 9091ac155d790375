import { createHash } from 'node:crypto';

/** The items in an order that depends on nothing but the seed. */
export function seededShuffle<Item extends { readonly id: string }>(
  items: readonly Item[],
  seed: string,
): readonly Item[] {
  return items
    .map((item) => ({ item, rank: createHash('sha256').update(`${seed} ${item.id}`).digest('hex') }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ item }) => item);
}
