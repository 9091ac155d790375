import { artifact, Block, describe, http } from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { readDocument } from './document.ts';
import { fhirBaseUrl } from './target.ts';

/** What /metadata serves, whatever it is. */
export const metadataDocument = artifact({
  name: 'metadataDocument',
  needs: [fhirBaseUrl, http],
  async obtain({ fhirBaseUrl, http }) {
    const exchange = await http.send({
      url: belowBase(fhirBaseUrl, 'metadata'),
      // DSTU2 has a media type of its own.
      headers: { accept: 'application/fhir+json, application/json+fhir, application/json;q=0.9' },
      maxBodyBytes: 64 * 1024 * 1024,
    });
    return readDocument(exchange, '/metadata');
  },
});

/** The server's CapabilityStatement (Conformance in DSTU2), from /metadata. */
export const capabilityStatement = artifact({
  name: 'capabilityStatement',
  needs: [metadataDocument],
  obtain({ metadataDocument: { exchange, ...document } }) {
    const { url } = exchange.request;
    if (document.kind === 'other') {
      throw new Block(`there is no CapabilityStatement: ${url} answered ${document.instead}`, [exchange]);
    }
    const { resourceType } = document.object;
    if (resourceType === 'CapabilityStatement' || resourceType === 'Conformance') {
      return { resource: document.object, exchange };
    }
    throw new Block(`${url} serves no CapabilityStatement: its resourceType is ${describe(resourceType)}`, [exchange]);
  },
});
