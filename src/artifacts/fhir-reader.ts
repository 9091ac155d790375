import { nextPage } from '../fhir/served.ts';
import { artifact, type Client, type Exchange, http } from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { fhirFormat } from './fhir-version.ts';
import { fhirBaseUrl } from './target.ts';

/** An access token, and the client it was given to. */
export interface Bearer {
  readonly client: Client;
  readonly accessToken: string;
}

/** Whoever asks, with a token or without one. */
export type Asker = Omit<Bearer, 'accessToken'> & { readonly accessToken: string | null };

/** Reads at a path below the FHIR base URL. */
export type Reading = (path: string) => Promise<Exchange>;

/** Reads at the FHIR API with any token, and with what its client always sends. */
export interface FhirReader {
  /** @param path - below the FHIR base URL: `Patient/1`, or a search */
  read(path: string, of: Asker): Promise<Exchange>;
  /** The same in another format than the usual one. */
  readAs(accept: string, path: string, of: Asker): Promise<Exchange>;
  /** The same for one token. */
  by(of: Bearer): Reading;
  /** A search with its further pages, up to a limit: those at the origin the token is for. */
  pages(path: string, of: Bearer, limit: number): Promise<readonly Exchange[]>;
  /** A search by POST. @throws Skip unless allowWrites: it is no mere GET */
  search(type: string, form: Readonly<Record<string, string>>, of: Asker): Promise<Exchange>;
  /** A batch or transaction of GETs. @throws Skip as above */
  bundle(type: 'batch' | 'transaction', paths: readonly string[], of: Asker): Promise<Exchange>;
}

export const fhirReader = artifact({
  name: 'fhirReader',
  needs: [fhirBaseUrl, fhirFormat, http],
  obtain({ fhirBaseUrl, fhirFormat, http }): FhirReader {
    const headersOf = ({ client, accessToken }: Asker, accept = fhirFormat.accept) => ({
      accept,
      ...client.headers,
      ...(accessToken !== null && { authorization: `Bearer ${accessToken}` }),
    });
    const get = (url: string, of: Asker, accept?: string) =>
      http.send({ url, redirect: 'manual', headers: headersOf(of, accept) });
    const read: FhirReader['read'] = (path, of) => get(belowBase(fhirBaseUrl, path), of);
    return {
      read,
      readAs: (accept, path, of) => get(belowBase(fhirBaseUrl, path), of, accept),
      by: (of) => (path) => read(path, of),
      async pages(path, of, limit) {
        const pages = [await read(path, of)];
        for (let last = pages[0]; last && pages.length < limit; last = pages.at(-1)) {
          const next = nextPage(last);
          if (next === null || !URL.canParse(next, last.request.url)) break;
          const url = new URL(next, last.request.url);
          if (url.origin !== new URL(fhirBaseUrl).origin) break;
          pages.push(await get(url.href, of));
        }
        return pages;
      },
      search: (type, form, of) =>
        http.send({
          method: 'POST',
          url: belowBase(fhirBaseUrl, `${type}/_search`),
          redirect: 'manual',
          headers: headersOf(of),
          body: new URLSearchParams(form),
        }),
      bundle: (type, paths, of) =>
        http.send({
          method: 'POST',
          url: fhirBaseUrl,
          redirect: 'manual',
          headers: { ...headersOf(of), 'content-type': fhirFormat.contentType },
          body: JSON.stringify({
            resourceType: 'Bundle',
            type,
            entry: paths.map((url) => ({ request: { method: 'GET', url } })),
          }),
        }),
    };
  },
});
