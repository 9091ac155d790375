import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type BrandSurvey, createBrandSurvey } from '../fhir/brands/brand-survey.ts';
import { type SplitJson, splitJson } from '../http/split-json.ts';
import {
  artifact,
  attempted,
  Block,
  configuration,
  describe,
  type Exchange,
  http,
  progress,
  Skip,
  stateFile,
} from '../kit/index.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { baseDefinitions } from './base-definitions.ts';
import { answered } from './document.ts';
import { smartConfiguration } from './smart-configuration.ts';

/** Where a brand bundle comes from. */
export type BrandBundleSource =
  | { readonly kind: 'file'; readonly file: string }
  /** `isLinked`: the server's SMART configuration names it. */
  | { readonly kind: 'url'; readonly url: string; readonly isLinked: boolean };

/** What stands there. */
export interface BrandBundleReading {
  readonly source: BrandBundleSource;
  /** Null for a file. */
  readonly exchange: Exchange | null;
  readonly content:
    | { readonly kind: 'bundle'; readonly survey: BrandSurvey; readonly json: Extract<SplitJson, { kind: 'object' }> }
    /** What came instead, such as `404 text/html`. */
    | { readonly kind: 'other'; readonly instead: string }
    /** More than is read. */
    | { readonly kind: 'too large'; readonly message: string };
}

/** Bytes; ten times the largest bundle that a nation would need. */
const largestBundle = 2 * 1024 ** 3;

/** Where the bundle to check is: what the user says, else what the SMART configuration says. */
export const brandBundleSource = artifact({
  name: 'brandBundleSource',
  needs: [configuration, attempted(smartConfiguration)],
  obtain({ configuration: { brands, fhirBaseUrl }, smartConfiguration: advertised }): BrandBundleSource {
    const isKnown = !(advertised instanceof Skip) && !(advertised instanceof Block);
    const linked = isKnown ? advertised.document.user_access_brand_bundle : undefined;
    const linkedUrl = fhirBaseUrl === null ? null : endpointUrl(linked, fhirBaseUrl);
    if (brands && 'file' in brands) return { kind: 'file', ...brands };
    if (brands) return { kind: 'url', url: brands.url, isLinked: new URL(brands.url).href === linkedUrl?.href };
    if (!isKnown) throw advertised;
    if (linkedUrl) return { kind: 'url', url: linkedUrl.href, isLinked: true };
    throw new Skip('not-advertised', `user_access_brand_bundle is ${describe(linked)}, and --brands names no bundle`);
  },
});

/** The bundle, surveyed while it arrives: it may be larger than memory. */
export const brandBundleReading = artifact({
  name: 'brandBundleReading',
  needs: [brandBundleSource, http, stateFile, progress],
  async obtain({ brandBundleSource: source, http, stateFile, progress }): Promise<BrandBundleReading> {
    const survey = createBrandSurvey({ definitions: await baseDefinitions(), fingerprint: stateFile !== null });
    const splitter = splitJson('entry', survey.take);
    const tell = throttled(progress);
    let bytes = 0;
    const take = (chunk: Uint8Array) => {
      splitter.write(chunk);
      bytes += chunk.length;
      tell(() => `the brand bundle: ${inMegabytes(bytes)}, ${survey.entries().toLocaleString('en-US')} entries`);
    };

    if (source.kind === 'file') {
      const { size } = await stat(source.file);
      if (size > largestBundle) {
        const content = { kind: 'too large', message: `${source.file} has ${size} bytes` } as const;
        return { source, exchange: null, content };
      }
      for await (const chunk of createReadStream(source.file)) take(chunk);
      return { source, exchange: null, content: contentOf(splitter.end(), survey, source.file) };
    }

    let ownError: unknown = null;
    const exchange = await http.send({
      url: source.url,
      headers: { accept: 'application/fhir+json, application/json;q=0.9' },
      maxBodyBytes: largestBundle,
      receive: ({ status }) => (status === 200 ? guarded(take, (error) => (ownError = error)) : null),
    });
    if (ownError !== null) throw ownError;
    const { response, error } = exchange;
    if (!response)
      throw new Block(`the brand bundle could not be asked for: ${error?.message ?? 'no answer'}`, [exchange]);
    const read = (content: BrandBundleReading['content']) => ({ source, exchange, content });
    if (response.status !== 200) return read({ kind: 'other', instead: answered(exchange) });
    if (error?.kind === 'too-large') return read({ kind: 'too large', message: error.message });
    if (error) return read({ kind: 'other', instead: `${answered(exchange)}, but ${error.message}` });
    return read(contentOf(splitter.end(), survey, answered(exchange)));
  },
});

function contentOf(
  json: SplitJson,
  survey: ReturnType<typeof createBrandSurvey>,
  from: string,
): BrandBundleReading['content'] {
  if (json.kind === 'invalid') return { kind: 'other', instead: `${from}, but no JSON: ${json.message}` };
  const { resourceType } = json.members;
  if (resourceType === 'Bundle') return { kind: 'bundle', json, survey: survey.finish(json.members) };
  return { kind: 'other', instead: `${from}, but a JSON object whose resourceType is ${describe(resourceType)}` };
}

/** The bundle as it was found. */
export const brandBundle = artifact({
  name: 'brandBundle',
  needs: [brandBundleReading],
  obtain({ brandBundleReading: { content, exchange } }) {
    const because = exchange === null ? [] : [exchange];
    if (content.kind === 'bundle') return { survey: content.survey, because };
    const what = content.kind === 'other' ? `what is there is ${content.instead}` : content.message;
    throw new Block(`there is no brand bundle to look into: ${what}`, because);
  },
});

/** Nothing that is thrown while bytes arrive is the server's doing. */
function guarded(take: (chunk: Uint8Array) => void, failed: (error: unknown) => void): (chunk: Uint8Array) => void {
  let hasFailed = false;
  return (chunk) => {
    if (hasFailed) return;
    try {
      take(chunk);
    } catch (error) {
      hasFailed = true;
      failed(error);
    }
  };
}

const pauseMs = 2000;

function throttled(progress: (message: string) => void): (message: () => string) => void {
  let last = Date.now();
  return (message) => {
    const now = Date.now();
    if (now - last < pauseMs) return;
    last = now;
    progress(message());
  };
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
