import { jsonObjectIn } from '../http/json-object-in.ts';
import { artifact, Block, configuration, type Exchange, type HttpClient, http, isRecord, Skip } from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { isSuccess } from './document.ts';
import type { Bearer } from './fhir-reader.ts';
import { type FhirFormat, fhirFormat } from './fhir-version.ts';
import { fhirBaseUrl } from './target.ts';

export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL: `Observation`, `Observation/1`; empty for a batch or transaction. */
  readonly path: string;
  /** A resource, or a JSON Patch; sent as FHIR JSON unless `headers` say otherwise. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Writes FHIR data and remembers whatever comes into being, also where it should not have, until it is deleted again: by
 * the test that made it, or at the end of the run, however that ends.
 */
export interface Scratch {
  /** @throws Block when the run has ended */
  write(request: WriteRequest, bearer: Bearer): Promise<Exchange>;
  /** Names somebody who may delete what others make: asked before them. */
  entrust(bearer: Bearer): void;
  /**
   * Deletes what is left of these, of all unless given.
   *
   * @param paths - `Observation/1`
   * @returns what could not be deleted
   */
  clear(paths?: readonly string[]): Promise<readonly string[]>;
}

/** What is written at the FHIR base URL. */
export const scratch = artifact({
  name: 'scratch',
  needs: [configuration, fhirBaseUrl, fhirFormat, http],
  obtain({ configuration: { allowWrites }, fhirBaseUrl, fhirFormat, http }): Scratch & { release(): Promise<void> } {
    if (!allowWrites) throw new Skip('not-allowed', 'it writes, which allowWrites (or --allow-writes) permits');
    return createScratch(fhirBaseUrl, fhirFormat, http);
  },
  release: (value) => value.release(),
});

/** Something that came into being, with what is needed to delete it. */
interface Made {
  readonly bearer: Bearer;
  /** As the server last gave it: some want it in If-Match. */
  readonly etag: string | undefined;
}

/** @param base - the URL of the FHIR API that is written to */
export function createScratch(
  base: string,
  format: FhirFormat,
  http: HttpClient,
): Scratch & { release(): Promise<void> } {
  const made = new Map<string, Made>();
  const trusted: Bearer[] = [];
  const underWay = new Set<Promise<unknown>>();
  let ended = false;

  const send = ({ method, path, body, headers }: WriteRequest, { client, accessToken }: Bearer): Promise<Exchange> =>
    http.send({
      method,
      url: path === '' ? base : belowBase(base, path),
      redirect: 'manual',
      // Otherwise nobody would know what a request that was cut off has left behind.
      outlastsInterruption: true,
      headers: {
        accept: format.accept,
        // What is made must be known, to be deleted.
        prefer: 'return=representation',
        ...(body !== undefined && { 'content-type': format.contentType }),
        ...client.headers,
        ...headers,
        authorization: `Bearer ${accessToken}`,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });

  const remember = ({ method, path }: WriteRequest, exchange: Exchange, bearer: Bearer): void => {
    if (!isSuccess(exchange)) return;
    if (method === 'DELETE') made.delete(path);
    const etag = exchange.response?.headers.etag;
    const known = made.get(path);
    if (known) made.set(path, { ...known, etag });
    for (const created of createdBy(method, path, exchange)) made.set(created, { bearer, etag });
  };

  const remove = async (path: string, { bearer, etag }: Made): Promise<boolean> => {
    for (const one of [...trusted, bearer]) {
      const matching: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
      const first = await send({ method: 'DELETE', path, headers: matching }, one);
      // Changed meanwhile, by whomever: it is ours all the same.
      const exchange = first.response?.status === 412 ? await send({ method: 'DELETE', path }, one) : first;
      const { status } = exchange.response ?? {};
      const isGone = isSuccess(exchange) || status === 404 || status === 410;
      // To those who may not see it, it is not there either.
      if (!isGone || (status === 404 && one !== bearer)) continue;
      made.delete(path);
      return true;
    }
    return false;
  };

  const clear: Scratch['clear'] = async (paths = [...made.keys()]) => {
    const left: string[] = [];
    // What was made last may refer to what was made before.
    for (const path of [...paths].reverse()) {
      const known = made.get(path);
      if (known && !(await remove(path, known))) left.push(path);
    }
    return left;
  };

  return {
    async write(request, bearer) {
      if (ended) throw new Block('the run has ended, and nothing is written any more');
      const writing = send(request, bearer).then((exchange) => {
        remember(request, exchange, bearer);
        return exchange;
      });
      underWay.add(writing);
      return writing.finally(() => underWay.delete(writing));
    },
    entrust(bearer) {
      trusted.push(bearer);
    },
    clear,
    async release() {
      ended = true;
      await Promise.allSettled(underWay);
      const left = await clear();
      if (left.length > 0) process.emitWarning(`smart-check could not delete what it wrote: ${left.join(', ')}`);
    },
  };
}

/** The path of what a create brought into being: `Observation/1`; null when the answer does not say. */
export function createdPath(exchange: Exchange): string | null {
  const { pathname } = new URL(exchange.request.url);
  return createdBy('POST', pathname.slice(pathname.lastIndexOf('/') + 1), exchange)[0] ?? null;
}

/** The paths of what came into being, by the Location headers and the bodies. */
function createdBy(method: WriteRequest['method'], path: string, exchange: Exchange): readonly string[] {
  const { response } = exchange;
  const body = jsonObjectIn(exchange) ?? {};
  if (path === '') {
    const entries = Array.isArray(body.entry) ? body.entry.filter(isRecord) : [];
    return entries.flatMap(({ response: answer }) =>
      isRecord(answer) && /^201\b/.test(String(answer.status)) ? located(answer.location) : [],
    );
  }
  const isConditional = path.includes('?') || exchange.request.headers['if-none-exist'] !== undefined;
  // What met a condition was there before, and is not ours.
  if ((method === 'PUT' || isConditional) && response?.status !== 201) return [];
  if (method === 'PUT' && !isConditional) return [path];
  if (method !== 'POST' && method !== 'PUT') return [];
  const { resourceType, id } = body;
  const [type = ''] = path.split('?');
  const inBody = resourceType === type && typeof id === 'string' ? [`${type}/${id}`] : [];
  const found = located(response?.headers.location);
  return found.length > 0 ? found : inBody;
}

/** `Type/id` out of an absolute or relative Location, with or without a version. */
function located(location: unknown): readonly string[] {
  const [, path] = /([A-Za-z]+\/[A-Za-z0-9.-]+)(?:\/_history\/[^/]+)?\/?$/.exec(String(location ?? '')) ?? [];
  return path === undefined ? [] : [path];
}
