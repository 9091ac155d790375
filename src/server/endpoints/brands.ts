import type { Endpoint } from '../endpoint.ts';
import type { JsonObject } from '../json.ts';
import { fhirJson, json } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** The Identifier of the brand the server belongs to. */
export const primaryBrand: JsonObject = {
  system: 'urn:ietf:rfc:3986',
  value: 'https://harbour-clinic.smart-check.test',
};

function brandBundle({ site, startedAt }: Setup): JsonObject {
  const organization = 'urn:uuid:5b3a3c1e-52c8-4f0e-9a58-9f4a8d2f6c01';
  const endpoint = 'urn:uuid:5b3a3c1e-52c8-4f0e-9a58-9f4a8d2f6c02';
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: startedAt.toISOString(),
    entry: [
      {
        fullUrl: organization,
        resource: {
          resourceType: 'Organization',
          active: true,
          identifier: [primaryBrand],
          name: 'Harbour Clinic',
          telecom: [{ system: 'url', value: 'https://harbour-clinic.smart-check.test' }],
          endpoint: [{ reference: endpoint }],
        },
      },
      {
        fullUrl: endpoint,
        resource: {
          resourceType: 'Endpoint',
          status: 'active',
          name: 'FHIR API of Harbour Clinic',
          connectionType: {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
            code: 'hl7-fhir-rest',
          },
          contact: [{ system: 'url', value: 'https://harbour-clinic.smart-check.test' }],
          payloadType: [
            { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'none' }] },
          ],
          address: site.fhir,
        },
      },
    ],
  };
}

/** The user access brand bundle, which is R4 whatever version the FHIR API speaks. */
export function brandsEndpoint(setup: Setup): Endpoint {
  return {
    name: 'brands',
    paths: ['/brands.json'],
    methods: { GET: () => fhirJson(brandBundle(setup), '4.0.1') },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}
