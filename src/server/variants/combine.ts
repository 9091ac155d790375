import { together } from '../together.ts';
import type { Variant } from './variant.ts';

/** Where public clients, too, are configured with `offline_access`. */
const knowingOffline = [
  ...['registered-scopes-refusing', 'scopes-as-registered', 'context-as-asked', 'charts-without-visits'],
  ...['permissions-named-alone', 'all-named-on-refresh', 'written-otherwise', 'own-record-inferred'],
];

/** What a server decides once, in one way or another: no server is two of a row. */
const alternatives = [
  ['standalone-only', 'ehr-launch-only', 'ehr-launch-only-offline-for-confidential-apps', 'backend-only'],
  ['no-single-sign-on', 'sign-on-demanded'],
  ['refresh-fixed', 'refresh-rotates', 'refresh-rotates-with-grace', 'no-refresh'],
  ['no-refresh', 'scopes-as-registered'],
  ['no-refresh', 'scopes-as-registered-by-app'],
  ['unknown-scopes-refused', 'more-of-oauth'],
  ['further-keys', 'keys-at-two-addresses', 'id-tokens-of-another-shape'],
  ['es384-where-registered', 'id-tokens-of-another-shape'],
  ['v1-scopes-only', 'v2-scopes-only'],
  ['guide-1.0', 'guide-2.0', 'guide-2.1'],
  ['fhir-1.0.2', 'fhir-3.0.2', 'fhir-4.3.0', 'fhir-5.0.0', 'fhir-6.0.0-ballot3', 'media-type-of-1.0.2-only'],
  ...knowingOffline.map((id) => ['offline-for-confidential-apps', id]),
];

/**
 * One server that is all of these, its id theirs joined by `+`. Where the order matters, the last has its way.
 *
 * @returns null where they contradict each other, or where more than one of them changes what a user would configure:
 *   neither knows of the other
 */
export function combine(variants: readonly Variant[]): Variant | null {
  if (!areCompatible(variants)) return null;
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

function areCompatible(variants: readonly Variant[]): boolean {
  const described = variants.filter(({ description }) => description !== undefined);
  const areAlternatives = (ids: readonly string[]) => variants.filter(({ id }) => ids.includes(id)).length > 1;
  return described.length <= 1 && !alternatives.some(areAlternatives);
}

/** Servers that are so many variants each, or fewer where what is left contradicts each other; each variant is in one. */
export function packTogether(variants: readonly Variant[], size: number): readonly Variant[] {
  const servers: Variant[][] = [];
  for (const variant of variants) {
    const open = servers.find((server) => server.length < size && areCompatible([...server, variant]));
    if (open) open.push(variant);
    else servers.push([variant]);
  }
  return servers.flatMap((server) => combine(server) ?? []);
}
