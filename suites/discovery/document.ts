import { isDeepStrictEqual } from 'node:util';
import { answered, mediaType, readDocument } from '../../src/artifacts/document.ts';
import { smartConfiguration, smartConfigurationDocument } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, configuration, type Exchange, http, test } from '../../src/kit/index.ts';
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
      if (exchange.request.url !== asked) {
        info(requirement, { message: `reached by a redirect to ${exchange.request.url}`, because: exchange });
      }
      return;
    }
    if (wantsCredentials(exchange)) {
      const message = `what is there cannot be seen without credentials, which discovery/anonymous judges`;
      return undecided(requirement, { message, because: exchange });
    }
    if (Object.keys(configuration.clients).length === 0) {
      const read = await http.send({ url: belowBase(fhirBaseUrl, 'Patient?_count=1') });
      if (servesFhirToAnyone(read)) {
        const message =
          `GET ${asked} answered ${document.instead}; but this server answers a FHIR search without authorization, ` +
          'and then the guide asks no SMART configuration of it. Configure a client if it should have one';
        return undecided(requirement, { message, because: [exchange, read] });
      }
    }
    must(requirement, false, {
      expected: '200 and a JSON object',
      actual: document.instead,
      because: exchange,
      message: `GET ${asked} ${cameFrom(exchange, asked)}answered ${document.instead}; expected 200 and a JSON object at exactly this address`,
    });
  },
});

function cameFrom(exchange: Exchange, asked: string): string {
  return exchange.request.url === asked ? '' : `was redirected to ${exchange.request.url}, which `;
}

function wantsCredentials({ response }: Exchange): boolean {
  return response?.status === 401 || response?.status === 403;
}

function servesFhirToAnyone({ response }: Exchange): boolean {
  return response?.status === 200 && /"resourceType"\s*:\s*"Bundle"/.test(response.body);
}

const hostRoot = test({
  id: 'discovery/suffix-after-base-path',
  title: 'A copy at the root of the host is no substitute',
  requirements: ['discovery/suffix-after-base-path'],
  needs: [smartConfigurationDocument, fhirBaseUrl, http],
  async run({ smartConfigurationDocument: document, fhirBaseUrl, http, info }) {
    const requirement = 'discovery/suffix-after-base-path';
    const { origin, pathname } = new URL(fhirBaseUrl);
    if (pathname === '/') return info(requirement, { message: 'the FHIR base URL has no path: both places are one' });
    const root = await http.send({ url: wellKnown(origin, 'smart-configuration') });
    const copied = root.response?.status === 200;
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
  async run({ smartConfigurationDocument: { exchange }, fhirBaseUrl, http, must, should }) {
    const requirement = 'discovery/anonymous';
    const expected = 'an answer without asking for credentials';
    must(requirement, !wantsCredentials(exchange), { expected, actual: answered(exchange), because: exchange });
    if (exchange.response?.status !== 200) return;
    const withBadToken = await http.send({
      url: wellKnown(fhirBaseUrl, 'smart-configuration'),
      headers: { accept: 'application/json', authorization: 'Bearer not-a-token-of-this-server' },
    });
    should(requirement, !wantsCredentials(withBadToken), {
      expected: 'the same answer when an invalid bearer token is sent along',
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
  run({ acceptVariants, smartConfiguration: { document }, must, info, undecided }) {
    let alike = true;
    for (const { sent, exchange } of acceptVariants) {
      if (!exchange.response) {
        const message = `with ${sent} nothing came back: ${exchange.error?.message}`;
        undecided('discovery/json-whatever-accept', { message, because: exchange });
        continue;
      }
      const variant = readDocument(exchange, 'the SMART configuration');
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
      alike &&=
        variant.kind === 'object' && variant.depth <= deepestNesting && isDeepStrictEqual(variant.object, document);
    }
    info('discovery/accept-may-be-ignored', {
      message: alike ? 'every Accept header gets the same document' : 'the document differs with the Accept header',
      because: acceptVariants.map(({ exchange }) => exchange),
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
    const documents = exchanges.filter(({ response }) => response?.status === 200);
    const wrong = documents.find(({ response }) => mediaType(response?.headers['content-type']) !== 'application/json');
    must('discovery/media-type', wrong === undefined, {
      expected: 'Content-Type: application/json (parameters are fine)',
      actual: wrong
        ? `Content-Type ${wrong.response?.headers['content-type'] ?? 'absent'}, asked with ${acceptOf(wrong)}`
        : `application/json in ${documents.length} of ${documents.length} answers`,
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
