import { createHash } from 'node:crypto';
import { jsonFingerprint } from '../../http/json-fingerprint.ts';
import type { JsonElement } from '../../http/split-json.ts';
import { isRecord } from '../../kit/index.ts';
import { type BrandIndex, createBrandIndex } from './brand-index.ts';
import { createDefectLog, type DefectGroup, type DefectLog, type Place } from './defects.ts';
import { type EndpointRule, endpointRules } from './endpoint-rules.ts';
import { activeOnly, containedResources, dataAbsentReasons } from './entry-rules.ts';
import { brandExtension, extensionsOf, type Json } from './json.ts';
import { type OrganizationRule, organizationRules } from './organization-rules.ts';

/** Says where a resource departs from the definition of its type. */
export type BaseDefinitions = (
  resource: Json,
) => readonly { readonly what: string; readonly path: string; readonly seen?: unknown }[];

/** The logos that one brand extension gives. */
export interface BrandLogos {
  readonly place: Place;
  readonly urls: readonly string[];
}

/** What was found in a brand bundle that has been read to its end. */
export interface BrandSurvey {
  readonly bundle: Json;
  readonly counts: {
    readonly entries: number;
    readonly brands: number;
    readonly endpoints: number;
    readonly others: number;
  };
  /** Entries that were too large or too deep to be looked into, or too many to be compared. */
  readonly unread: number;
  /** What a rule found. */
  found(rule: string): readonly DefectGroup[];
  /** How many resources a rule had something to judge in. */
  judged(rule: string): number;
  /** How many brands, or Endpoints, break the profile somewhere. */
  readonly nonconforming: { readonly brands: number; readonly endpoints: number };
  readonly withLastUpdated: number;
  /** The latest meta.lastUpdated of an entry, with its place. */
  readonly latestUpdate: Place | null;
  readonly logos: readonly BrandLogos[];
  /** Brand extensions with logos, those in `logos` included. */
  readonly logoExtensions: number;
  readonly index: BrandIndex;
  /** The same for bundles of the same content, in any order; null when it was not asked for, or cannot be told. */
  readonly fingerprint: string | null;
}

/** Brand extensions whose logos are kept to be looked at. */
const mostLogos = 1000;

const rulesOfBrands: readonly (readonly [string, OrganizationRule])[] = Object.entries(organizationRules);
const rulesOfEndpoints: readonly (readonly [string, EndpointRule])[] = Object.entries(endpointRules);

/** Rules whose breach makes a resource none of its profile. */
const profileRules: ReadonlySet<string> = new Set([
  ...Object.keys(organizationRules),
  ...Object.keys(endpointRules),
  'endpoints-bundled',
  'parts-two-deep',
  'entries-valid',
]);

/** Judges the entries of a brand bundle one by one while they are read, and compares them when all have come. */
export function createBrandSurvey(options: { readonly definitions: BaseDefinitions; readonly fingerprint: boolean }) {
  const defects = createDefectLog();
  /** What is wrong or right depending on Bundle.type, which may come last. */
  const byType = createDefectLog();
  const index = createBrandIndex(defects);
  const judged = new Map<string, number>();
  const counts = { entries: 0, brands: 0, endpoints: 0, others: 0 };
  const logos: BrandLogos[] = [];
  const digests: string[] = [];
  let logoExtensions = 0;
  let unread = 0;
  let leftOut = 0;
  let withLastUpdated = 0;
  let latest: (Place & { readonly time: number }) | null = null;

  function take(element: JsonElement): void {
    counts.entries += 1;
    const { index: entry } = element;
    const path = `Bundle.entry[${entry}]`;
    if (element.kind === 'unread') {
      unread += 1;
      const place = { entry, fullUrl: null, path, seen: element.why };
      defects.add('entries-valid', 'open', 'an entry is too large or too deep to be looked into', place);
      return;
    }
    leftOut += element.leftOut;
    const { value } = element;
    const fullUrl = isRecord(value) && typeof value.fullUrl === 'string' ? value.fullUrl : null;
    const wrong = (what: string, at = path, seen: string | null = null) =>
      defects.add('bundle-valid', 'wrong', what, { entry, fullUrl, path: at, seen: seen?.slice(0, 100) ?? null });
    const resource = resourceIn(value, wrong, path);
    if (resource === null || !isRecord(value)) return;
    for (const member of Object.keys(value)) {
      if (member === 'search' || member === 'request' || member === 'response') {
        byType.add(member, 'wrong', member, { entry, fullUrl, path: `${path}.${member}`, seen: null });
      } else if (!entryMembers.has(member)) wrong(`an entry has an unknown element "${member.slice(0, 40)}"`);
    }
    judgeFullUrl(value, resource, wrong, `${path}.fullUrl`);
    index.add(entry, fullUrl, resource);
    if (options.fingerprint) {
      digests.push(
        jsonFingerprint({
          kind: 'value',
          value: { fullUrl, resource },
          depth: 1,
          duplicates: [],
          byteOrderMark: false,
        }) ?? '',
      );
    }
    judgeResource(entry, fullUrl, resource, element.text);
  }

  function judgeResource(entry: number, fullUrl: string | null, resource: Json, text: string): void {
    const judge = (rule: string, judgement: OrganizationRule | EndpointRule) => {
      if (judgement(resource, defects.seeing(rule, entry, fullUrl)) !== false) count(rule);
    };
    const { resourceType } = resource;
    if (resourceType === 'Organization') {
      counts.brands += 1;
      for (const [rule, judgement] of rulesOfBrands) judge(rule, judgement);
      collectLogos(entry, fullUrl, resource);
    } else if (resourceType === 'Endpoint') {
      counts.endpoints += 1;
      for (const [rule, judgement] of rulesOfEndpoints) judge(rule, judgement);
    } else counts.others += 1;
    if (resourceType === 'Organization' || resourceType === 'Endpoint') {
      count('entries-valid');
      const see = defects.seeing('entries-valid', entry, fullUrl);
      for (const { what, path, seen } of options.definitions(resource)) see.wrong(what, path, seen);
      if (text.includes('"#') || resource.contained !== undefined) containedResources(resource, see);
      judge('active-only', activeOnly);
    }
    if (text.includes('data-absent-reason')) judge('data-absent-reasons', dataAbsentReasons);
    noteUpdate(entry, fullUrl, resource.meta);
  }

  function count(rule: string): void {
    judged.set(rule, (judged.get(rule) ?? 0) + 1);
  }

  function collectLogos(entry: number, fullUrl: string | null, organization: Json): void {
    for (const { extension, at } of extensionsOf(organization, brandExtension)) {
      const urls = extensionsOf(extension, 'brandLogo').flatMap(({ extension: { valueUrl } }) =>
        typeof valueUrl === 'string' ? [valueUrl] : [],
      );
      if (urls.length === 0) continue;
      logoExtensions += 1;
      if (logos.length >= mostLogos) continue;
      const place = { entry, fullUrl, path: `Bundle.entry[${entry}].resource.extension[${at}]`, seen: null };
      logos.push({ place, urls: urls.slice(0, 10) });
    }
  }

  function noteUpdate(entry: number, fullUrl: string | null, meta: unknown): void {
    const updated = isRecord(meta) ? meta.lastUpdated : undefined;
    if (typeof updated !== 'string') return;
    withLastUpdated += 1;
    const time = Date.parse(updated);
    if (Number.isNaN(time) || (latest !== null && time <= latest.time)) return;
    latest = { entry, fullUrl, path: `Bundle.entry[${entry}].resource.meta.lastUpdated`, seen: updated, time };
  }

  return {
    take,
    entries: () => counts.entries,
    /** @param bundle - the members of the Bundle but for its entries */
    finish(bundle: Json): BrandSurvey {
      judgeBundle(bundle, byType, defects);
      index.compare(unread);
      const isWrong = defects.wrongEntries(profileRules);
      return {
        bundle,
        counts,
        unread: unread + index.left(),
        found: defects.of,
        judged: (rule) => judged.get(rule) ?? 0,
        nonconforming: {
          brands: index.brands.filter(({ entry }) => isWrong.has(entry)).length,
          endpoints: index.endpoints.filter(({ entry }) => isWrong.has(entry)).length,
        },
        withLastUpdated,
        latestUpdate: latest,
        logos,
        logoExtensions,
        index,
        fingerprint: options.fingerprint && unread + leftOut + index.left() === 0 ? sealed(bundle, digests) : null,
      };
    },
  };
}

const entryMembers: ReadonlySet<string> = new Set([
  ...['id', 'extension', 'modifierExtension', 'link', 'fullUrl', '_fullUrl', 'resource'],
]);

const bundleMembers: ReadonlySet<string> = new Set(
  [
    'resourceType',
    'id',
    'meta',
    'implicitRules',
    'language',
    'identifier',
    'type',
    'timestamp',
    'total',
    'link',
    'entry',
    'signature',
  ].flatMap((member) => [member, `_${member}`]),
);

function resourceIn(entry: unknown, wrong: Wrong, path: string): Json | null {
  if (!isRecord(entry)) wrong('an entry is no object');
  else if (!isRecord(entry.resource)) wrong('an entry has no resource');
  else if (typeof entry.resource.resourceType !== 'string') wrong('a resource has no resourceType', `${path}.resource`);
  else return entry.resource;
  return null;
}

type Wrong = (what: string, path?: string, seen?: string | null) => void;

/** Every entry of a collection says whose address it has (FHIR R4, Bundle, "fullUrl"). */
function judgeFullUrl({ fullUrl }: Json, { resourceType, id }: Json, wrong: Wrong, path: string): void {
  if (fullUrl === undefined) wrong('an entry has no fullUrl', path);
  else if (typeof fullUrl !== 'string') wrong('fullUrl is no text', path);
  else if (fullUrl.includes('/_history/')) wrong('bdl-8: fullUrl is of a version', path, fullUrl);
  else if (!/^[a-z][a-z0-9+.-]*:/i.test(fullUrl)) wrong('fullUrl is not absolute', path, fullUrl);
  else if (!/^urn:/i.test(fullUrl) && !fullUrl.endsWith(`/${String(resourceType)}/${String(id)}`)) {
    wrong('fullUrl does not end in the type and id of its resource', path, fullUrl);
  }
}

/** The invariants of FHIR R4's Bundle, by the type it says it has. */
function judgeBundle(bundle: Json, byType: DefectLog, defects: DefectLog): void {
  const wrong = (what: string, path: string) =>
    defects.add('bundle-valid', 'wrong', what, { entry: null, fullUrl: null, path, seen: null });
  const { type } = bundle;
  // As an array it would have been taken entry by entry.
  if (bundle.entry !== undefined) wrong('entry is no array', 'Bundle.entry');
  const isHistory = type === 'history';
  const isSearch = type === 'searchset';
  if (bundle.total !== undefined && !isSearch && !isHistory)
    wrong('bdl-1: total is for searches and histories', 'Bundle.total');
  for (const member of Object.keys(bundle)) {
    if (!bundleMembers.has(member))
      wrong(`an unknown element "${member.slice(0, 40)}"`, `Bundle.${member.slice(0, 40)}`);
  }
  const isExchange = ['batch', 'transaction', 'batch-response', 'transaction-response', 'history'].includes(
    String(type),
  );
  const misplaced = [
    { member: 'search', rule: 'bdl-2', isAllowed: isSearch },
    { member: 'request', rule: 'bdl-3', isAllowed: isExchange },
    { member: 'response', rule: 'bdl-4', isAllowed: isExchange },
  ];
  for (const { member, rule, isAllowed } of misplaced) {
    if (isAllowed) continue;
    for (const group of byType.of(member))
      defects.merge('bundle-valid', { ...group, what: `${rule}: an entry has ${member}` });
  }
  dataAbsentReasons(bundle, defects.seeing('data-absent-reasons', null, null));
}

function sealed({ type, total, language }: Json, digests: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify({ type, total, language }));
  for (const digest of [...digests].sort()) hash.update(digest);
  return hash.digest('base64url');
}
