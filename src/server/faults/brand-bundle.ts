/** Faults of the brand bundle as a whole: where it is, how it is served, what it says of itself. */
import { gzipSync } from 'node:zlib';
import type { Override } from '../behaviour.ts';
import { png } from '../endpoints/brand-logos.ts';
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { errorPage, notFound, retold } from './answers.ts';
import { changesEntries, changesResource } from './brands.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesBrandBundle,
  changesCors,
  changesSmartConfiguration,
  having,
  without,
} from './overrides.ts';

/** What the tests that need a bundle do not even see without one. */
const alsoDiscovery = ['discovery/endpoints-answer', 'discovery/brand-bundle'];

const served: readonly FaultRow[] = [
  ...(
    [
      ['not-found', 'answers 404', async () => notFound()],
      [
        'needs-token',
        'asks for credentials',
        async () => new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer realm="brands"' } }),
      ],
      ['html', 'is a web page', async () => errorPage(200)],
      [
        'truncated',
        'breaks off',
        async (answer) => retold(answer, { text: (await answer.clone().text()).slice(0, -40) }),
      ],
      [
        'gzip',
        'is packed with gzip, and no header says so',
        async (answer) => retold(answer, { text: Uint8Array.from(gzipSync(await answer.clone().text())) }),
      ],
      ['ndjson', 'is a resource on each line', async (answer) => retold(answer, { text: await inLines(answer) })],
      [
        'array',
        'is an array of resources',
        async (answer) => retold(answer, { text: `[${await answer.clone().text()}]` }),
      ],
      [
        'organization',
        'is an Organization',
        async (answer) => retold(answer, { text: (await inLines(answer)).split('\n')[0] ?? '' }),
      ],
    ] satisfies readonly (readonly [string, string, (answer: Response) => Promise<Response>])[]
  ).map(
    ([variant, summary, change]): FaultRow => ({
      id: `brands/bundle-served~${variant}`,
      level: 'fail',
      summary: `The brand bundle ${summary}`,
      also: alsoDiscovery,
      override: changesBundleAnswer(change),
    }),
  ),
  {
    id: 'brands/bundle-served~text-plain',
    level: 'warn',
    summary: 'The brand bundle is served as text/plain',
    override: changesBundleAnswer((answer) => retold(answer, { type: 'text/plain' })),
  },
  {
    id: 'brands/bundle-served~byte-order-mark',
    level: 'warn',
    summary: 'The brand bundle begins with a byte order mark',
    override: changesBundleAnswer(async (answer) => retold(answer, { text: `\ufeff${await answer.clone().text()}` })),
  },
  {
    id: 'brands/bundle-served~latin-1',
    level: 'warn',
    summary: 'The brand bundle is in Latin-1',
    override: changesBundleAnswer(async (answer) => {
      const text = (await answer.clone().text()).replace('Harbour Clinic', 'H\u00e4rbour Clinic');
      return retold(answer, { text: Uint8Array.from(Buffer.from(text, 'latin1')) });
    }),
  },
];

/** Of requests that get the bundle, not a 304. */
function changesBundleAnswer(change: (answer: Response) => Promise<Response>): Override {
  return changesAnswers('brands', async (usual) => {
    const answer = await usual();
    return answer.status === 200 ? change(answer) : answer;
  });
}

async function inLines(answer: Response): Promise<string> {
  const { entry }: { entry: readonly { resource: unknown }[] } = await answer.clone().json();
  return entry.map(({ resource }) => JSON.stringify(resource)).join('\n');
}

const day = ({ now }: Setup) => Math.floor(now() / 86_400_000);

const renamedDaily = changesResource('harbour-clinic', (resource, setup) => ({
  ...resource,
  name: `Harbour Clinic ${day(setup)}`,
}));

const overTime: readonly FaultRow[] = [
  {
    id: 'brands/stable-location~daily',
    level: 'warn',
    summary: 'The brand bundle has another URL every day, and is gone from the one before',
    override: (usual, setup) => ({
      smartConfiguration: () => ({
        ...usual.smartConfiguration(),
        user_access_brand_bundle: `${setup.site.brands}?day=${day(setup)}`,
      }),
      respond: async (asked, answer) => {
        const stale = asked.endpoint === 'brands' && new URL(asked.request.url).search !== `?day=${day(setup)}`;
        return stale ? notFound() : usual.respond(asked, answer);
      },
    }),
  },
  {
    id: 'brands/timestamp-follows-content~frozen',
    level: 'fail',
    summary: 'The content of the brand bundle changes, its timestamp does not',
    override: renamedDaily,
  },
  {
    id: 'brands/timestamp-follows-content~backwards',
    level: 'fail',
    summary: 'The content of the brand bundle changes, and its timestamp goes back',
    also: ['brands/last-updated'],
    override: together(
      renamedDaily,
      changesBrandBundle((bundle, setup) => ({
        ...bundle,
        timestamp: new Date(Date.parse('2025-06-01T00:00:00Z') - day(setup) * 1000).toISOString(),
      })),
    ),
  },
  {
    id: 'brands/timestamp-follows-content~now',
    level: 'warn',
    summary: 'The timestamp of the brand bundle is the time of the request',
    also: ['brands/if-none-match'],
    override: changesBrandBundle((bundle, { now }) => ({ ...bundle, timestamp: new Date(now()).toISOString() })),
  },
];

const cors: readonly FaultRow[] = [
  {
    id: 'brands/cors~none',
    level: 'fail',
    summary: 'The brand bundle comes without Access-Control-Allow-Origin',
    override: changesCors(['brands'], () => ({ allowOrigin: () => null })),
  },
  {
    id: 'brands/cors~one-origin',
    level: 'fail',
    summary: 'The brand bundle may be read by pages of one origin',
    override: changesCors(['brands'], () => ({ allowOrigin: () => 'https://app.smart-check.test' })),
  },
  {
    id: 'brands/cors~list',
    level: 'fail',
    summary: 'The brand bundle names two origins in one Access-Control-Allow-Origin',
    override: changesCors(['brands'], () => ({ allowOrigin: (origin) => `${origin}, https://app.smart-check.test` })),
  },
  {
    id: 'brands/cors~preflight-405',
    level: 'warn',
    summary: 'The brand bundle refuses preflights',
    override: changesCors(['brands'], () => ({ preflightStatus: 405 })),
  },
  {
    id: 'brands/cors~preflight-without-if-none-match',
    level: 'warn',
    summary: 'The brand bundle\u2019s preflight does not allow if-none-match',
    override: changesCors(['brands'], () => ({ requestHeaders: ['accept'] })),
  },
  {
    id: 'brands/cors~logos',
    level: 'warn',
    summary: 'The logos beside the brand bundle come without Access-Control-Allow-Origin',
    override: changesCors(['brand-logos'], () => ({ allowOrigin: () => null })),
  },
];

function changesHeader(name: string, value: (before: string) => string | null): Override {
  return changesAnswers('brands', async (usual) => {
    const answer = await usual();
    const changed = value(answer.headers.get(name) ?? '');
    if (changed === null) answer.headers.delete(name);
    else answer.headers.set(name, changed);
    return answer;
  });
}

const caching: readonly FaultRow[] = [
  {
    id: 'brands/weak-etag~absent',
    level: 'warn',
    summary: 'The brand bundle has no ETag',
    override: changesHeader('etag', () => null),
  },
  {
    id: 'brands/weak-etag~strong',
    level: 'warn',
    summary: 'The brand bundle has a strong ETag',
    also: ['brands/if-none-match'],
    override: changesHeader('etag', (tag) => tag.replace('W/', '')),
  },
  {
    id: 'brands/weak-etag~unquoted',
    level: 'warn',
    summary: 'The ETag of the brand bundle is not in quotes',
    also: ['brands/if-none-match'],
    override: changesHeader('etag', (tag) => tag.replaceAll('"', '')),
  },
  {
    id: 'brands/if-none-match~ignored',
    level: 'warn',
    summary: 'The brand bundle is sent again to who has it',
    override: changesAnswers('brands', async (usual, _asked, { brandBundle }) => {
      const answer = await usual();
      if (answer.status !== 304) return answer;
      return new Response(JSON.stringify(brandBundle()), {
        headers: { ...Object.fromEntries(answer.headers), 'content-type': 'application/fhir+json' },
      });
    }),
  },
  {
    id: 'brands/if-none-match~412',
    level: 'warn',
    summary: 'If-None-Match is answered 412',
    override: changesAnswers('brands', async (usual) => {
      const answer = await usual();
      return answer.status === 304 ? new Response(null, { status: 412 }) : answer;
    }),
  },
];

const timestamps: readonly FaultRow[] = [
  ...(
    [
      ['absent', 'has no timestamp', undefined],
      ['date', 'has a date as timestamp', '2025-06-01'],
      ['no-zone', 'has a timestamp without time zone', '2025-06-01T08:00:00'],
      ['no-such-day', 'has a timestamp on a day that does not exist', '2025-06-41T08:00:00Z'],
      ['future', 'has a timestamp in the future', '2999-01-01T00:00:00Z'],
      ['number', 'has a number as timestamp', 1748764800],
    ] satisfies readonly (readonly [string, string, unknown])[]
  ).map(
    ([variant, summary, timestamp]): FaultRow => ({
      id: `brands/timestamp-present~${variant}`,
      level: 'fail',
      summary: `The brand bundle ${summary}`,
      override: changesBrandBundle(timestamp === undefined ? without('timestamp') : having({ timestamp })),
    }),
  ),
  {
    id: 'brands/last-updated~after-timestamp',
    level: 'warn',
    summary: 'A brand was updated after the timestamp of the bundle',
    override: changesBrandBundle(having({ timestamp: '2025-05-20T00:00:00Z' })),
  },
];

const addStrangers = changesEntries((entries) => [
  ...entries,
  ...entries.filter((_, index) => index === 1 || index === 4).map((entry) => strange(entry)),
]);

/** A brand, or an Endpoint, of somebody else. */
function strange({ resource }: JsonObject): JsonObject {
  const { partOf: _, ...known } = isJsonObject(resource) ? resource : {};
  const fullUrl = `https://other-publisher.smart-check.test/${known.resourceType}/stranger`;
  const isBrand = known.resourceType === 'Organization';
  const identifier = [{ system: 'urn:ietf:rfc:3986', value: 'https://stranger.smart-check.test' }];
  return {
    fullUrl,
    resource: {
      ...known,
      id: 'stranger',
      ...(isBrand && { identifier, endpoint: [{ reference: 'Endpoint/stranger' }] }),
    },
  };
}

const identifies = (identifier: unknown) =>
  changesSmartConfiguration((document) => ({ ...document, user_access_brand_identifier: identifier }));
const home = 'https://harbour-clinic.smart-check.test';

const linked: readonly FaultRow[] = [
  {
    id: 'brands/own-brands-only~strangers',
    level: 'warn',
    summary: 'The linked bundle has the brand and the Endpoint of another provider',
    override: addStrangers,
  },
  {
    id: 'brands/identifier-with-several-brands~absent',
    level: 'fail',
    summary: 'The bundle has three brands, and the SMART configuration does not say which is the primary one',
    also: ['discovery/brand-identifier'],
    override: changesSmartConfiguration(without('user_access_brand_identifier')),
  },
  {
    id: 'brands/identifier-value~absent',
    level: 'fail',
    summary: 'user_access_brand_identifier has a system only',
    override: identifies({ system: 'urn:ietf:rfc:3986' }),
  },
  {
    id: 'brands/identifier-value~empty',
    level: 'fail',
    summary: 'user_access_brand_identifier has an empty value',
    also: ['brands/identifier-matches-one-brand'],
    override: identifies({ system: 'urn:ietf:rfc:3986', value: '' }),
  },
  {
    id: 'brands/identifier-system~absent',
    level: 'warn',
    summary: 'user_access_brand_identifier has no system',
    override: identifies({ value: home }),
  },
  {
    id: 'brands/identifier-matches-one-brand~none',
    level: 'fail',
    summary: 'No brand has the identifier of the primary brand',
    override: identifies({ system: 'urn:ietf:rfc:3986', value: 'https://harbour.smart-check.test' }),
  },
  {
    id: 'brands/identifier-matches-one-brand~other-system',
    level: 'fail',
    summary: 'The value of the primary brand\u2019s identifier is in the bundle, under another system',
    override: identifies({ system: 'http://hl7.org/fhir/sid/us-npi', value: home }),
  },
  {
    id: 'brands/identifier-matches-one-brand~trailing-slash',
    level: 'fail',
    summary: 'The primary brand\u2019s identifier has a slash at the end that it has not in the bundle',
    override: identifies({ system: 'urn:ietf:rfc:3986', value: `${home}/` }),
  },
  {
    id: 'brands/identifier-matches-one-brand~two',
    level: 'fail',
    summary: 'Two brands have the identifier of the primary brand',
    override: changesResource('island-practice', (resource) => ({
      ...resource,
      identifier: [...objectsIn(resource.identifier), { system: 'urn:ietf:rfc:3986', value: home }],
    })),
  },
  ...(
    [
      ['other-host', 'at another host', () => 'https://other.smart-check.test/fhir'],
      ['other-path', 'at another path of this host', ({ site }) => `${site.fhir}/r4`],
    ] satisfies readonly (readonly [string, string, (setup: Setup) => string])[]
  ).map(
    ([variant, summary, address]): FaultRow => ({
      id: `brands/own-endpoint-listed~${variant}`,
      level: 'warn',
      summary: `The server\u2019s Endpoint in the bundle is ${summary}`,
      override: changesResource('harbour', (resource, setup) => ({ ...resource, address: address(setup) })),
    }),
  ),
];

const atIndex = (at: number, change: (entry: JsonObject) => unknown) =>
  changesEntries((entries) => entries.map((entry, index) => (index === at ? change(entry) : entry)));

const valid: readonly FaultRow[] = [
  {
    id: 'brands/bundle-collection~searchset',
    level: 'fail',
    summary: 'The brand bundle is a searchset',
    override: changesBrandBundle(having({ type: 'searchset' })),
  },
  {
    id: 'brands/bundle-collection~absent',
    level: 'fail',
    summary: 'The brand bundle has no type',
    override: changesBrandBundle(without('type')),
  },
  {
    id: 'brands/bundle-meta~profile-only',
    level: 'fail',
    summary: 'The brand bundle has meta without lastUpdated',
    override: changesBrandBundle(
      having({
        meta: { profile: ['http://hl7.org/fhir/smart-app-launch/StructureDefinition/user-access-brands-bundle'] },
      }),
    ),
  },
  {
    id: 'brands/bundle-meta~date',
    level: 'fail',
    summary: 'The brand bundle was last updated on a day, without a time',
    override: changesBrandBundle(having({ meta: { lastUpdated: '2025-06-01' } })),
  },
  ...(
    [
      ['no-full-url', 'entries have no fullUrl', changesEntries((entries) => entries.map(without('fullUrl')))],
      ['one-without-full-url', 'one entry has no fullUrl', atIndex(1, without('fullUrl'))],
      [
        'relative-full-url',
        'an entry has a relative fullUrl',
        atIndex(1, having({ fullUrl: 'Organization/island-practice' })),
      ],
      [
        'duplicate-full-url',
        'two entries are the same',
        changesEntries((entries) => [...entries, ...entries.slice(4)]),
      ],
      [
        'full-url-of-another',
        'an entry has a fullUrl that ends in another id',
        atIndex(1, having({ fullUrl: 'https://brands.smart-check.test/Organization/island' })),
      ],
      [
        'full-url-of-version',
        'an entry has the fullUrl of a version',
        atIndex(1, (entry) => ({ ...entry, fullUrl: `${entry.fullUrl}/_history/1` })),
      ],
      ['search', 'an entry is a match of a search', atIndex(1, having({ search: { mode: 'match' } }))],
      [
        'request',
        'an entry is a request',
        atIndex(1, having({ request: { method: 'PUT', url: 'Organization/island-practice' } })),
      ],
      ['response', 'an entry is a response', atIndex(1, having({ response: { status: '200' } }))],
      ['total', 'there is a total, as in a search', changesBrandBundle(having({ total: 5 }))],
      ['no-resource', 'an entry has no resource', atIndex(1, without('resource'))],
      [
        'no-resource-type',
        'a resource has no resourceType',
        atIndex(1, ({ resource, ...entry }) => ({
          ...entry,
          resource: isJsonObject(resource) ? without('resourceType')(resource) : {},
        })),
      ],
      ['null-entry', 'an entry is null', atIndex(1, () => null)],
      [
        'extension',
        'the Bundle has an extension, which no Bundle can have',
        changesBrandBundle(having({ extension: [{ url: 'https://smart-check.test/x', valueString: 'x' }] })),
      ],
    ] satisfies readonly (readonly [string, string, Override])[]
  ).map(
    ([variant, summary, override]): FaultRow => ({
      id: `brands/bundle-valid~${variant}`,
      level: 'fail',
      summary: `In the brand bundle ${summary}`,
      also: ['brands/own-brands-only'],
      override,
    }),
  ),
];

const logos: readonly FaultRow[] = [
  ...(
    [
      ['small', 'is a PNG of 64x64', () => picture(png({ size: 64, transparent: true }), 'image/png')],
      [
        'opaque',
        'is a PNG that is not transparent',
        () => picture(png({ size: 1024, transparent: false }), 'image/png'),
      ],
      [
        'gif',
        'is a GIF',
        () => picture(Uint8Array.from(Buffer.from('GIF89a\x00\x04\x00\x04\x80\x00\x00', 'latin1')), 'image/gif'),
      ],
      ['not-found', 'is not there', () => notFound()],
      ['page', 'is a web page', () => errorPage(200)],
      [
        'svg-as-text',
        'is an SVG served as text/plain',
        () => picture(Uint8Array.from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'text/plain'),
      ],
    ] satisfies readonly (readonly [string, string, () => Response])[]
  ).map(
    ([variant, summary, answer]): FaultRow => ({
      id: `brands/logo~${variant}`,
      level: 'warn',
      summary: `A brand\u2019s logo ${summary}`,
      override: changesAnswers('brand-logos', (usual, { request }) =>
        request.url.endsWith('.png') ? answer() : usual(),
      ),
    }),
  ),
];

function picture(bytes: Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(bytes, { headers: { 'content-type': type } });
}

export const brandBundleFaults = faultsOf([
  ...served,
  ...overTime,
  ...cors,
  ...caching,
  ...timestamps,
  ...linked,
  ...valid,
  ...logos,
]);
