import { together } from '../together.ts';
import type { Variant } from './variant.ts';

/**
 * One server that is all of these, its id theirs joined by `+`. Where they contradict each other, the last has its way.
 *
 * @returns null where more than one of them changes what a user would configure: neither knows of the other
 */
export function combine(variants: readonly Variant[]): Variant | null {
  const described = variants.filter(({ description }) => description !== undefined);
  if (described.length > 1) return null;
  return {
    ...Object.assign({}, ...variants),
    id: variants.map(({ id }) => id).join('+'),
    summary: variants.map(({ summary }) => summary).join('; '),
    warned: variants.flatMap(({ warned = [] }) => warned),
    override: together(...variants.flatMap(({ override = () => ({}) }) => [override])),
    site: (usual) => variants.reduce((site, variant) => variant.site?.(site) ?? site, usual),
    clients: (usual) => variants.reduce((clients, variant) => variant.clients?.(clients) ?? clients, usual),
  };
}
