import { brandBundle } from '../../src/artifacts/brand-bundle.ts';
import { Skip, type Test, test } from '../../src/kit/index.ts';
import { brandNoun, endpointNoun, entryNoun, judgeFound, totalOf } from './judge-found.ts';

interface EntryTest {
  /** Of the requirement, after `brands/`; it is the rule's name as well. */
  readonly name: string;
  readonly title: string;
  readonly of: readonly [one: string, many: string];
  readonly expected: string;
  readonly informs?: true;
  /** Why there may be nothing to judge. */
  readonly unless?: string;
}

/** What each brand, each Endpoint and each entry is asked for, the same way. */
const entryTests: readonly EntryTest[] = [
  {
    name: 'bundle-valid',
    title: 'The Bundle keeps FHIR\u2019s rules for collections',
    of: entryNoun,
    expected:
      'each entry to be a resource under a fullUrl of its own, and none a request, a response or a search result',
  },
  {
    name: 'entries-valid',
    title: 'Brands and Endpoints are valid resources of FHIR R4',
    of: entryNoun,
    expected: 'elements, types and codes as FHIR R4 defines them',
  },
  {
    name: 'endpoints-referenced',
    title: 'Every Endpoint belongs to a brand',
    of: endpointNoun,
    expected: 'at least one brand, and for every Endpoint one that refers to it',
  },
  {
    name: 'data-absent-reasons',
    title: 'Only what was asked for is absent for a reason',
    of: entryNoun,
    expected: 'asked-declined or asked-unknown as data-absent-reason, and no other',
  },
  {
    name: 'active-only',
    title: 'Brands and Endpoints that are listed are active',
    of: entryNoun,
    expected: 'no brand with active false, and no Endpoint with another status than active',
    informs: true,
  },
  {
    name: 'home-url-identifier',
    title: 'Brands are identified by their home page',
    of: brandNoun,
    expected: 'an identifier of system urn:ietf:rfc:3986 such as https://example.org, without www. and without a path',
  },
  {
    name: 'name',
    title: 'Brands have a name',
    of: brandNoun,
    expected: 'Organization.name',
  },
  {
    name: 'telecom-once',
    title: 'Brands have one telecom',
    of: brandNoun,
    expected: 'exactly one entry in Organization.telecom',
  },
  {
    name: 'website',
    title: 'The telecom of a brand is its website',
    of: brandNoun,
    expected: 'telecom of system url with the http or https URL of the website, or a data-absent-reason',
    unless: 'no brand has telecom',
  },
  {
    name: 'portal-endpoints-listed',
    title: 'Endpoints of portals are endpoints of the brand',
    of: brandNoun,
    expected: 'each reference in a portalEndpoint to be in Organization.endpoint, too (uab-1)',
    unless: 'no brand has a portal with an endpoint',
  },
  {
    name: 'endpoints-in-portals',
    title: 'Endpoints of a brand are endpoints of one of its portals',
    of: brandNoun,
    expected: 'each of Organization.endpoint to be a portalEndpoint, too, where the brand has portals',
    unless: 'no brand has both a portal and endpoints',
  },
  {
    name: 'endpoints-bundled',
    title: 'Endpoints of brands are in the Bundle',
    of: brandNoun,
    expected: 'each of Organization.endpoint to refer to an Endpoint of this Bundle, by its fullUrl',
  },
  {
    name: 'endpoint-references-relative',
    title: 'Brands refer to their endpoints by relative URL',
    of: brandNoun,
    expected: 'a relative reference such as Endpoint/1 where brand and Endpoint have one base',
  },
  {
    name: 'parts-two-deep',
    title: 'Brands are part of brands two levels deep at most',
    of: brandNoun,
    expected: 'a brand to have a portal, or to be part of one that has, which is part of no other',
  },
  {
    name: 'category',
    title: 'Categories are the guide\u2019s',
    of: brandNoun,
    expected: 'codes of the user-access categories, or at least of their code system',
    unless: 'no brand has a type of the code system organization-type',
  },
  {
    name: 'brand-extension',
    title: 'The brand extension is well formed',
    of: brandNoun,
    expected: 'brandLogo, brandLogoLicense and brandBundle with valueUrl, logos by https or data URL',
    unless: 'no brand has the extension organization-brand',
  },
  {
    name: 'portal-extension',
    title: 'The portal extension is well formed',
    of: brandNoun,
    expected: 'the parts that organization-portal defines, each of its type, name, description and URL once',
    unless: 'no brand has the extension organization-portal',
  },
  {
    name: 'address',
    title: 'Addresses can be told apart world-wide',
    of: brandNoun,
    expected:
      'a country of two letters (ISO 3166-1), with state; city and state; city, state and postal code; all and lines; or postal code alone',
    unless: 'no brand has an address',
  },
  {
    name: 'endpoint-connection-type',
    title: 'Endpoints are FHIR REST APIs',
    of: endpointNoun,
    expected: 'connectionType hl7-fhir-rest',
  },
  {
    name: 'endpoint-contact',
    title: 'Endpoints name a website for developers',
    of: endpointNoun,
    expected: 'a contact of system url',
  },
  {
    name: 'endpoint-contact-https',
    title: 'The website for developers is https',
    of: endpointNoun,
    expected: 'an https URL as value of a contact of system url',
    unless: 'no Endpoint has a contact of system url with a value',
  },
  {
    name: 'endpoint-payload-type',
    title: 'Endpoints have the payload type none',
    of: endpointNoun,
    expected: 'exactly one payloadType, with the code none of endpoint-payload-type',
  },
  {
    name: 'endpoint-status-and-address',
    title: 'Endpoints have a status and an address',
    of: endpointNoun,
    expected: 'a status that FHIR defines, and an absolute http or https URL as address',
  },
];

export const entryTestsOfBrands: readonly Test[] = entryTests.map(({ name, title, of, expected, unless, ...rest }) =>
  test({
    id: `brands/${name}`,
    title,
    requirements: [`brands/${name}`],
    needs: [brandBundle],
    ...rest,
    run({ brandBundle: { survey, because }, ...judge }) {
      const requirement = `brands/${name}` as const;
      const found = survey.found(name);
      const total = totalOf(survey, of);
      if (name === 'endpoints-referenced' && survey.counts.brands === 0) {
        const actual = `no Organization among ${survey.counts.entries} entries`;
        return judge.must(requirement, false, { expected, actual, because });
      }
      if (of !== entryNoun && total === 0) throw new Skip('undecided', `the Bundle has no ${of[0]}`);
      if (unless && found.length === 0 && survey.judged(name) === 0) throw new Skip('not-advertised', unless);
      judgeFound(judge, { requirement, found, noun: of, total, expected, because });
    },
  }),
);
