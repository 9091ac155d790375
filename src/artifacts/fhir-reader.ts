import { artifact, type Client, type Exchange, http } from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { fhirBaseUrl } from './target.ts';

/** Reads at the FHIR API with any token, and with what its client always sends. */
export interface FhirReader {
  /** @param path - below the FHIR base URL: `Patient/1`, or a search */
  read(path: string, of: { readonly client: Client; readonly accessToken: string }): Promise<Exchange>;
}

export const fhirReader = artifact({
  name: 'fhirReader',
  needs: [fhirBaseUrl, http],
  obtain({ fhirBaseUrl, http }): FhirReader {
    return {
      read: (path, { client, accessToken }) =>
        http.send({
          url: belowBase(fhirBaseUrl, path),
          redirect: 'manual',
          headers: { accept: fhirJson, ...client.headers, authorization: `Bearer ${accessToken}` },
        }),
    };
  },
});

/** The media types of FHIR's versions for JSON, the current one first. */
export const fhirJson = 'application/fhir+json, application/json+fhir, application/json;q=0.9';
