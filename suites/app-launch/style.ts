import { answered } from '../../src/artifacts/document.ts';
import { launches } from '../../src/artifacts/launches.ts';
import { memory } from '../../src/artifacts/memory.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { jsonFingerprint } from '../../src/http/json-fingerprint.ts';
import { readJson } from '../../src/http/read-json.ts';
import { artifact, type Exchange, http, isRecord, Skip, test } from '../../src/kit/index.ts';

/** What an EHR serves at one smart_style_url. */
interface StyleDocument {
  readonly url: string;
  readonly exchange: Exchange;
  /** Null when it is no JSON object. */
  readonly properties: Readonly<Record<string, unknown>> | null;
  /** The same for equal JSON; null when it is none. */
  readonly fingerprint: string | null;
}

const mostStyles = 3;

const styles = artifact({
  name: 'styles',
  needs: [launches, fhirBaseUrl, http],
  async obtain({ launches, fhirBaseUrl, http }): Promise<readonly StyleDocument[]> {
    const named = launches.flatMap(({ tokens: { members } }) => {
      const url = members.smart_style_url;
      return typeof url === 'string' && URL.canParse(url, fhirBaseUrl) ? [new URL(url, fhirBaseUrl).href] : [];
    });
    const urls = [...new Set(named)].slice(0, mostStyles);
    if (urls.length === 0) throw new Skip('not-advertised', 'no launch came with smart_style_url');
    return Promise.all(
      urls.map(async (url) => {
        const exchange = await http.send({ url, headers: { accept: 'application/json' } });
        const { status, body = '' } = exchange.response ?? {};
        const json = status === 200 ? readJson(body) : null;
        const value = json?.kind === 'value' ? json.value : null;
        const properties = isRecord(value) ? value : null;
        return { url, exchange, properties, fingerprint: json?.kind === 'value' ? jsonFingerprint(json) : null };
      }),
    );
  },
});

const styleNames = [
  'color_background',
  'color_error',
  'color_highlight',
  'color_modal_backdrop',
  'color_success',
  'color_text',
  'dim_border_radius',
  'dim_font_size',
  'dim_spacing_size',
  'font_family_body',
  'font_family_heading',
];

const document = test({
  id: 'app-launch/style-document',
  title: 'smart_style_url serves a style document to anyone',
  requirements: ['app-launch/style-document'],
  needs: [styles],
  run({ styles, should }) {
    for (const { exchange, properties } of styles) {
      const named = styleNames.filter((name) => properties?.[name] !== undefined);
      const areStrings = named.every((name) => typeof properties?.[name] === 'string');
      should('app-launch/style-document', named.length > 0 && areStrings, {
        expected: 'a JSON object with at least one of the eleven style properties, a string',
        actual: `${answered(exchange)}, ${properties === null ? 'no JSON object' : `${named.length} of them`}`,
        because: exchange,
      });
    }
  },
});

const unchanged = test({
  id: 'app-launch/style-change-new-url',
  title: 'A style stays as it is at its URL: another style has another one',
  requirements: ['app-launch/style-change-new-url'],
  needs: [styles, memory],
  run({ styles, memory, must, undecided }) {
    const readable = styles.flatMap(({ fingerprint, ...style }) =>
      fingerprint === null ? [] : [{ ...style, fingerprint }],
    );
    if (readable.length === 0) throw new Skip('undecided', 'no smart_style_url serves JSON');
    for (const { url, exchange, fingerprint } of readable) {
      const before = memory.recall(`style ${url}`);
      memory.remember(`style ${url}`, { sha256: fingerprint });
      if (!before) {
        const message = `${url} was not seen before; the next run with this state file compares`;
        undecided('app-launch/style-change-new-url', { message, because: exchange });
        continue;
      }
      must('app-launch/style-change-new-url', before.seen.sha256 === fingerprint, {
        expected: `${url} to serve what it served on ${before.at.toISOString()}, as a changed style takes another URL`,
        actual: before.seen.sha256 === fingerprint ? 'the same' : 'another style',
        because: exchange,
      });
    }
  },
});

export const styleTests = [document, unchanged];
