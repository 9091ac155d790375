import { largestMetadata, metadataDocument } from '../../src/artifacts/capability-statement.ts';
import { answered, mediaType, readDocument } from '../../src/artifacts/document.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { anyFhirJson, jsonMediaType } from '../../src/fhir/json-media-type.ts';
import { releaseOf } from '../../src/fhir/release.ts';
import { http, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';

/** The names that FHIR's JSON has had. */
const fhirTypes = ['application/fhir+json', 'application/json+fhir'];

const taken = test({
  id: 'discovery/fhir-media-type',
  title: 'FHIR’s JSON goes by the media type of the server’s version',
  requirements: ['discovery/fhir-media-type'],
  needs: [metadataDocument, fhirBaseUrl, http],
  async run({ metadataDocument, fhirBaseUrl, http, should }) {
    // Who has no JSON for anybody may have XML.
    if (metadataDocument.kind === 'other') {
      throw new Skip('undecided', `/metadata answered ${metadataDocument.instead}, so that no version is known`);
    }
    const release = releaseOf(metadataDocument.object.fhirVersion);
    if (!release) throw new Skip('undecided', '/metadata states no version of FHIR');
    const own = jsonMediaType(release);
    const isUsual = metadataDocument.accept === anyFhirJson;
    const exchange = isUsual
      ? await http.send({
          url: belowBase(fhirBaseUrl, 'metadata'),
          headers: { accept: own },
          maxBodyBytes: largestMetadata,
        })
      : metadataDocument.exchange;
    if ((exchange.response?.status ?? 0) >= 500) {
      throw new Skip(
        'undecided',
        `asked for ${own} alone, /metadata answered ${answered(exchange)}: trouble, and no answer`,
      );
    }
    const document = readDocument(exchange, '/metadata');
    const type = mediaType(exchange.response?.headers['content-type']);
    const isOfAnother = type !== null && type !== own && fhirTypes.includes(type);
    should('discovery/fhir-media-type', document.kind === 'object' && !isOfAnother, {
      expected: `/metadata as ${own}, the media type of ${release}, for a client that asks for it`,
      actual: document.kind === 'object' ? answered(exchange) : document.instead,
      because: [metadataDocument.exchange, exchange],
    });
  },
});

export const fhirMediaTypeTests = [taken];
