/** Makes brand bundles of national size: conformant, and of many brands that belong together. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const extension = 'http://hl7.org/fhir/StructureDefinition';
const terminology = 'http://terminology.hl7.org/CodeSystem';
const base = 'https://brands.example.org/fhir';

/**
 * Writes a bundle entry by entry.
 *
 * @param {string} file
 * @param {{ organizations: number, endpoints: number }} size
 */
export async function makeBrandBundle(file, { organizations, endpoints }) {
  const out = createWriteStream(file);
  const head = { resourceType: 'Bundle', id: 'national', type: 'collection', timestamp: '2026-01-01T00:00:00Z' };
  out.write(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "entry": [\n`);
  for (let index = 0; index < organizations + endpoints; index += 1) {
    const resource =
      index < endpoints ? endpoint(index) : organization(index - endpoints, Math.min(endpoints, organizations));
    const entry = { fullUrl: `${base}/${resource.resourceType}/${resource.id}`, resource };
    const line = `${index === 0 ? '' : ',\n'}    ${JSON.stringify(entry)}`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end('\n  ]\n}\n');
  await finished(out);
}

function endpoint(index) {
  return {
    resourceType: 'Endpoint',
    id: `endpoint-${index}`,
    meta: { lastUpdated: '2025-12-01T12:00:00Z' },
    extension: [{ url: `${extension}/endpoint-fhir-version`, valueCode: '4.0.1' }],
    status: 'active',
    connectionType: { system: `${terminology}/endpoint-connection-type`, code: 'hl7-fhir-rest' },
    name: `FHIR R4 API of practice ${index} in the region of Middle Example`,
    contact: [{ system: 'url', value: `https://developers.practice-${index}.example.org/register` }],
    payloadType: [{ coding: [{ system: `${terminology}/endpoint-payload-type`, code: 'none' }] }],
    address: `https://fhir.practice-${index}.example.org/api/FHIR/R4`,
  };
}

/** The first `hosts` organizations have a portal and an endpoint each, the others belong to one of them. */
function organization(index, hosts) {
  const site = `practice-${index}.example.org`;
  const hosted = index < hosts ? { reference: `Endpoint/endpoint-${index}` } : null;
  return {
    resourceType: 'Organization',
    id: `organization-${index}`,
    meta: { lastUpdated: '2025-12-01T12:00:00Z' },
    extension: [
      {
        url: `${extension}/organization-brand`,
        extension: [
          { url: 'brandLogo', valueUrl: `https://${site}/assets/logo-with-a-name.svg` },
          { url: 'brandLogoLicense', valueUrl: `https://${site}/assets/logo-license.html` },
        ],
      },
      ...(hosted
        ? [
            {
              url: `${extension}/organization-portal`,
              extension: [
                { url: 'portalName', valueString: `My Practice ${index}` },
                { url: 'portalUrl', valueUrl: `https://portal.${site}` },
                { url: 'portalDescription', valueMarkdown: 'Appointments, letters and results for our *patients*.' },
                { url: 'portalEndpoint', valueReference: hosted },
              ],
            },
          ]
        : []),
    ],
    identifier: [
      { system: 'urn:ietf:rfc:3986', value: `https://${site}` },
      { system: 'http://hl7.org/fhir/sid/us-npi', value: String(1000000000 + index) },
    ],
    active: true,
    type: [{ coding: [{ system: `${terminology}/organization-type`, code: 'prov', display: 'Healthcare Provider' }] }],
    name: `Practice ${index} of Middle Example, Internal Medicine \u00e9 Pediatrics`,
    alias: [`Middle Example Practice No. ${index}`],
    telecom: [{ system: 'url', value: `https://www.${site}/about` }],
    address: [
      { line: [`${index} Main Street`], city: 'Middle Example', state: 'WI', postalCode: '53703', country: 'US' },
    ],
    ...(hosted ? { endpoint: [hosted] } : { partOf: { reference: `Organization/organization-${index % hosts}` } }),
  };
}
