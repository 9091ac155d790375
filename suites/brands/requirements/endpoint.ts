import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const endpointProfile = guide('StructureDefinition-user-access-endpoint');

const bundleKnown = 'a brand bundle is known';

/** Each endpoint of a brand. */
export const endpointRequirements: readonly Requirement[] = [
  {
    id: 'brands/endpoint-fhir-version',
    ref: 'brandp-20',
    verb: 'SHALL',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'Each Endpoint says which FHIR version it speaks',
  },
  {
    id: 'brands/endpoint-connection-type',
    ref: 'brandp-21',
    verb: 'SHALL',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'connectionType is hl7-fhir-rest',
  },
  {
    id: 'brands/endpoint-contact',
    ref: 'brandp-22',
    verb: 'SHALL',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: 'a brand bundle is known; a value that is absent for a reason is a warning',
    summary: 'Each Endpoint has a contact of system url',
  },
  {
    id: 'brands/endpoint-contact-https',
    ref: 'brandp-23',
    verb: 'SHOULD',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: 'a brand bundle is known; only the text of the definition says so',
    summary: 'That contact is an https URL for developers',
  },
  {
    id: 'brands/endpoint-payload-type',
    ref: 'brandp-24',
    verb: 'SHALL',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: 'a brand bundle is known; the text calls it a placeholder, the profile fixes it',
    summary: 'payloadType is one, the code none',
  },
  {
    id: 'brands/endpoint-status-and-address',
    ref: 'brandp-25',
    verb: 'SHALL',
    guide: endpointProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'status is of FHIR\u2019s list, and address is an absolute URL',
  },
  {
    id: 'brands/active-only',
    ref: 'brandp-26',
    verb: 'MAY',
    guide: guide('brands#endpoint-profile'),
    versions: since('2.2'),
    condition: 'a brand bundle is known; for information only, since publishers are merely asked to consider it',
    summary: 'Only active brands and endpoints are listed',
  },
];
