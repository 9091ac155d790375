import pLimit from 'p-limit';
import { brandBundle } from '../../src/artifacts/brand-bundle.ts';
import { readDocument } from '../../src/artifacts/document.ts';
import { type FetchedLogo, fetchedLogos } from '../../src/artifacts/fetched-logos.ts';
import type { IndexedEndpoint } from '../../src/fhir/brands/brand-index.ts';
import { createDefectLog, type Severity } from '../../src/fhir/brands/defects.ts';
import { describePicture, inspectPicture, isAdvised, readDataUrl } from '../../src/fhir/brands/logo.ts';
import { anyFhirJson, jsonOfVersion } from '../../src/fhir/json-media-type.ts';
import { isSameRelease, statedVersion } from '../../src/fhir/release.ts';
import { artifact, configuration, type Exchange, type HttpClient, http, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';
import { endpointNoun, judgeFound, totalOf } from './judge-found.ts';

const expectedLogo = 'one brandLogo that is an SVG, or a transparent PNG of 1024x1024';

const logo = test({
  id: 'brands/logo',
  title: 'Brands have a logo that looks well at any size',
  requirements: ['brands/logo'],
  needs: [brandBundle, fetchedLogos],
  async run({ brandBundle: { survey, because }, fetchedLogos, ...judge }) {
    if (survey.logoExtensions === 0) throw new Skip('not-advertised', 'no brand has a brandLogo');
    const defects = createDefectLog();
    let good = 0;
    for (const { place, urls } of survey.logos) {
      const verdicts = await Promise.all(urls.map((url) => judgeLogo(url, fetchedLogos)));
      if (verdicts.some(({ severity }) => severity === null)) {
        good += 1;
        continue;
      }
      const open = verdicts.find(({ severity }) => severity === 'open');
      const { severity, what, seen } = open ?? verdicts[0] ?? {};
      if (severity && what) defects.add('logo', severity, what, { ...place, seen: seen ?? null });
    }
    const found = defects.of('logo');
    // What did not come is left open, and shows nothing of the others.
    const answered = [...fetchedLogos.values()].map(({ exchange }) => exchange).filter(({ response }) => response);
    const evidence = [...because, ...answered];
    if (good === 0 && found.every(({ severity }) => severity === 'open')) {
      const reasons = found.map(({ what, count, places }) => `${what} (${count} times, the first: ${places[0]?.seen})`);
      throw new Skip('undecided', reasons.join('; '));
    }
    const beyond = survey.logoExtensions - survey.logos.length;
    if (beyond > 0) judge.info('brands/logo', { message: `the logos of ${beyond} more brands were not looked at` });
    judgeFound(judge, {
      requirement: 'brands/logo',
      found,
      noun: ['brand with a logo', 'brands with a logo'],
      total: survey.logoExtensions,
      expected: expectedLogo,
      because: evidence,
    });
  },
});

/** Null when it is as the guide would have it. */
interface LogoVerdict {
  readonly severity: Severity | null;
  readonly what?: string;
  readonly seen?: string;
}

async function judgeLogo(url: string, fetched: ReadonlyMap<string, FetchedLogo>): Promise<LogoVerdict> {
  const inline = readDataUrl(url);
  if (inline) {
    const picture = await inspectPicture(inline);
    if (isAdvised(picture)) return { severity: null };
    return {
      severity: 'odd',
      what: 'no logo is of the advised form',
      seen: `an inline logo: ${describePicture(picture)}`,
    };
  }
  const logo = fetched.get(url);
  if (!logo) {
    return /^https?:/i.test(url)
      ? { severity: 'open', what: 'a logo was not fetched, so as to ask for few', seen: url }
      : { severity: 'odd', what: 'no logo is of the advised form', seen: url };
  }
  const { exchange, picture } = logo;
  if (picture === null) {
    const { response, error } = exchange;
    const isGone = response?.status === 404 || response?.status === 410;
    const seen = `${url}: ${response && !error ? response.status : (error?.message ?? 'no answer')}`;
    return {
      severity: isGone ? 'odd' : 'open',
      what: isGone ? 'a logo is not there' : 'a logo could not be had',
      seen,
    };
  }
  const type = exchange.response?.headers['content-type'] ?? 'absent';
  if (picture.kind === 'svg' && !/^image\/svg\+xml\b/i.test(type)) {
    return {
      severity: 'odd',
      what: 'an SVG logo has a media type that browsers do not show',
      seen: `${url}: Content-Type ${type}`,
    };
  }
  if (isAdvised(picture)) return { severity: null };
  return { severity: 'odd', what: 'no logo is of the advised form', seen: `${url}: ${describePicture(picture)}` };
}

/** Servers asked; a bundle may name tens of thousands. */
const mostEndpoints = 10;
const together = 4;
const timeoutMs = 8000;
/** After so many without any answer the rest is not asked for. */
const mostFailures = 5;

interface AskedEndpoint {
  readonly endpoint: IndexedEndpoint;
  readonly exchange: Exchange;
}

/** What /metadata of the first servers in the bundle says, that of the server under test before all. */
const endpointsMetadata = artifact({
  name: 'endpointsMetadata',
  needs: [brandBundle, configuration, http],
  async obtain({ brandBundle: { survey }, configuration: { fhirBaseUrl }, http }): Promise<readonly AskedEndpoint[]> {
    const own = fhirBaseUrl?.replace(/\/+$/, '');
    const isOwn = ({ address }: IndexedEndpoint) => address?.replace(/\/+$/, '') === own;
    const reachable = survey.index.endpoints.filter(({ address }) => address !== null && isWeb(address));
    const chosen = [...reachable.filter(isOwn), ...reachable.filter((one) => !isOwn(one)).slice(0, mostEndpoints)];
    const asked: AskedEndpoint[] = [];
    const inTurn = pLimit(together);
    let failures = 0;
    const askNext = async (endpoint: IndexedEndpoint) => {
      if (failures >= mostFailures) return;
      const exchange = await askForMetadata(endpoint, http);
      failures = exchange.response ? 0 : failures + 1;
      asked.push({ endpoint, exchange });
    };
    await Promise.all(chosen.slice(0, mostEndpoints).map((endpoint) => inTurn(() => askNext(endpoint))));
    return asked;
  },
});

function isWeb(address: string): boolean {
  return /^https?:\/\/[^/]/i.test(address) && URL.canParse(address);
}

/** Asks for the version that the bundle promises where the server answers with another one: it may speak several. */
async function askForMetadata({ address, fhirVersions }: IndexedEndpoint, http: HttpClient): Promise<Exchange> {
  const ask = (accept: string) =>
    http.send({ url: belowBase(address ?? '', 'metadata'), headers: { accept }, timeoutMs });
  const usual = await ask(anyFhirJson);
  const [promised] = fhirVersions;
  const speaks = (exchange: Exchange) => {
    const version = exchange.response && versionIn(exchange);
    return version ? fhirVersions.some((one) => isSameRelease(one, version)) : null;
  };
  if (promised === undefined || speaks(usual) !== false) return usual;
  const wanted = await ask(jsonOfVersion(promised));
  return speaks(wanted) ? wanted : usual;
}

const versions = test({
  id: 'brands/endpoint-fhir-version',
  title: 'Endpoints say which FHIR version they speak',
  requirements: ['brands/endpoint-fhir-version'],
  needs: [brandBundle],
  run({ brandBundle: { survey, because }, ...judge }) {
    if (survey.counts.endpoints === 0) throw new Skip('undecided', 'the Bundle has no Endpoint');
    const found = survey.found('endpoint-fhir-version');
    const expected = 'the extension endpoint-fhir-version with the code of a FHIR version';
    const requirement = 'brands/endpoint-fhir-version';
    judgeFound(judge, {
      requirement,
      found,
      noun: endpointNoun,
      total: totalOf(survey, endpointNoun),
      expected,
      because,
    });
  },
});

const spoken = test({
  id: 'brands/endpoint-fhir-version-spoken',
  title: 'Servers speak the FHIR version that the bundle says',
  requirements: ['brands/endpoint-fhir-version', 'brands/endpoint-status-and-address'],
  needs: [endpointsMetadata],
  run({ endpointsMetadata: asked, should, info }) {
    const answers = asked.flatMap(({ endpoint, exchange }) => {
      const version = exchange.response ? versionIn(exchange) : null;
      return version === null ? [] : [{ endpoint, exchange, version }];
    });
    const exchanges = asked.map(({ exchange }) => exchange);
    if (answers.length === 0) {
      const [first] = exchanges;
      const why = first ? `: ${first.error?.message ?? `the first answered ${first.response?.status}`}` : '';
      throw new Skip(
        'undecided',
        `none of the ${asked.length} servers asked for /metadata told its FHIR version${why}`,
      );
    }
    const message = `${answers.length} of the ${asked.length} servers that were asked serve /metadata`;
    info('brands/endpoint-status-and-address', { message, because: exchanges });
    const others = answers.filter(({ endpoint, version }) => {
      // Without the extension there is nothing to contradict.
      return endpoint.fhirVersions.length > 0 && !endpoint.fhirVersions.some((one) => isSameRelease(one, version));
    });
    should('brands/endpoint-fhir-version', others.length === 0, {
      expected: 'the fhirVersion of /metadata among those that the Endpoint names',
      actual:
        others
          .map(({ endpoint, version }) => {
            const listed = endpoint.fhirVersions.join(', ');
            return `Bundle.entry[${endpoint.entry}] (${endpoint.fullUrl}) names ${listed}, and ${endpoint.address} speaks ${version}`;
          })
          .join('; ') || `so it is at ${answers.length}`,
      because: (others.length > 0 ? others : answers).map(({ exchange }) => exchange),
    });
  },
});

function versionIn(exchange: Exchange): string | null {
  const document = readDocument(exchange, '/metadata');
  return document.kind === 'object' ? statedVersion(document.object) : null;
}

export const reachedTests = [logo, versions, spoken];
