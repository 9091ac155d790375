/** Faults of the brand bundle's entries. */
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesBrandBundle, having, without } from './overrides.ts';

type Edit = (resource: JsonObject, setup: Setup) => JsonObject;

const structureDefinition = 'http://hl7.org/fhir/StructureDefinition';
const dataAbsentReason = `${structureDefinition}/data-absent-reason`;

function resourceOf({ resource }: JsonObject): JsonObject {
  return isJsonObject(resource) ? resource : {};
}

/** The entries of the bundle, changed. */
export function changesEntries(change: (entries: readonly JsonObject[], setup: Setup) => readonly unknown[]) {
  return changesBrandBundle((bundle, setup) => ({ ...bundle, entry: change(objectsIn(bundle.entry), setup) }));
}

/** The resource of that id, changed. */
export function changesResource(id: string, edit: Edit) {
  return changesEntries((entries, setup) =>
    entries.map((entry) => {
      const resource = resourceOf(entry);
      return resource.id === id ? { ...entry, resource: edit(resource, setup) } : entry;
    }),
  );
}

const clinic = (edit: Edit) => changesResource('harbour-clinic', edit);
const practice = (edit: Edit) => changesResource('island-practice', edit);
const laboratory = (edit: Edit) => changesResource('lighthouse-laboratory', edit);
const children = (edit: Edit) => changesResource('harbour-children', edit);

/** The extensions of that name, changed. */
function extensions(name: string, change: (extension: JsonObject, index: number) => JsonObject): Edit {
  return (resource) => {
    let index = -1;
    const extension = objectsIn(resource.extension).map((one) => {
      if (one.url !== `${structureDefinition}/${name}`) return one;
      index += 1;
      return change(one, index);
    });
    return { ...resource, extension };
  };
}

/** The parts of extensions of that name, changed. */
function parts(name: string, change: (parts: readonly JsonObject[], index: number) => readonly unknown[]): Edit {
  return extensions(name, (extension, index) => ({
    ...extension,
    extension: change(objectsIn(extension.extension), index),
  }));
}

/** One part of them. */
function part(extension: string, name: string, change: (part: JsonObject) => JsonObject): Edit {
  return parts(extension, (listed) => listed.map((one) => (one.url === name ? change(one) : one)));
}

const brand = ['brands/organizations-conform'];
const endpoint = ['brands/endpoints-conform'];

/** Rows of one requirement, which differ in how it is broken. */
function rows(
  requirement: string,
  level: FaultRow['level'],
  also: readonly string[],
  variants: Readonly<Record<string, readonly [summary: string, override: FaultRow['override']]>>,
): readonly FaultRow[] {
  return Object.entries(variants).map(([variant, [summary, override]]) => ({
    id: `brands/${requirement}~${variant}`,
    level,
    summary,
    also,
    override,
  }));
}

const homeUrl = (value: string, system = 'urn:ietf:rfc:3986') => practice(having({ identifier: [{ system, value }] }));

const identifiers = rows('home-url-identifier', 'warn', [], {
  www: ['A brand is identified by a URL with www.', homeUrl('https://www.island-practice.smart-check.test')],
  path: ['A brand is identified by a URL with a path', homeUrl('https://island-practice.smart-check.test/about')],
  http: ['A brand is identified by an http URL', homeUrl('http://island-practice.smart-check.test')],
  'stray-space': [
    'A brand\u2019s identifier has the system urn:ietf:rfc: 3986, with a space',
    homeUrl('https://island-practice.smart-check.test', 'urn:ietf:rfc: 3986'),
  ],
  npi: ['A brand is identified by a number alone', homeUrl('1234567893', 'http://hl7.org/fhir/sid/us-npi')],
  absent: ['A brand has no identifier', practice(without('identifier'))],
});

const names: readonly FaultRow[] = [
  ...rows('name', 'fail', [...brand, 'brands/entries-valid'], {
    absent: ['A brand has no name', practice(without('name'))],
    empty: ['A brand has an empty name', practice(having({ name: '' }))],
    blank: ['A brand\u2019s name is a blank', practice(having({ name: ' ' }))],
  }),
  ...rows('name', 'warn', [], {
    'absent-for-reason': [
      'A brand gives a reason why it has no name',
      practice((resource) => ({ ...without('name')(resource), _name: absentFor('asked-unknown') })),
    ],
  }),
];

function absentFor(valueCode: string): JsonObject {
  return { extension: [{ url: dataAbsentReason, valueCode }] };
}

const website = { system: 'url', value: 'https://www.island-practice.smart-check.test' };

const telecoms: readonly FaultRow[] = [
  ...rows('telecom-once', 'fail', brand, {
    absent: ['A brand has no telecom', practice(without('telecom'))],
    two: [
      'A brand has a website and a telephone number',
      practice(having({ telecom: [website, { system: 'phone', value: '+1 555 0100' }] })),
    ],
    'two-websites': ['A brand has two websites', practice(having({ telecom: [website, website] }))],
  }),
  ...rows('website', 'fail', brand, {
    phone: [
      'A brand has a telephone number instead of a website',
      practice(having({ telecom: [{ system: 'phone', value: '+1 555 0100' }] })),
    ],
    'no-scheme': [
      'A brand\u2019s website lacks https://',
      practice(having({ telecom: [{ ...website, value: 'www.island-practice.smart-check.test' }] })),
    ],
    'no-value': [
      'A brand\u2019s telecom has no value, and no reason for that',
      practice(having({ telecom: [{ system: 'url' }] })),
    ],
    'other-system': [
      'A brand\u2019s website has the system other',
      practice(having({ telecom: [{ ...website, system: 'other' }] })),
    ],
  }),
];

const portals: readonly FaultRow[] = [
  ...rows('portal-endpoints-listed', 'fail', brand, {
    'second-portal': [
      'The endpoint of a brand\u2019s second portal is not among its endpoints',
      clinic(having({ endpoint: [{ reference: 'Endpoint/harbour' }] })),
    ],
    'first-portal': [
      'The endpoint of a brand\u2019s first portal is not among its endpoints',
      clinic(having({ endpoint: [{ reference: 'Endpoint/harbour-children' }] })),
    ],
    none: ['A brand has portals with endpoints, and no endpoint of its own', clinic(without('endpoint'))],
  }),
  ...rows('endpoints-in-portals', 'warn', [], {
    'one-more': [
      'A brand has an endpoint that is in none of its portals',
      laboratory(having({ endpoint: [{ reference: 'Endpoint/harbour' }, { reference: 'Endpoint/harbour-children' }] })),
    ],
    'portal-without': [
      'A brand\u2019s only portal names no endpoint',
      laboratory(parts('organization-portal', (listed) => listed.filter(({ url }) => url !== 'portalEndpoint'))),
    ],
  }),
  ...rows('portal-extension', 'fail', [...brand, 'brands/entries-valid', 'brands/endpoints-in-portals'], {
    'name-twice': [
      'A portal has two names',
      clinic(parts('organization-portal', (listed) => [...listed, { url: 'portalName', valueString: 'Another' }])),
    ],
    'description-string': [
      'A portal\u2019s description is a string, not markdown',
      clinic(part('organization-portal', 'portalDescription', ({ url }) => ({ url, valueString: 'For adults' }))),
    ],
    'endpoint-string': [
      'A portal names its endpoint in a string',
      clinic(part('organization-portal', 'portalEndpoint', ({ url }) => ({ url, valueString: 'Endpoint/harbour' }))),
    ],
    'unknown-part': [
      'The portal extension has a part portalLanguage',
      clinic(parts('organization-portal', (listed) => [...listed, { url: 'portalLanguage', valueCode: 'en' }])),
    ],
    empty: [
      'A portal extension has no parts',
      practice((resource) => ({
        ...resource,
        extension: [...objectsIn(resource.extension), { url: `${structureDefinition}/organization-portal` }],
      })),
    ],
  }),
  ...rows('brand-extension', 'fail', brand, {
    'logo-uri': [
      'A brand\u2019s logo is a valueUri',
      clinic(part('organization-brand', 'brandLogo', ({ url, valueUrl }) => ({ url, valueUri: valueUrl }))),
    ],
    'logo-attachment': [
      'A brand\u2019s logo is an Attachment',
      clinic(
        part('organization-brand', 'brandLogo', ({ url, valueUrl }) => ({ url, valueAttachment: { url: valueUrl } })),
      ),
    ],
    'unknown-part': [
      'The brand extension has a part brandColor',
      clinic(parts('organization-brand', (listed) => [...listed, { url: 'brandColor', valueString: 'blue' }])),
    ],
  }),
  ...rows('brand-extension', 'warn', ['brands/logo'], {
    'logo-http': [
      'A brand\u2019s logo is an http URL',
      practice(
        part('organization-brand', 'brandLogo', ({ url }) => ({
          url,
          valueUrl: 'http://[::ffff:127.0.0.1]:1/logo.svg',
        })),
      ),
    ],
    'logo-relative': [
      'A brand\u2019s logo is a relative URL',
      practice(part('organization-brand', 'brandLogo', ({ url }) => ({ url, valueUrl: '/logos/island.svg' }))),
    ],
  }),
];

const references: readonly FaultRow[] = [
  ...rows(
    'endpoints-bundled',
    'fail',
    [...brand, 'brands/portal-endpoints-listed', 'brands/endpoints-in-portals', 'brands/own-brands-only'],
    {
      outside: [
        'A brand refers to an Endpoint that is not in the bundle',
        refersTo({ reference: 'https://elsewhere.smart-check.test/fhir/Endpoint/1' }),
      ],
      'part-of-an-id': [
        'A brand refers to an Endpoint whose id only begins like one of the bundle',
        refersTo({ reference: 'Endpoint/harb' }),
      ],
      organization: [
        'A brand refers to an Organization as its endpoint',
        refersTo({ reference: 'Organization/harbour-clinic' }),
      ],
      identifier: ['A brand refers to its endpoint by an identifier', refersTo({ identifier: { value: 'harbour' } })],
      'no-type': ['A brand refers to its endpoint by the id alone', refersTo({ reference: 'harbour' })],
      'urn-and-relative': [
        'A brand whose fullUrl is a urn:uuid refers to its endpoint by relative URL',
        changesEntries((entries) =>
          entries.map((entry) =>
            resourceOf(entry).id === 'lighthouse-laboratory'
              ? { ...entry, fullUrl: 'urn:uuid:5b3a3c1e-52c8-4f0e-9a58-9f4a8d2f6c01' }
              : entry,
          ),
        ),
      ],
    },
  ),
  ...rows('endpoint-references-relative', 'warn', [], {
    absolute: [
      'A brand refers to its endpoint by absolute URL, though both have one base',
      laboratory((resource, setup) => {
        const reference = `${setup.site.baseUrl}/brands/Endpoint/harbour`;
        const used = part('organization-portal', 'portalEndpoint', ({ url }) => ({
          url,
          valueReference: { reference },
        }));
        return { ...used(resource, setup), endpoint: [{ reference }] };
      }),
    ],
  }),
  ...rows('parts-two-deep', 'fail', [...brand, 'brands/own-brands-only'], {
    three: [
      'A brand is part of one that is part of another',
      laboratory(having({ partOf: { reference: 'Organization/island-practice' } })),
    ],
    itself: [
      'A brand is part of itself',
      laboratory(having({ partOf: { reference: 'Organization/lighthouse-laboratory' } })),
    ],
    circle: [
      'Two brands are part of each other',
      clinic(having({ partOf: { reference: 'Organization/island-practice' } })),
    ],
  }),
  ...rows('parts-two-deep', 'warn', ['brands/endpoints-in-portals', 'brands/portal-endpoints-listed'], {
    'no-portal': ['A brand without a portal is part of one without a portal', practiceOfLaboratoryWithoutPortal()],
  }),
  ...rows(
    'endpoints-referenced',
    'fail',
    [
      ...brand,
      'brands/own-brands-only',
      'brands/identifier-matches-one-brand',
      'brands/own-endpoint-listed',
      'brands/last-updated',
    ],
    {
      orphan: [
        'The bundle has an Endpoint to which no brand refers',
        changesEntries((entries) => [
          ...entries,
          ...entries.slice(-1).map((entry) => ({
            fullUrl: String(entry.fullUrl).replace('harbour-children', 'orphan'),
            resource: { ...resourceOf(entry), id: 'orphan' },
          })),
        ]),
      ],
      empty: ['The bundle has no entries', changesBrandBundle(without('entry'))],
      'no-brand': ['The bundle has Endpoints and no brand', changesEntries((entries) => entries.slice(3))],
    },
  ),
];

function refersTo(reference: JsonObject) {
  return laboratory(having({ endpoint: [reference] }));
}

function practiceOfLaboratoryWithoutPortal() {
  return together(
    practice(having({ partOf: { reference: 'Organization/lighthouse-laboratory' } })),
    laboratory((resource) => ({
      ...resource,
      extension: objectsIn(resource.extension).filter(
        ({ url }) => url !== `${structureDefinition}/organization-portal`,
      ),
    })),
  );
}

const addresses = rows('address', 'warn', [], {
  'no-country': ['An address has no country', practice(having({ address: [{ city: 'Madison', state: 'WI' }] }))],
  'country-name': [
    'An address names its country in full',
    practice(having({ address: [{ city: 'Madison', state: 'WI', country: 'United States' }] })),
  ],
  'country-alpha-3': [
    'An address has a country code of three letters',
    practice(having({ address: [{ city: 'Madison', state: 'WI', country: 'USA' }] })),
  ],
  'country-unassigned': [
    'An address has a country code that is not assigned',
    practice(having({ address: [{ city: 'Madison', state: 'WI', country: 'UK' }] })),
  ],
  'city-only': [
    'An address has a city and no state',
    practice(having({ address: [{ city: 'Madison', country: 'US' }] })),
  ],
  'text-only': [
    'An address is a text only',
    practice(having({ address: [{ text: '1 Quay Street, Madison', country: 'US' }] })),
  ],
});

const categories = rows('category', 'warn', [], {
  unknown: [
    'A brand has the category hospital, which does not exist',
    practice(
      having({
        type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'hospital' }] }],
      }),
    ),
  ],
});

const reasons = rows('data-absent-reasons', 'fail', [], {
  unknown: [
    'The website of a brand is absent for the reason unknown',
    laboratory(having({ telecom: [{ system: 'url', _value: absentFor('unknown') }] })),
  ],
  'portal-name': [
    'The name of a portal is absent for the reason not-applicable',
    clinic(
      part('organization-portal', 'portalName', ({ url }) => ({ url, _valueString: absentFor('not-applicable') })),
    ),
  ],
  endpoint: [
    'The name of an Endpoint is absent for the reason masked',
    children((resource) => ({ ...without('name')(resource), _name: absentFor('masked') })),
  ],
});

const fhirVersion = (valueCode: unknown) =>
  children(having({ extension: [{ url: `${structureDefinition}/endpoint-fhir-version`, valueCode }] }));

const endpointType = 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type';
const payloadType = 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type';
const none = { coding: [{ system: payloadType, code: 'none' }] };

const endpoints: readonly FaultRow[] = [
  ...rows('endpoint-fhir-version', 'fail', endpoint, {
    absent: ['An Endpoint does not say its FHIR version', children(without('extension'))],
    r4: ['An Endpoint says that its FHIR version is R4', fhirVersion('R4')],
    uncommon: ['An Endpoint says that its FHIR version is 4.0.9', fhirVersion('4.0.9')],
    string: [
      'An Endpoint says its FHIR version in a string',
      children(having({ extension: [{ url: `${structureDefinition}/endpoint-fhir-version`, valueString: '4.0.1' }] })),
    ],
  }),
  ...rows('endpoint-fhir-version', 'warn', [], {
    other: [
      'The server\u2019s Endpoint says another FHIR version than the server speaks',
      changesResource(
        'harbour',
        having({ extension: [{ url: `${structureDefinition}/endpoint-fhir-version`, valueCode: '1.0.2' }] }),
      ),
    ],
  }),
  ...rows('endpoint-connection-type', 'fail', [...endpoint, 'brands/entries-valid'], {
    absent: ['An Endpoint has no connectionType', children(without('connectionType'))],
    'other-code': [
      'An Endpoint has the connectionType hl7v2-mllp',
      children(having({ connectionType: { system: endpointType, code: 'hl7v2-mllp' } })),
    ],
    'other-system': [
      'An Endpoint has a connectionType of another system',
      children(
        having({ connectionType: { system: 'http://hl7.org/fhir/endpoint-connection-type', code: 'hl7-fhir-rest' } }),
      ),
    ],
    r5: [
      'An Endpoint has its connectionType as FHIR R5 wants it',
      children(having({ connectionType: [{ coding: [{ system: endpointType, code: 'hl7-fhir-rest' }] }] })),
    ],
  }),
  ...rows('endpoint-contact', 'fail', endpoint, {
    absent: ['An Endpoint has no contact', children(without('contact'))],
    email: [
      'An Endpoint has only an email address as contact',
      children(having({ contact: [{ system: 'email', value: 'dev@smart-check.test' }] })),
    ],
    'absent-as-whole': [
      'An Endpoint has a reason instead of a contact',
      children(having({ contact: [absentFor('asked-unknown')] })),
    ],
    'no-value': [
      'An Endpoint has a contact of system url without a value',
      children(having({ contact: [{ system: 'url' }] })),
    ],
  }),
  ...rows('endpoint-contact', 'warn', [], {
    'absent-value': [
      'An Endpoint gives a reason why its contact has no value',
      children(having({ contact: [{ system: 'url', _value: absentFor('asked-declined') }] })),
    ],
  }),
  ...rows('endpoint-contact-https', 'warn', [], {
    http: [
      'An Endpoint\u2019s website for developers is http',
      children(having({ contact: [{ system: 'url', value: 'http://developers.smart-check.test' }] })),
    ],
    'no-scheme': [
      'An Endpoint\u2019s website for developers lacks https://',
      children(having({ contact: [{ system: 'url', value: 'developers.smart-check.test' }] })),
    ],
  }),
  ...rows('endpoint-payload-type', 'fail', endpoint, {
    any: [
      'An Endpoint has the payloadType any',
      children(having({ payloadType: [{ coding: [{ system: payloadType, code: 'any' }] }] })),
    ],
    two: ['An Endpoint has two payloadTypes', children(having({ payloadType: [none, none] }))],
    text: ['An Endpoint has a payloadType in words only', children(having({ payloadType: [{ text: 'none' }] }))],
    absent: ['An Endpoint has no payloadType', children(without('payloadType'))],
    'other-system': [
      'An Endpoint has the code none of another system',
      children(having({ payloadType: [{ coding: [{ system: 'http://example.org/payloads', code: 'none' }] }] })),
    ],
  }),
  ...rows('endpoint-status-and-address', 'fail', [...endpoint, 'brands/own-endpoint-listed', 'brands/entries-valid'], {
    'unknown-status': ['An Endpoint has the status live', children(having({ status: 'live' }))],
    'no-status': ['An Endpoint has no status', children(without('status'))],
    'relative-address': ['An Endpoint\u2019s address is a path', children(having({ address: '/children/fhir' }))],
    'no-scheme': [
      'An Endpoint\u2019s address lacks https://',
      children(having({ address: 'children.smart-check.test/fhir' })),
    ],
    'no-address': ['An Endpoint has no address', children(without('address'))],
  }),
  ...rows(
    'endpoints-conform',
    'fail',
    ['brands/endpoint-payload-type', 'brands/endpoint-fhir-version', 'brands/entries-valid'],
    {
      'last-one': [
        'The last Endpoint has another payloadType and no FHIR version',
        children((resource) => ({ ...without('extension')(resource), payloadType: [] })),
      ],
    },
  ),
];

const bases: readonly FaultRow[] = [
  ...rows('organizations-conform', 'fail', ['brands/telecom-once', 'brands/entries-valid'], {
    'last-one': ['The last brand has no telecom', laboratory(without('telecom'))],
  }),
  ...rows('entries-valid', 'fail', [...brand, ...endpoint], {
    'unknown-element': ['A brand has an element that FHIR does not define', practice(having({ logo: 'logo.svg' }))],
    r5: [
      'A brand has qualifications, as in FHIR R5',
      practice(having({ qualification: [{ code: { text: 'accredited' } }] })),
    ],
    'empty-array': ['A brand has an empty array of aliases', practice(having({ alias: [] }))],
    'empty-string': [
      'An address has an empty line',
      practice(having({ address: [{ line: [''], city: 'Madison', state: 'WI', postalCode: '53703', country: 'US' }] })),
    ],
    'active-text': ['A brand is active "true", a string', practice(having({ active: 'true' }))],
    'alias-string': ['A brand has an alias that is no array', practice(having({ alias: 'Island' }))],
    'home-address': [
      'A brand has an address of use home (org-2)',
      practice(having({ address: [{ use: 'home', state: 'WI', country: 'US' }] })),
    ],
    'last-updated': [
      'A brand was last updated on a day, without a time',
      practice(having({ meta: { lastUpdated: '2025-05-01' } })),
    ],
    'contained-unreferenced': [
      'An Endpoint contains an Organization to which it does not refer (dom-3)',
      children(having({ contained: [{ resourceType: 'Organization', id: 'owner', name: 'Harbour Clinic' }] })),
    ],
    'contained-id': [
      'An Endpoint contains an Organization whose id has a slash',
      children(
        having({
          contained: [{ resourceType: 'Organization', id: 'a/b', name: 'Harbour Clinic' }],
          managingOrganization: { reference: '#a/b' },
        }),
      ),
    ],
    'mime-type': [
      'An Endpoint has a payloadMimeType that is no array',
      children(having({ payloadMimeType: 'application/fhir+json' })),
    ],
  }),
];

export const brandFaults = faultsOf([
  ...identifiers,
  ...names,
  ...telecoms,
  ...portals,
  ...references,
  ...addresses,
  ...categories,
  ...reasons,
  ...endpoints,
  ...bases,
]);
