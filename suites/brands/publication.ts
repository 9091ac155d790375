import { brandBundle, brandBundleReading, brandBundleSource } from '../../src/artifacts/brand-bundle.ts';
import { allowsOrigin, anyOrigin, askFollowing, preflightRequest } from '../../src/artifacts/cross-origin.ts';
import { answered } from '../../src/artifacts/document.ts';
import { fetchedLogos } from '../../src/artifacts/fetched-logos.ts';
import { memory } from '../../src/artifacts/memory.ts';
import { artifact, Block, type Exchange, http, Skip, test } from '../../src/kit/index.ts';
import { isInstant } from './bundle.ts';

/** The bundle at a URL that serves it. */
const servedBundle = artifact({
  name: 'servedBundle',
  needs: [brandBundleSource, brandBundleReading, brandBundle],
  obtain({ brandBundleSource: source, brandBundleReading: { exchange } }) {
    if (source.kind === 'url' && exchange) return { url: source.url, exchange };
    throw new Skip('not-configured', 'the bundle was given as a file: nothing serves it');
  },
});

/** Only the head of the answer is of interest; the bundle may be large. */
const littleBody = { maxBodyBytes: 64 * 1024 };

const cors = test({
  id: 'brands/cors',
  title: 'Pages of any origin may read the brand bundle',
  requirements: ['brands/cors'],
  needs: [servedBundle, http],
  async run({ servedBundle: { url }, http, must, should, undecided }) {
    const [hops, preflight] = await Promise.all([
      askFollowing(url, anyOrigin, http, littleBody),
      http.send(preflightRequest(url, anyOrigin, 'GET', ['if-none-match'])),
    ]);
    const last = hops.at(-1);
    if (!last?.response) throw new Block(`the brand bundle was not reached again: ${last?.error?.message}`, hops);
    must(
      'brands/cors',
      hops.every((hop) => allowsOrigin(hop, anyOrigin)),
      {
        expected: `Access-Control-Allow-Origin: * or ${anyOrigin} on every answer to a GET from a page there`,
        actual: hops.map(corsInWords).join(', then '),
        because: hops,
      },
    );
    if (!preflight.response) {
      return undecided('brands/cors', {
        message: `no answer to the preflight: ${preflight.error?.message}`,
        because: preflight,
      });
    }
    const headers = preflight.response.headers['access-control-allow-headers'] ?? '';
    const allowed = headers.split(',').map((name) => name.trim().toLowerCase());
    const isSuccess = preflight.response.status >= 200 && preflight.response.status < 300;
    const lets =
      isSuccess && allowsOrigin(preflight, anyOrigin) && (allowed.includes('if-none-match') || allowed.includes('*'));
    should('brands/cors', lets, {
      expected: 'a preflight for If-None-Match to be allowed, with which apps spare themselves the bundle',
      actual: `${corsInWords(preflight)}, Access-Control-Allow-Headers ${headers || 'absent'}`,
      because: preflight,
    });
  },
});

function corsInWords(exchange: Exchange): string {
  const origin = exchange.response?.headers['access-control-allow-origin'];
  return `${answered(exchange)} with Access-Control-Allow-Origin ${origin ?? 'absent'}`;
}

const corsOfLogos = test({
  id: 'brands/cors-logos',
  title: 'Pages of any origin may read the logos beside the brand bundle',
  requirements: ['brands/cors'],
  needs: [servedBundle, fetchedLogos],
  run({ servedBundle: { url }, fetchedLogos, should }) {
    const { host } = new URL(url);
    const ours = [...fetchedLogos.values()].filter((logo) => logo.picture !== null && new URL(logo.url).host === host);
    if (ours.length === 0) throw new Skip('not-advertised', 'no logo was had from the host of the bundle');
    const closed = ours.filter(({ exchange }) => !allowsOrigin(exchange, anyOrigin)).map(({ exchange }) => exchange);
    should('brands/cors', closed.length === 0, {
      expected: 'Access-Control-Allow-Origin on logos that the publisher of the bundle serves',
      actual: closed.length === 0 ? `so it is on ${ours.length}` : `not on ${closed.length} of ${ours.length}`,
      because: closed.length === 0 ? ours.map(({ exchange }) => exchange) : closed,
    });
  },
});

const etag = test({
  id: 'brands/weak-etag',
  title: 'The brand bundle has a weak ETag',
  requirements: ['brands/weak-etag'],
  needs: [servedBundle],
  run({ servedBundle: { exchange }, should }) {
    const tag = exchange.response?.headers.etag;
    should('brands/weak-etag', tag !== undefined && /^W\/"[^"]+"$/.test(tag), {
      expected: 'an ETag such as W/"1"',
      actual: tag === undefined ? 'none' : `ETag ${tag}`,
      because: exchange,
    });
  },
});

const ifNoneMatch = test({
  id: 'brands/if-none-match',
  title: 'Who has the brand bundle already is told so',
  requirements: ['brands/if-none-match'],
  needs: [servedBundle, http],
  async run({ servedBundle: { url, exchange }, http, should, undecided }) {
    const requirement = 'brands/if-none-match';
    const tag = exchange.response?.headers.etag;
    if (tag === undefined) throw new Skip('not-advertised', 'the bundle comes without ETag');
    const again = await http.send({
      // Where the redirects led, if any, for each hop may forget the header.
      url: exchange.request.url || url,
      headers: { accept: 'application/fhir+json, application/json;q=0.9', 'if-none-match': tag },
      ...littleBody,
    });
    const { response } = again;
    if (!response) throw new Block(`the brand bundle was not reached again: ${again.error?.message}`, [again]);
    if (response.status === 200 && response.headers.etag !== tag) {
      const message = `the bundle has another ETag meanwhile (${response.headers.etag ?? 'none'}): it may have changed`;
      return undecided(requirement, { message, because: [exchange, again] });
    }
    should(requirement, response.status === 304 && response.bodyBytes === 0, {
      expected: `304 without a body to If-None-Match: ${tag}`,
      actual: `${answered(again)}, ${response.bodyBytes} bytes${response.truncated ? ' and more' : ''}`,
      because: [exchange, again],
    });
  },
});

const followsContent = test({
  id: 'brands/timestamp-follows-content',
  title: 'Bundle.timestamp moves when the content does',
  requirements: ['brands/timestamp-follows-content'],
  needs: [brandBundleSource, brandBundle, memory],
  run({ brandBundleSource: source, brandBundle: { survey, because }, memory, must, should, undecided }) {
    const requirement = 'brands/timestamp-follows-content';
    const { fingerprint, bundle } = survey;
    if (fingerprint === null)
      throw new Skip('undecided', 'some of the bundle could not be looked into, so that it cannot be compared');
    if (!isInstant(bundle.timestamp))
      throw new Skip('undecided', 'there is no timestamp, which brands/timestamp-present judges');
    const { timestamp } = bundle;
    const where = source.kind === 'url' ? source.url : source.file;
    const before = memory.recall(`brands ${where}`);
    memory.remember(`brands ${where}`, { sha256: fingerprint, timestamp });
    if (!before) {
      const message = `${where} was not seen before; the next run with this state file compares`;
      return undecided(requirement, { message, because });
    }
    const { sha256, timestamp: earlier = '' } = before.seen;
    const since = `the run of ${before.at.toISOString()}`;
    if (sha256 === fingerprint) {
      return should(requirement, Date.parse(earlier) === Date.parse(timestamp), {
        expected: `the timestamp ${earlier}, as the content is what it was in ${since}`,
        actual: timestamp,
        because,
      });
    }
    must(requirement, Date.parse(timestamp) > Date.parse(earlier), {
      expected: `a timestamp after ${earlier}, as the content has changed since ${since}`,
      actual: timestamp,
      because,
    });
  },
});

const stableLocation = test({
  id: 'brands/stable-location',
  title: 'The brand bundle stays where it is',
  requirements: ['brands/stable-location'],
  needs: [brandBundleSource, servedBundle, memory, http],
  async run({
    brandBundleSource: source,
    servedBundle: { url, exchange },
    memory,
    http,
    must,
    should,
    info,
    undecided,
  }) {
    const requirement = 'brands/stable-location';
    if (source.kind !== 'url' || !source.isLinked) {
      throw new Skip('not-advertised', 'the bundle is not one that the SMART configuration names');
    }
    const before = memory.recall('brands location');
    memory.remember('brands location', { url });
    if (!before) {
      const message = 'where the bundle was before is not known; the next run with this state file compares';
      return undecided(requirement, { message, because: exchange });
    }
    const { url: earlier = '' } = before.seen;
    const expected = `the bundle at ${earlier}, as in the run of ${before.at.toISOString()}, or an answer or redirect there`;
    if (earlier === url) return must(requirement, true, { expected, actual: 'still there', because: exchange });
    const old = await http.send({ url: earlier, redirect: 'manual', ...littleBody });
    if (!old.response) {
      return undecided(requirement, {
        message: `${earlier}, where the bundle was, did not answer: ${old.error?.message}`,
        because: old,
      });
    }
    info(requirement, { message: `the bundle has moved from ${earlier} to ${url}`, because: [exchange, old] });
    should(requirement, old.response.status < 400, { expected, actual: answered(old), because: [exchange, old] });
  },
});

export const publicationTests = [cors, corsOfLogos, etag, ifNoneMatch, followsContent, stableLocation];
