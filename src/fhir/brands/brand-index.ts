import { isRecord } from '../../kit/index.ts';
import type { DefectLog, Severity } from './defects.ts';
import { fhirVersionsOf } from './endpoint-rules.ts';
import { extensionsOf, type Json, portalExtension, records } from './json.ts';
import { portalEndpoints } from './organization-rules.ts';

/** What is kept of an Organization to compare it with the rest. */
export interface IndexedBrand {
  readonly kind: 'Organization';
  readonly entry: number;
  readonly fullUrl: string | null;
  readonly id: string | null;
  /** By position in Organization.endpoint; null where there is no literal reference. */
  readonly endpoints: readonly (string | null)[];
  readonly portalEndpoints: readonly string[];
  readonly hasPortal: boolean;
  readonly partOf: string | null;
  readonly identifiers: readonly { readonly system: unknown; readonly value: unknown }[];
}

export interface IndexedEndpoint {
  readonly kind: 'Endpoint';
  readonly entry: number;
  readonly fullUrl: string | null;
  readonly id: string | null;
  readonly address: string | null;
  readonly fhirVersions: readonly string[];
  isReferenced: boolean;
}

/** Any other resource. */
interface Other {
  readonly kind: 'other';
  readonly entry: number;
  readonly fullUrl: string | null;
  readonly type: string;
  readonly id: string | null;
}

export type Indexed = IndexedBrand | IndexedEndpoint | Other;

/** Characters that may be kept of all entries together. */
const budget = 256 * 1024 * 1024;

const costOfEntry = 200;

/** Keeps of each entry what comparing it with the others takes, and compares when all have come. */
export function createBrandIndex(defects: DefectLog) {
  const brands: IndexedBrand[] = [];
  const endpoints: IndexedEndpoint[] = [];
  const byUrl = new Map<string, Indexed>();
  const byTypeAndId = new Map<string, Indexed>();
  const versions = new Set<string>();
  let kept = 0;
  let left = 0;

  function add(entry: number, fullUrl: string | null, resource: Json): void {
    const item = indexed(entry, fullUrl, resource);
    kept += costOf(item);
    if (kept > budget) {
      left += 1;
      return;
    }
    if (item.kind === 'Organization') brands.push(item);
    if (item.kind === 'Endpoint') endpoints.push(item);
    const type = item.kind === 'other' ? item.type : item.kind;
    if (fullUrl === null) {
      if (item.id !== null) byTypeAndId.set(`${type}/${item.id}`, item);
      return;
    }
    const version = isRecord(resource.meta) ? resource.meta.versionId : undefined;
    const identity = version === undefined ? fullUrl : `${fullUrl} ${String(version)}`;
    if (byUrl.has(fullUrl) && (version === undefined || versions.has(identity))) {
      tell('bundle-valid', 'wrong', 'bdl-7: several entries have the same fullUrl', item, null, fullUrl);
    }
    if (version !== undefined) versions.add(identity);
    if (!byUrl.has(fullUrl)) byUrl.set(fullUrl, item);
  }

  /** What a reference of a brand leads to in this Bundle, as FHIR R4 resolves references in Bundles. */
  function resolve(reference: string, from: IndexedBrand): Indexed | undefined {
    const plain = reference.replace(/\/_history\/[^/]*$/, '');
    if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return byUrl.get(reference) ?? byUrl.get(plain);
    // Without fullUrls there is nothing to resolve by, which is a finding of its own.
    if (from.fullUrl === null) return byTypeAndId.get(plain) ?? withoutBase().get(plain);
    const base = baseOf(from.fullUrl, 'Organization');
    if (base === null) return undefined;
    return byUrl.get(base + plain) ?? byTypeAndId.get(plain);
  }

  let anyBase: Map<string, Indexed> | null = null;
  function withoutBase(): Map<string, Indexed> {
    anyBase ??= new Map<string, Indexed>(
      [...brands, ...endpoints].map((item) => [`${item.kind}/${String(item.id)}`, item]),
    );
    return anyBase;
  }

  function tell(rule: string, severity: Severity, what: string, of: Indexed, path: string | null, seen: string | null) {
    const { entry, fullUrl } = of;
    const place = `Bundle.entry[${entry}]${path === null ? '.fullUrl' : `.resource${path === '' ? '' : `.${path}`}`}`;
    defects.add(rule, severity, what, { entry, fullUrl, path: place, seen: seen?.slice(0, 100) ?? null });
  }

  /** @param unread - entries that could not be looked into, where what a reference leads to may be */
  function compare(unread: number): void {
    const missing = unread + left > 0 ? 'open' : 'wrong';
    for (const brand of brands) judgeReferences(brand, missing);
    const inCircle = brandsInCircles();
    for (const brand of brands) judgePartOf(brand, inCircle);
    for (const endpoint of endpoints) {
      // Of several at one address references lead to the first; that there are several is a finding of its own.
      const isFirst = endpoint.fullUrl === null || byUrl.get(endpoint.fullUrl) === endpoint;
      if (!endpoint.isReferenced && isFirst && brands.length > 0) {
        tell('endpoints-referenced', missing, 'no brand refers to the Endpoint', endpoint, '', endpoint.address);
      }
    }
  }

  function judgeReferences(brand: IndexedBrand, missing: Severity): void {
    for (const [at, reference] of brand.endpoints.entries()) {
      const path = `endpoint[${at}].reference`;
      if (reference === null) {
        tell('endpoints-bundled', 'wrong', 'an endpoint is no literal reference', brand, `endpoint[${at}]`, null);
        continue;
      }
      const target = resolve(reference, brand);
      if (target === undefined) tell('endpoints-bundled', missing, whyNot(reference, brand), brand, path, reference);
      else if (target.kind !== 'Endpoint') {
        const type = target.kind === 'other' ? 'another resource' : 'an Organization';
        tell('endpoints-bundled', 'wrong', `an endpoint refers to ${type}`, brand, path, reference);
      } else {
        target.isReferenced = true;
        const ours = brand.fullUrl === null ? null : baseOf(brand.fullUrl, 'Organization');
        const theirs = target.fullUrl === null ? null : baseOf(target.fullUrl, 'Endpoint');
        if (ours !== null && ours === theirs && reference.startsWith(ours)) {
          const what = 'an endpoint is referred to by absolute URL, though a relative one would do';
          tell('endpoint-references-relative', 'odd', what, brand, path, reference);
        }
      }
    }
    for (const reference of brand.portalEndpoints) {
      const target = resolve(reference, brand);
      if (target?.kind === 'Endpoint') target.isReferenced = true;
    }
  }

  function whyNot(reference: string, from: IndexedBrand): string {
    const isRelative = !/^[a-z][a-z0-9+.-]*:/i.test(reference);
    if (isRelative && from.fullUrl !== null && baseOf(from.fullUrl, 'Organization') === null) {
      return 'an endpoint is referred to by relative URL, which cannot be resolved against this fullUrl';
    }
    return 'an endpoint refers to nothing in the Bundle';
  }

  const parents = new Map<IndexedBrand, IndexedBrand | null>();
  function parentOf(brand: IndexedBrand): IndexedBrand | null {
    if (brand.partOf === null) return null;
    let parent = parents.get(brand);
    if (parent === undefined) {
      const target = resolve(brand.partOf, brand);
      parent = target?.kind === 'Organization' ? target : null;
      parents.set(brand, parent);
    }
    return parent;
  }

  /** Each chain is followed once, however long: a hundred thousand brands can stand in one. */
  function brandsInCircles(): ReadonlySet<IndexedBrand> {
    const done = new Set<IndexedBrand>();
    const inCircle = new Set<IndexedBrand>();
    for (const brand of brands) {
      const way = new Set<IndexedBrand>();
      let at: IndexedBrand | null = brand;
      while (at !== null && !done.has(at) && !way.has(at)) {
        way.add(at);
        at = parentOf(at);
      }
      if (at !== null && way.has(at)) {
        for (let round: IndexedBrand | null = at; round !== null && !inCircle.has(round); round = parentOf(round)) {
          inCircle.add(round);
        }
      }
      for (const seen of way) done.add(seen);
    }
    return inCircle;
  }

  function judgePartOf(brand: IndexedBrand, inCircle: ReadonlySet<IndexedBrand>): void {
    if (brand.partOf === null) return;
    const parent = parentOf(brand);
    const say = (severity: Severity, what: string) =>
      tell('parts-two-deep', severity, what, brand, 'partOf.reference', brand.partOf);
    if (parent === null) {
      say('open', 'the brand is part of one that is not in the Bundle');
    } else if (inCircle.has(brand)) say('wrong', 'the brand is part of itself, in a circle');
    else if (parent.partOf !== null) say('wrong', 'the brand is part of a brand that is itself part of another');
    else if (!brand.hasPortal && !parent.hasPortal) {
      say('odd', 'neither the brand nor the one that it is part of has a portal');
    }
  }

  return {
    add,
    compare,
    brands,
    endpoints,
    /** Entries beyond what can be kept. */
    left: () => left,
    brandsIdentifiedBy: ({ system, value }: Json) =>
      brands.filter(({ identifiers }) =>
        identifiers.some((one) => one.value === value && (system === undefined || one.system === system)),
      ),
    /** The brands and Endpoints that no chain of partOf and shared Endpoints links with a brand. */
    unrelatedTo(primary: IndexedBrand): {
      readonly brands: readonly IndexedBrand[];
      readonly endpoints: readonly IndexedEndpoint[];
    } {
      const neighbours = new Map<Indexed, Indexed[]>();
      const side = (one: Indexed, other: Indexed) => {
        const known = neighbours.get(one);
        if (known) known.push(other);
        else neighbours.set(one, [other]);
      };
      const link = (one: Indexed, other: Indexed) => {
        side(one, other);
        side(other, one);
      };
      for (const brand of brands) {
        const parent = parentOf(brand);
        if (parent) link(brand, parent);
        for (const reference of [...brand.endpoints, ...brand.portalEndpoints]) {
          const target = reference === null ? undefined : resolve(reference, brand);
          if (target?.kind === 'Endpoint') link(brand, target);
        }
      }
      const related = new Set<Indexed>([primary]);
      for (const one of related) for (const other of neighbours.get(one) ?? []) related.add(other);
      return {
        brands: brands.filter((brand) => !related.has(brand)),
        endpoints: endpoints.filter((endpoint) => !related.has(endpoint)),
      };
    },
  };
}

export type BrandIndex = ReturnType<typeof createBrandIndex>;

/** `https://example.org/fhir/` of `https://example.org/fhir/Organization/1`; null when a URL has not that form. */
function baseOf(fullUrl: string, type: string): string | null {
  const match = /^(https?:\/\/.*\/)[A-Z][A-Za-z]*\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl);
  return match?.[1] !== undefined && fullUrl.startsWith(`${match[1]}${type}/`) ? match[1] : null;
}

function indexed(entry: number, fullUrl: string | null, resource: Json): Indexed {
  const id = typeof resource.id === 'string' ? resource.id : null;
  const { resourceType, endpoint, partOf, identifier, address } = resource;
  if (resourceType === 'Organization') {
    const listed = Array.isArray(endpoint) ? endpoint : [];
    return {
      kind: 'Organization',
      entry,
      fullUrl,
      id,
      endpoints: listed.map((one) => (isRecord(one) && typeof one.reference === 'string' ? one.reference : null)),
      portalEndpoints: portalEndpoints(resource).map(({ reference }) => reference),
      hasPortal: extensionsOf(resource, portalExtension).length > 0,
      partOf: isRecord(partOf) && typeof partOf.reference === 'string' ? partOf.reference : null,
      identifiers: records(identifier).map(({ system, value }) => ({ system, value })),
    };
  }
  if (resourceType === 'Endpoint') {
    return {
      kind: 'Endpoint',
      entry,
      fullUrl,
      id,
      address: typeof address === 'string' ? address : null,
      fhirVersions: fhirVersionsOf(resource),
      isReferenced: false,
    };
  }
  return { kind: 'other', entry, fullUrl, type: String(resourceType), id };
}

function costOf(item: Indexed): number {
  const own = costOfEntry + (item.fullUrl?.length ?? 0) + (item.id?.length ?? 0);
  if (item.kind === 'Endpoint') return own + (item.address?.length ?? 0) + sum(item.fhirVersions);
  if (item.kind === 'other') return own;
  const identifiers = item.identifiers.map(({ system, value }) => `${String(system)}${String(value)}`);
  return own + sum(item.endpoints) + sum(item.portalEndpoints) + sum(identifiers) + (item.partOf?.length ?? 0);
}

function sum(texts: readonly (string | null)[]): number {
  return texts.reduce((total, text) => total + (text?.length ?? 0) + 16, 0);
}
