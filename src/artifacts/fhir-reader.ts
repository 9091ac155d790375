import { nextPage, type Resource, resourcesGivenAway } from '../fhir/served.ts';
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

/** Reads at a path, and on to further pages: answers with the first that has such a resource, else with the first of all. */
export type Looking = (path: string, isSought: (resource: Resource) => boolean) => Promise<Exchange>;

/** Pages that are looked at. */
const mostPages = 5;

/** Reads at the FHIR API with any token, and with what its client always sends. */
export interface FhirReader {
  /** @param path - below the FHIR base URL: `Patient/1`, or a search */
  read(path: string, of: Asker): Promise<Exchange>;
  /** The same in another format than the usual one. */
  readAs(accept: string, path: string, of: Asker): Promise<Exchange>;
  /** The same with further header fields. */
  readWith(headers: Readonly<Record<string, string>>, path: string, of: Asker): Promise<Exchange>;
  /** What a read would be answered, but for the body. */
  head(path: string, of: Asker): Promise<Exchange>;
  /** The page after this one, where there is one at the origin that tokens are for. */
  follow(exchange: Exchange, of: Asker): Promise<Exchange | null>;
  /** The same for one token. */
  by(of: Bearer): Reading;
  /** Looks for what may stand on any page: servers choose how much goes on one. */
  looking(of: Bearer): Looking;
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
    const get = (url: string, of: Asker, accept?: string, headers: Readonly<Record<string, string>> = {}) =>
      http.send({ url, redirect: 'manual', headers: { ...headersOf(of, accept), ...headers } });
    const read: FhirReader['read'] = (path, of) => get(belowBase(fhirBaseUrl, path), of);
    const follow = async (last: Exchange, of: Asker): Promise<Exchange | null> => {
      const next = nextPage(last);
      if (next === null || !URL.canParse(next, last.request.url)) return null;
      const url = new URL(next, last.request.url);
      return url.origin === new URL(fhirBaseUrl).origin ? get(url.href, of) : null;
    };
    return {
      read,
      readAs: (accept, path, of) => get(belowBase(fhirBaseUrl, path), of, accept),
      readWith: (headers, path, of) => get(belowBase(fhirBaseUrl, path), of, undefined, headers),
      head: (path, of) =>
        http.send({ method: 'HEAD', url: belowBase(fhirBaseUrl, path), redirect: 'manual', headers: headersOf(of) }),
      follow,
      by: (of) => (path) => read(path, of),
      looking: (of) => async (path, isSought) => {
        const first = await read(path, of);
        let page: Exchange | null = first;
        for (let seen = 1; page && !resourcesGivenAway(page).some(isSought); seen += 1) {
          page = seen < mostPages ? await follow(page, of) : null;
        }
        return page ?? first;
      },
      async pages(path, of, limit) {
        const pages = [await read(path, of)];
        for (let last = pages[0]; last && pages.length < limit; last = pages.at(-1)) {
          const next = await follow(last, of);
          if (next === null) break;
          pages.push(next);
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
