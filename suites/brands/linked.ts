import { brandBundle, brandBundleSource } from '../../src/artifacts/brand-bundle.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, describe, isRecord, Skip, test } from '../../src/kit/index.ts';
import { brandNoun, counted, endpointNoun, placeInWords } from './judge-found.ts';

/** What the server says of its own brand. */
const advertisedIdentifier = artifact({
  name: 'advertisedIdentifier',
  needs: [smartConfiguration],
  obtain({ smartConfiguration: { document, exchange } }) {
    const { user_access_brand_identifier: identifier } = document;
    if (identifier === undefined) {
      throw new Skip('not-advertised', 'the SMART configuration has no user_access_brand_identifier');
    }
    if (isRecord(identifier)) return { identifier, exchange };
    throw new Skip(
      'undecided',
      `user_access_brand_identifier is ${describe(identifier)}, which discovery/brand-identifier judges`,
    );
  },
});

/** The bundle, when the server's SMART configuration names it. */
const linkedBundle = artifact({
  name: 'linkedBundle',
  needs: [brandBundleSource, brandBundle, smartConfiguration],
  obtain({ brandBundleSource: source, brandBundle: { survey, because }, smartConfiguration: { document, exchange } }) {
    if (source.kind === 'url' && source.isLinked) return { survey, because: [exchange, ...because], document };
    throw new Skip('not-advertised', 'the bundle given by --brands is not the one that the SMART configuration names');
  },
});

const value = test({
  id: 'brands/identifier-value',
  title: 'The identifier of the primary brand has a value and a system',
  requirements: ['brands/identifier-value', 'brands/identifier-system'],
  needs: [advertisedIdentifier],
  run({ advertisedIdentifier: { identifier, exchange }, must, should }) {
    const isText = (text: unknown) => typeof text === 'string' && text.trim() !== '';
    must('brands/identifier-value', isText(identifier.value), {
      expected: 'a value in user_access_brand_identifier',
      actual: describe(identifier.value),
      because: exchange,
    });
    should('brands/identifier-system', isText(identifier.system), {
      expected: 'a system in user_access_brand_identifier',
      actual: describe(identifier.system),
      because: exchange,
    });
  },
});

const several = test({
  id: 'brands/identifier-with-several-brands',
  title: 'Among several brands the primary one is named',
  requirements: ['brands/identifier-with-several-brands'],
  needs: [linkedBundle],
  run({ linkedBundle: { survey, because, document }, must }) {
    const { brands } = survey.counts;
    if (brands < 2) throw new Skip('not-advertised', `the bundle has ${counted(brands, brandNoun)}`);
    const { user_access_brand_identifier: identifier } = document;
    must('brands/identifier-with-several-brands', identifier !== undefined && identifier !== null, {
      expected: `user_access_brand_identifier, as the bundle has ${counted(brands, brandNoun)}`,
      actual: describe(identifier),
      because,
    });
  },
});

/** The brands of the bundle that have the advertised identifier. */
const primaryBrands = artifact({
  name: 'primaryBrands',
  needs: [linkedBundle, advertisedIdentifier],
  obtain({ linkedBundle: { survey }, advertisedIdentifier: { identifier } }) {
    if (typeof identifier.value !== 'string') {
      throw new Skip('undecided', 'user_access_brand_identifier has no value, which brands/identifier-value judges');
    }
    return survey.index.brandsIdentifiedBy(identifier);
  },
});

const matches = test({
  id: 'brands/identifier-matches-one-brand',
  title: 'One brand of the bundle has the identifier of the primary brand',
  requirements: ['brands/identifier-matches-one-brand'],
  needs: [primaryBrands, linkedBundle, advertisedIdentifier],
  run({ primaryBrands: found, linkedBundle: { survey, because }, advertisedIdentifier, must, undecided }) {
    const requirement = 'brands/identifier-matches-one-brand';
    const { system, value } = advertisedIdentifier.identifier;
    if (survey.unread > 0 && found.length < 2) {
      const message = `${survey.unread} entries could not be looked into, and may have the identifier`;
      return undecided(requirement, { message, because });
    }
    const where = found.slice(0, 5).map(({ entry, fullUrl }) => `Bundle.entry[${entry}] (${fullUrl ?? 'no fullUrl'})`);
    must(requirement, found.length === 1, {
      expected: `exactly one brand with the identifier ${describe(value)}${system === undefined ? '' : ` of ${describe(system)}`}`,
      actual: found.length === 0 ? 'none' : `${found.length}: ${where.join(', ')}`,
      because,
    });
  },
});

const ownEndpoint = test({
  id: 'brands/own-endpoint-listed',
  title: 'The bundle has an Endpoint for the server that links to it',
  requirements: ['brands/own-endpoint-listed'],
  needs: [linkedBundle, fhirBaseUrl],
  run({ linkedBundle: { survey, because }, fhirBaseUrl, should, undecided }) {
    const requirement = 'brands/own-endpoint-listed';
    const own = survey.index.endpoints.find(({ address }) => address !== null && isSameUrl(address, fhirBaseUrl));
    if (!own && survey.unread > 0) {
      const message = `${survey.unread} entries could not be looked into, and one may be this server\u2019s`;
      return undecided(requirement, { message, because });
    }
    should(requirement, own !== undefined, {
      expected: `an Endpoint whose address is ${fhirBaseUrl}`,
      actual: own ? `Bundle.entry[${own.entry}]` : `none among ${counted(survey.counts.endpoints, endpointNoun)}`,
      because,
    });
  },
});

/** As URLs, with or without a slash at the end. */
function isSameUrl(one: string, other: string): boolean {
  const normal = (text: string) => (URL.canParse(text) ? new URL(text).href : text).replace(/\/+$/, '');
  return normal(one) === normal(other);
}

const ownOnly = test({
  id: 'brands/own-brands-only',
  title: 'The bundle has the brands of this server\u2019s provider alone',
  requirements: ['brands/own-brands-only'],
  needs: [linkedBundle, primaryBrands],
  run({ linkedBundle: { survey, because }, primaryBrands: [primary, ...others], should }) {
    if (!primary || others.length > 0) {
      throw new Skip(
        'undecided',
        'which brand is the primary one is not known: brands/identifier-matches-one-brand says why',
      );
    }
    const { brands, endpoints } = survey.index.unrelatedTo(primary);
    const first = [...brands, ...endpoints]
      .slice(0, 3)
      .map(({ entry, fullUrl }) => placeInWords({ entry, fullUrl, path: `Bundle.entry[${entry}]`, seen: null }));
    should('brands/own-brands-only', first.length === 0, {
      expected: 'only brands and Endpoints that partOf or a shared Endpoint links with the primary brand',
      actual:
        first.length === 0
          ? 'only such'
          : `${counted(brands.length, brandNoun)} and ${counted(endpoints.length, endpointNoun)} that are not: ${first.join('; ')}`,
      because,
    });
  },
});

export const linkedTests = [value, several, matches, ownEndpoint, ownOnly];
