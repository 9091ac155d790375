import { type Requirement, since } from '../../../src/kit/index.ts';
import { guide } from '../../guide.ts';

const bundleProfile = guide('StructureDefinition-user-access-brands-bundle');
const dataAbsentReasons = guide('brands#must-support-definition-ms-and-data-absent-reasons');

const bundleKnown = 'a brand bundle is known';

/** The bundle as a whole. */
export const bundleRequirements: readonly Requirement[] = [
  {
    id: 'brands/bundle-collection',
    ref: 'brandp-01',
    verb: 'SHALL',
    guide: bundleProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'Bundle.type is collection',
  },
  {
    id: 'brands/bundle-meta',
    ref: 'brandp-02',
    verb: 'SHALL',
    guide: bundleProfile,
    versions: since('2.2'),
    condition: 'the Bundle has meta; without meta there is nothing to ask',
    summary: 'Bundle.meta has lastUpdated',
  },
  {
    id: 'brands/organizations-conform',
    ref: 'brandp-03',
    verb: 'SHALL',
    guide: bundleProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'Each Organization meets the brand profile',
  },
  {
    id: 'brands/endpoints-conform',
    ref: 'brandp-04',
    verb: 'SHALL',
    guide: bundleProfile,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'Each Endpoint meets the endpoint profile',
  },
  {
    id: 'brands/bundle-valid',
    ref: 'brandp-05',
    verb: 'SHALL',
    guide: 'https://hl7.org/fhir/R4/bundle.html#invs',
    versions: since('2.2'),
    condition: bundleKnown,
    summary:
      'The Bundle keeps FHIR\u2019s rules for collections: each entry its own fullUrl, none a request or response',
  },
  {
    id: 'brands/entries-valid',
    ref: 'brandp-33',
    verb: 'SHALL',
    guide: 'https://hl7.org/fhir/R4/organization.html',
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'Organizations and Endpoints meet the definitions of FHIR R4',
  },
  {
    id: 'brands/endpoints-referenced',
    ref: 'brand-02',
    verb: 'SHALL',
    guide: guide('brands#conformance-overview'),
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'There is a brand, and every Endpoint belongs to one',
  },
  {
    id: 'brands/data-absent-allowed',
    ref: 'brand-12',
    verb: 'MAY',
    guide: dataAbsentReasons,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'asked-declined or asked-unknown may stand for a website or a portal name',
    untestable: 'a permission: other reasons are for the requirement on them',
  },
  {
    id: 'brands/data-absent-reasons',
    ref: 'brand-13',
    verb: 'SHALL NOT',
    guide: dataAbsentReasons,
    versions: since('2.2'),
    condition: bundleKnown,
    summary: 'No other data-absent-reason is given',
  },
];
