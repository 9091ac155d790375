import pLimit from 'p-limit';
import { enoughOfPicture, inspectPicture, type Picture } from '../fhir/brands/logo.ts';
import { artifact, type Exchange, type HttpClient, http } from '../kit/index.ts';
import { brandBundle } from './brand-bundle.ts';
import { anyOrigin } from './cross-origin.ts';

/** A logo as it was served; `picture` is null when the answer was no success. */
export interface FetchedLogo {
  readonly url: string;
  readonly exchange: Exchange;
  readonly picture: Picture | null;
}

/** Logos asked for; a bundle may name a hundred thousand. */
const mostLogos = 20;
/** At once. */
const together = 4;
const timeoutMs = 8000;
/** After so many without any answer the rest is not asked for. */
const mostFailures = 5;
const largestLogo = 8 * 1024 * 1024;

/** The first logos of the bundle that are not inline, by URL, as a page of any origin asks for them. */
export const fetchedLogos = artifact({
  name: 'fetchedLogos',
  needs: [brandBundle, http],
  async obtain({ brandBundle: { survey }, http }): Promise<ReadonlyMap<string, FetchedLogo>> {
    const urls = [...new Set(survey.logos.flatMap((logos) => logos.urls))].filter(isFetchable).slice(0, mostLogos);
    const fetched = new Map<string, FetchedLogo>();
    const inTurn = pLimit(together);
    let failures = 0;
    const fetchNext = async (url: string) => {
      if (failures >= mostFailures) return;
      const logo = await fetchLogo(url, http);
      failures = logo.exchange.response ? 0 : failures + 1;
      fetched.set(url, logo);
    };
    await Promise.all(urls.map((url) => inTurn(() => fetchNext(url))));
    return fetched;
  },
});

function isFetchable(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

async function fetchLogo(url: string, http: HttpClient): Promise<FetchedLogo> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const exchange = await http.send({
    url,
    headers: { accept: 'image/svg+xml, image/png, image/*;q=0.5', origin: anyOrigin },
    maxBodyBytes: largestLogo,
    timeoutMs,
    receive: ({ status }) =>
      status !== 200
        ? null
        : (chunk) => {
            if (length < enoughOfPicture) chunks.push(chunk);
            length += chunk.length;
          },
  });
  const isWhole = exchange.response?.status === 200 && (!exchange.error || length >= enoughOfPicture);
  return { url, exchange, picture: isWhole ? await inspectPicture(Buffer.concat(chunks)) : null };
}
