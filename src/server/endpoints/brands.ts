import { createHash } from 'node:crypto';
import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import type { JsonObject } from '../json.ts';
import { fhirJson, json } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The Identifier of the brand the server belongs to. */
export const primaryBrand: JsonObject = identifiedBy('https://harbour-clinic.smart-check.test');

const structureDefinition = 'http://hl7.org/fhir/StructureDefinition';
const terminology = 'http://terminology.hl7.org/CodeSystem';

/** When the content last changed. */
const changed = '2025-06-01T08:00:00Z';

/**
 * A clinic with a portal for adults and one for children, a practice that uses the clinic's portal, and a laboratory with
 * a portal of its own on the clinic's endpoint.
 */
export function brandBundle({ site, fhirVersion }: Setup): JsonObject {
  const entry = (resource: JsonObject): JsonObject => ({
    fullUrl: `${site.baseUrl}/brands/${resource.resourceType}/${resource.id}`,
    resource,
  });
  const endpoint = (id: string, name: string, address: string) =>
    entry({
      resourceType: 'Endpoint',
      id,
      meta: { lastUpdated: '2025-05-02T09:30:00Z' },
      extension: [{ url: `${structureDefinition}/endpoint-fhir-version`, valueCode: fhirVersion }],
      status: 'active',
      connectionType: { system: `${terminology}/endpoint-connection-type`, code: 'hl7-fhir-rest' },
      name,
      contact: [{ system: 'url', value: 'https://developers.harbour-clinic.smart-check.test' }],
      payloadType: [{ coding: [{ system: `${terminology}/endpoint-payload-type`, code: 'none' }] }],
      address,
    });
  const logo = (file: string) => `${site.baseUrl}/brands/logos/${file}`;
  return {
    resourceType: 'Bundle',
    id: 'brands',
    type: 'collection',
    timestamp: changed,
    entry: [
      entry({
        ...organization('harbour-clinic', 'Harbour Clinic', 'prov'),
        extension: [
          brandedWith(logo('harbour-clinic.svg'), { license: 'https://harbour-clinic.smart-check.test/logo-licence' }),
          portal(
            'My Harbour',
            'https://my.harbour-clinic.smart-check.test',
            'Endpoint/harbour',
            logo('harbour-clinic.svg'),
          ),
          portal(
            'Harbour for Children',
            'https://children.harbour-clinic.smart-check.test',
            'Endpoint/harbour-children',
          ),
        ],
        alias: ['Old Harbour Hospital'],
        address: [
          { line: ['1 Quay Street'], city: 'Madison', state: 'WI', postalCode: '53703', country: 'US' },
          { postalCode: '53705', country: 'US' },
        ],
        endpoint: [{ reference: 'Endpoint/harbour' }, { reference: 'Endpoint/harbour-children' }],
      }),
      entry({
        ...organization('island-practice', 'Island Practice', 'prov'),
        extension: [brandedWith(inlineLogo)],
        address: [{ city: 'Madison', state: 'WI', country: 'US' }],
        partOf: { reference: 'Organization/harbour-clinic' },
      }),
      entry({
        ...organization('lighthouse-laboratory', 'Lighthouse Laboratory', 'laboratory'),
        extension: [
          brandedWith(logo('lighthouse-laboratory.png')),
          portal('Lighthouse Results', null, 'Endpoint/harbour'),
        ],
        telecom: [{ system: 'url', _value: askedInVain }],
        address: [{ state: 'WI', country: 'US' }],
        endpoint: [{ reference: 'Endpoint/harbour' }],
      }),
      endpoint('harbour', 'FHIR API of Harbour Clinic', site.fhir),
      endpoint('harbour-children', 'FHIR API of Harbour Clinic for Children', `${site.baseUrl}/children/fhir`),
    ],
  };
}

const inlineLogo = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')}`;

/** The publisher has asked, and nobody answered. */
const askedInVain: JsonObject = {
  extension: [{ url: `${structureDefinition}/data-absent-reason`, valueCode: 'asked-unknown' }],
};

function identifiedBy(home: string): JsonObject {
  return { system: 'urn:ietf:rfc:3986', value: home };
}

function organization(id: string, name: string, category: string): JsonObject {
  return {
    resourceType: 'Organization',
    id,
    meta: { lastUpdated: changed },
    active: true,
    identifier: [identifiedBy(`https://${id}.smart-check.test`)],
    type: [{ coding: [{ system: `${terminology}/organization-type`, code: category }] }],
    name,
    telecom: [{ system: 'url', value: `https://www.${id}.smart-check.test/` }],
  };
}

function brandedWith(logo: string, { license }: { license?: string } = {}): JsonObject {
  return {
    url: `${structureDefinition}/organization-brand`,
    extension: [
      { url: 'brandLogo', valueUrl: logo },
      ...(license === undefined ? [] : [{ url: 'brandLogoLicense', valueUrl: license }]),
    ],
  };
}

function portal(name: string, url: string | null, endpoint: string, logo?: string): JsonObject {
  return {
    url: `${structureDefinition}/organization-portal`,
    extension: [
      { url: 'portalName', valueString: name },
      { url: 'portalUrl', ...(url === null ? { _valueUrl: askedInVain } : { valueUrl: url }) },
      { url: 'portalDescription', valueMarkdown: `${name} shows *results and letters*.` },
      ...(logo === undefined ? [] : [{ url: 'portalLogo', valueUrl: logo }]),
      { url: 'portalEndpoint', valueReference: { reference: endpoint } },
    ],
  };
}

/** The user access brand bundle, which is R4 whatever version the FHIR API speaks. */
export function brandsEndpoint(behaviour: Behaviour): Endpoint {
  return {
    name: 'brands',
    paths: ['/brands.json'],
    methods: {
      GET({ req }) {
        const bundle = behaviour.brandBundle();
        const etag = weakETag(bundle, new URL(req.url).origin);
        const known = req
          .header('if-none-match')
          ?.split(',')
          .map((tag) => tag.trim());
        const headers = { etag, 'cache-control': 'public, max-age=3600' };
        if (known?.some((tag) => tag === '*' || tag === etag)) return new Response(null, { status: 304, headers });
        return fhirJson(bundle, '4.0.1', { headers });
      },
    },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

/** The same for the same content, wherever this server runs. */
function weakETag(bundle: JsonObject, origin: string): string {
  const text = JSON.stringify(bundle)
    .replaceAll(origin, '')
    .replaceAll(/https?:\/\/[^"/]*:\d+/g, '');
  return `W/"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
}
