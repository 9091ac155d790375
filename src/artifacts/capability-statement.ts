import { anyFhirJson, jsonOfVersion } from '../fhir/json-media-type.ts';
import { isSameRelease, statedVersion } from '../fhir/release.ts';
import { artifact, configuration, describe, type Exchange, http, Skip } from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { type JsonDocument, readDocument } from './document.ts';
import { fhirBaseUrl } from './target.ts';

/** Bytes of /metadata that are read. */
export const largestMetadata = 64 * 1024 * 1024;

/** What /metadata serves, whatever it is. */
export type MetadataDocument = JsonDocument & {
  /** What it was asked for with; names a version where the server speaks several, and the one configured is not its first. */
  readonly accept: string;
};

export const metadataDocument = artifact({
  name: 'metadataDocument',
  needs: [configuration, fhirBaseUrl, http],
  async obtain({ configuration: { fhirVersion }, fhirBaseUrl, http }): Promise<MetadataDocument> {
    const ask = async (accept: string): Promise<MetadataDocument> => {
      const url = belowBase(fhirBaseUrl, 'metadata');
      const exchange = await http.send({ url, headers: { accept }, maxBodyBytes: largestMetadata });
      return { ...readDocument(exchange, '/metadata'), accept };
    };
    const usual = await ask(anyFhirJson);
    if (fhirVersion === undefined || speaks(usual, fhirVersion) !== false) return usual;
    const wanted = await ask(jsonOfVersion(fhirVersion));
    return speaks(wanted, fhirVersion) === true ? wanted : usual;
  },
});

/** Whether a statement is one of a version; null when that cannot be told. */
function speaks(document: JsonDocument, fhirVersion: string): boolean | null {
  const stated = document.kind === 'object' ? statedVersion(document.object) : null;
  return stated === null ? null : isSameRelease(stated, fhirVersion);
}

export interface CapabilityStatement {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly exchange: Exchange;
}

/** The server's CapabilityStatement (Conformance in DSTU2), from /metadata. @throws Skip when something else is served there */
export const capabilityStatement = artifact({
  name: 'capabilityStatement',
  needs: [metadataDocument],
  obtain({ metadataDocument: { exchange, ...document } }): CapabilityStatement {
    const { url } = exchange.request;
    if (document.kind === 'other') {
      throw new Skip('undecided', `there is no CapabilityStatement: ${url} answered ${document.instead}`);
    }
    const { resourceType } = document.object;
    if (resourceType === 'CapabilityStatement' || resourceType === 'Conformance') {
      return { resource: document.object, exchange };
    }
    const seen = describe(resourceType);
    throw new Skip('undecided', `${url} serves no CapabilityStatement: its resourceType is ${seen}`);
  },
});
