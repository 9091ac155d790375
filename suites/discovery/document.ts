import { isDeepStrictEqual } from 'node:util';
import { answered, mediaType, readDocument } from '../../src/artifacts/document.ts';
import {
  noSmartConfiguration,
  smartConfiguration,
  smartConfigurationDocument,
} from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, configuration, describe, type Exchange, http, test } from '../../src/kit/index.ts';
import { endpointMembers } from '../../src/smart/smart-configuration.ts';
import { belowBase, wellKnown } from '../../src/smart/well-known.ts';

/** Nesting beyond which common JSON parsers give up; a SMART configuration needs four levels. */
const deepestNesting = 64;

const acceptHeaders = ['text/html', 'application/fhir+xml', 'application/fhir+json', 'image/png', '*/*;q=0'];

const location = test({
  id: 'discovery/location',
  title: 'The SMART configuration is served below the FHIR base URL',
  requirements: ['discovery/location'],
  needs: [smartConfigurationDocument, fhirBaseUrl, configuration, http],
  async run({ smartConfigurationDocument: document, fhirBaseUrl, configuration, http, must, info, undecided }) {
    const requirement = 'discovery/location';
    const asked = wellKnown(fhirBaseUrl, 'smart-configuration');
    const { exchange } = document;

    if (document.kind === 'object') {
      must(requirement, true, { expected: '200 and a JSON object', actual: answered(exchange), because: exchange });
      if (exchange.redirectedFrom) {
        info(requirement, { message: `reached by a redirect to ${exchange.request.url}`, because: exchange });
      }
      return;
    }
    if (wantsCredentials(exchange)) {
      const message = 'what is there cannot be seen without credentials, which discovery/anonymous judges';
      return undecided(requirement, { message, because: exchange });
    }
    if (Object.keys(configuration.clients).length === 0) {
      const read = await http.send({ url: belowBase(fhirBaseUrl, 'Patient?_count=1') });
      const why = servesFhirToAnyone(read)
        ? 'this server answers a FHIR search without authorization'
        : isAbsent(exchange) && !wantsCredentials(read)
          ? `nothing shows that this FHIR base URL needs authorization (a FHIR search is ${answered(read)})`
          : null;
      if (why) {
        const message =
          `GET ${asked} answered ${document.instead}; but ${why}, and of FHIR endpoints that need none the guide asks ` +
          'no SMART configuration. Configure a client if this one should have it';
        return undecided(requirement, { message, because: [exchange, read] });
      }
    }
    const by = exchange.redirectedFrom ? `was redirected to ${exchange.request.url}, which ` : '';
    must(requirement, false, {
      expected: '200 and a JSON object',
      actual: document.instead,
      because: exchange,
      message: `GET ${asked} ${by}answered ${document.instead}; expected 200 and a JSON object at exactly this address`,
    });
  },
});

function wantsCredentials({ response }: Exchange): boolean {
  return response?.status === 401 || response?.status === 403;
}

function isAbsent({ response }: Exchange): boolean {
  return response?.status === 404 || response?.status === 410;
}

function servesFhirToAnyone({ response }: Exchange): boolean {
  return response?.status === 200 && /"resourceType"\s*:\s*"Bundle"/.test(response.body);
}

const hostRoot = test({
  id: 'discovery/suffix-after-base-path',
  title: 'A copy at the root of the host is no substitute',
  requirements: ['discovery/suffix-after-base-path'],
  needs: [smartConfigurationDocument, fhirBaseUrl, http],
  informs: true,
  async run({ smartConfigurationDocument: document, fhirBaseUrl, http, info }) {
    const requirement = 'discovery/suffix-after-base-path';
    const { origin, pathname } = new URL(fhirBaseUrl);
    if (pathname === '/') return info(requirement, { message: 'the FHIR base URL has no path: both places are one' });
    const root = await http.send({ url: wellKnown(origin, 'smart-configuration') });
    const copied = root.response !== null && readDocument(root, 'the copy').kind === 'object';
    const missing = document.kind === 'object' ? '' : ', while the FHIR base URL has none';
    info(requirement, {
      message: copied
        ? `${root.request.url} has a document as well${missing}; clients never ask there`
        : 'the root of the host has no such document',
      because: root,
    });
  },
});

const anonymous = test({
  id: 'discovery/anonymous',
  title: 'The SMART configuration needs no credentials',
  requirements: ['discovery/anonymous'],
  needs: [smartConfigurationDocument, fhirBaseUrl, http],
  async run({ smartConfigurationDocument: document, fhirBaseUrl, http, must, should, undecided }) {
    const requirement = 'discovery/anonymous';
    const { exchange } = document;
    if (document.kind === 'other' && !wantsCredentials(exchange)) throw noSmartConfiguration(document);
    must(requirement, document.kind === 'object', {
      expected: 'the document, without asking for credentials',
      actual: answered(exchange),
      because: exchange,
    });
    if (document.kind === 'other') return;
    const withBadToken = await http.send({
      url: wellKnown(fhirBaseUrl, 'smart-configuration'),
      headers: { accept: 'application/json', authorization: 'Bearer not-a-token-of-this-server' },
    });
    if (!withBadToken.response) {
      const message = `with an invalid bearer token nothing came back: ${withBadToken.error?.message}`;
      return undecided(requirement, { message, because: withBadToken });
    }
    should(requirement, withBadToken.response.status === 200, {
      expected: 'the document, even when an invalid bearer token is sent along',
      actual: answered(withBadToken),
      because: withBadToken,
    });
  },
});

/** The document asked for with each Accept header, and with none. */
const acceptVariants = artifact({
  name: 'acceptVariants',
  needs: [smartConfiguration, fhirBaseUrl, http],
  async obtain({ fhirBaseUrl, http }) {
    const url = wellKnown(fhirBaseUrl, 'smart-configuration');
    const ask = async (accept?: string) => {
      const exchange = await http.send({ url, headers: accept === undefined ? {} : { accept } });
      return { sent: accept === undefined ? 'no Accept' : `Accept: ${accept}`, exchange };
    };
    return Promise.all([ask(), ...acceptHeaders.map(ask)]);
  },
});

const whateverAccept = test({
  id: 'discovery/json-whatever-accept',
  title: 'The SMART configuration is JSON whatever the client accepts',
  requirements: ['discovery/json-whatever-accept', 'discovery/accept-may-be-ignored'],
  needs: [acceptVariants, smartConfiguration],
  run({ acceptVariants, smartConfiguration: { document, exchange: plain }, must, should, info, undecided }) {
    const variants = acceptVariants
      .filter(({ exchange }) => exchange.response)
      .map(({ sent, exchange }) => ({ sent, exchange, variant: readDocument(exchange, 'the SMART configuration') }));
    for (const { sent, exchange, variant } of variants) {
      const missing =
        variant.kind === 'object'
          ? requiredMembers.filter((name) => name in document && !(name in variant.object))
          : [];
      must('discovery/json-whatever-accept', variant.kind === 'object' && missing.length === 0, {
        expected: `with ${sent}: 200 and the JSON object`,
        actual:
          variant.kind === 'other'
            ? variant.instead
            : missing.length > 0
              ? `a JSON object without ${missing.join(', ')}`
              : answered(exchange),
        because: exchange,
      });
    }
    for (const { sent, exchange } of acceptVariants.filter(({ exchange }) => !exchange.response)) {
      const message = `with ${sent} nothing came back: ${exchange.error?.message}`;
      undecided('discovery/json-whatever-accept', { message, because: exchange });
    }

    // One server may be several machines, and each know of itself.
    const named = ['issuer', ...endpointMembers];
    const differing = variants.flatMap(({ sent, exchange, variant }) =>
      variant.kind === 'object'
        ? named
            .filter((name) => name in variant.object && !isDeepStrictEqual(variant.object[name], document[name]))
            .map((name) => ({ says: `${name} is ${describe(variant.object[name])} with ${sent}`, exchange }))
        : [],
    );
    if (differing.length > 0) {
      should('discovery/json-whatever-accept', false, {
        expected: 'the same endpoints in every answer',
        actual: `${differing.map(({ says }) => says).join('; ')}; they were others before`,
        because: [plain, ...differing.map(({ exchange }) => exchange)],
      });
    }

    const documents = variants.flatMap(({ variant }) => (variant.kind === 'object' ? [variant] : []));
    const alike = documents.every(
      ({ object, depth }) => depth <= deepestNesting && isDeepStrictEqual(object, document),
    );
    info('discovery/accept-may-be-ignored', {
      message: alike ? 'every Accept header gets the same document' : 'the document differs with the Accept header',
      because: documents.map(({ exchange }) => exchange),
    });
  },
});

const requiredMembers = ['token_endpoint', 'grant_types_supported', 'capabilities', 'code_challenge_methods_supported'];

const servedAsJson = test({
  id: 'discovery/media-type',
  title: 'The SMART configuration is served as application/json',
  requirements: ['discovery/media-type'],
  needs: [acceptVariants, smartConfiguration],
  run({ acceptVariants, smartConfiguration: { exchange: plain }, must }) {
    const exchanges = [plain, ...acceptVariants.map(({ exchange }) => exchange)];
    // What is no JSON object is judged by discovery/json-whatever-accept.
    const documents = exchanges.filter(
      (exchange) => exchange.response && readDocument(exchange, 'the SMART configuration').kind === 'object',
    );
    const wrong = documents.find(({ response }) => mediaType(response?.headers['content-type']) !== 'application/json');
    must('discovery/media-type', wrong === undefined, {
      expected: 'Content-Type: application/json (parameters are fine)',
      actual: wrong
        ? `Content-Type ${wrong.response?.headers['content-type'] ?? 'absent'}, asked with ${acceptOf(wrong)}`
        : `application/json in ${documents.length} of ${documents.length} documents`,
      because: wrong ?? documents,
    });
  },
});

function acceptOf({ request }: Exchange): string {
  return request.headers.accept === undefined ? 'no Accept' : `Accept: ${request.headers.accept}`;
}

const unambiguous = test({
  id: 'discovery/json-unambiguous',
  title: 'The SMART configuration reads the same in every JSON parser',
  requirements: ['discovery/json-unambiguous'],
  needs: [smartConfiguration, smartConfigurationDocument],
  run({ smartConfigurationDocument: document, should }) {
    if (document.kind === 'other') throw new Error('the artifacts disagree on what the document is');
    const oddities = [
      ...document.duplicates.slice(0, 5).map((place) => `${place} stands twice (parsers differ on which one counts)`),
      ...(document.byteOrderMark ? ['it starts with a byte order mark (RFC 8259 section 8.1)'] : []),
      ...(document.depth > deepestNesting ? [`it nests ${document.depth} levels deep`] : []),
    ];
    should('discovery/json-unambiguous', oddities.length === 0, {
      expected: 'distinct member names, no byte order mark, no deep nesting',
      actual: oddities.length === 0 ? 'all of that' : oddities.join('; '),
      because: document.exchange,
    });
  },
});

export const documentTests = [location, hostRoot, anonymous, whateverAccept, servedAsJson, unambiguous];
