import { brandBundle, brandBundleReading } from '../../src/artifacts/brand-bundle.ts';
import { answered, mediaType } from '../../src/artifacts/document.ts';
import { describe, isRecord, Skip, test } from '../../src/kit/index.ts';
import { brandNoun, counted, endpointNoun, placeInWords } from './judge-found.ts';

const served = test({
  id: 'brands/bundle-served',
  title: 'The brand bundle is JSON, for everyone',
  requirements: ['brands/bundle-served'],
  needs: [brandBundleReading],
  run({ brandBundleReading: { content, exchange }, must, should, undecided }) {
    const requirement = 'brands/bundle-served';
    const because = exchange === null ? [] : [exchange];
    const expected = '200 and a JSON object with resourceType Bundle, without credentials';
    if (content.kind === 'too large') {
      return undecided(requirement, { message: `larger than what is read: ${content.message}`, because });
    }
    const actual = content.kind === 'other' ? content.instead : 'a Bundle in JSON';
    must(requirement, content.kind === 'bundle', { expected, actual, because });
    if (content.kind === 'other') return;
    const { byteOrderMark, isUtf8, duplicates } = content.json;
    const oddities = [
      ...(byteOrderMark ? ['it begins with a byte order mark (RFC 8259 section 8.1)'] : []),
      ...(isUtf8 ? [] : ['it is not UTF-8 throughout (RFC 8259 section 8.1)']),
      ...duplicates.slice(0, 5).map((name) => `${name} is there twice, and parsers differ on which one counts`),
    ];
    should(requirement, oddities.length === 0, {
      expected: 'JSON that every parser reads the same',
      actual: oddities.join('; ') || 'such JSON',
      because,
    });
    if (exchange === null) return;
    const type = mediaType(exchange.response?.headers['content-type']);
    should(requirement, type === 'application/fhir+json' || type === 'application/json', {
      expected: 'Content-Type application/fhir+json or application/json',
      actual: answered(exchange),
      because,
    });
  },
});

const collection = test({
  id: 'brands/bundle-collection',
  title: 'The brand bundle is a collection',
  requirements: ['brands/bundle-collection', 'brands/bundle-meta'],
  needs: [brandBundle],
  run({ brandBundle: { survey, because }, must }) {
    const { type, meta } = survey.bundle;
    must('brands/bundle-collection', type === 'collection', {
      expected: 'Bundle.type collection',
      actual: describe(type),
      because,
    });
    const updated = isRecord(meta) ? meta.lastUpdated : undefined;
    must('brands/bundle-meta', meta === undefined || isInstant(updated), {
      expected: 'Bundle.meta with lastUpdated, an instant, or no meta at all',
      actual: meta === undefined ? 'no meta' : `meta.lastUpdated is ${describe(updated)}`,
      because,
    });
  },
});

/** FHIR's instant: to the second, and with a time zone. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && instant.test(value) && !Number.isNaN(Date.parse(value));
}

/** Clocks differ. */
const toleranceMs = 5 * 60 * 1000;

const timestamp = test({
  id: 'brands/timestamp-present',
  title: 'Bundle.timestamp says when the content last changed',
  requirements: ['brands/timestamp-present'],
  needs: [brandBundleReading, brandBundle],
  run({ brandBundleReading: { exchange }, brandBundle: { survey, because }, must }) {
    const { timestamp } = survey.bundle;
    // The server's clock may be ahead of ours.
    const now = Math.max(Date.now(), Date.parse(exchange?.response?.headers.date ?? '') || 0);
    const isFuture = isInstant(timestamp) && Date.parse(timestamp) > now + toleranceMs;
    must('brands/timestamp-present', isInstant(timestamp) && !isFuture, {
      expected: 'Bundle.timestamp, an instant that is not in the future',
      actual: `${describe(timestamp)}${isFuture ? ', which is in the future' : ''}`,
      because,
    });
  },
});

const lastUpdated = test({
  id: 'brands/last-updated',
  title: 'Entries say when they were last updated',
  requirements: ['brands/last-updated'],
  needs: [brandBundle],
  run({ brandBundle: { survey, because }, info, should }) {
    const requirement = 'brands/last-updated';
    const { withLastUpdated, latestUpdate, counts, bundle } = survey;
    const lacking = counts.entries - withLastUpdated;
    if (lacking > 0) {
      const message =
        `${lacking} of ${counts.entries} entries have no meta.lastUpdated, ` +
        'which is asked of publishers that track updates per resource';
      info(requirement, { message, because });
    }
    if (latestUpdate === null) {
      if (lacking > 0) return;
      throw new Skip('undecided', counts.entries === 0 ? 'the Bundle has no entries' : 'no meta.lastUpdated is a time');
    }
    if (!isInstant(bundle.timestamp)) {
      throw new Skip('undecided', 'there is no timestamp to compare with, which brands/timestamp-present judges');
    }
    const isLater = Date.parse(latestUpdate.seen ?? '') > Date.parse(bundle.timestamp);
    should(requirement, !isLater, {
      expected: `no entry updated after Bundle.timestamp, ${bundle.timestamp}`,
      actual: isLater ? `the latest: ${placeInWords(latestUpdate)}` : `the latest update was at ${latestUpdate.seen}`,
      because,
    });
  },
});

const organizations = test({
  id: 'brands/organizations-conform',
  title: 'Every Organization meets the brand profile',
  requirements: ['brands/organizations-conform'],
  needs: [brandBundle],
  run({ brandBundle: { survey, because }, must }) {
    const { brands: all } = survey.counts;
    if (all === 0) throw new Skip('undecided', 'the Bundle has no brand');
    const { brands: wrong } = survey.nonconforming;
    must('brands/organizations-conform', wrong === 0, {
      expected: 'each Organization to meet the profile user-access-brand',
      actual: wrong === 0 ? `${counted(all, brandNoun)} that do` : `${wrong} of ${counted(all, brandNoun)} that do not`,
      because,
      message: `${wrong} of ${counted(all, brandNoun)} do not meet the profile: the findings on its elements say why`,
    });
  },
});

const endpoints = test({
  id: 'brands/endpoints-conform',
  title: 'Every Endpoint meets the endpoint profile',
  requirements: ['brands/endpoints-conform'],
  needs: [brandBundle],
  run({ brandBundle: { survey, because }, must, info }) {
    const requirement = 'brands/endpoints-conform';
    const { endpoints: all, others } = survey.counts;
    if (others > 0) {
      info(requirement, {
        message: `${others} entries are neither Organizations nor Endpoints, as they may be`,
        because,
      });
    }
    if (all === 0) throw new Skip('undecided', 'the Bundle has no Endpoint');
    const { endpoints: wrong } = survey.nonconforming;
    must(requirement, wrong === 0, {
      expected: 'each Endpoint to meet the profile user-access-endpoint',
      actual:
        wrong === 0 ? `${counted(all, endpointNoun)} that do` : `${wrong} of ${counted(all, endpointNoun)} that do not`,
      because,
      message: `${wrong} of ${counted(all, endpointNoun)} do not meet the profile: the findings on its elements say why`,
    });
  },
});

export const bundleTests = [served, collection, timestamp, lastUpdated, organizations, endpoints];
