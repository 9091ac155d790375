import type { JourneyRecord } from '../../src/kit/index.ts';
import { count, duration, utc } from '../wording.ts';
import { evidence, journeyAnchor, linkList, testLink } from './anchors.ts';
import { html, type Markup, nothing } from './markup.ts';
import { isAtEase, type Page, type Section } from './page.ts';

/** Bytes of pictures that stand in the page itself; the rest of them is linked. */
const embeddedBytes = 3 * 1024 * 1024;

/** What the browser did, as a strip of pictures: first where it got stuck, unfolded. */
export function journeysSection(page: Page): Section | null {
  const { journeys } = page.report;
  if (journeys.length === 0) return null;
  return {
    id: 'journeys',
    title: 'What the browser did',
    label: `Journeys ${journeys.length}`,
    pieces: journeyPieces(page),
  };
}

function* journeyPieces(page: Page): Iterable<Markup> {
  const { journeys } = page.report;
  const stopped = journeys.filter(({ outcome }) => outcome === 'stopped');
  const returned = journeys.filter(({ outcome }) => outcome === 'returned');
  yield html`<p class="lead">${count(journeys.length, 'way')} through the server’s pages: ${returned.length} back to the app, ${stopped.length} that ended elsewhere. Fields that hold secrets are covered in the pictures.</p>
`;
  const source = pictureSource(page);
  const shown = page.journeys;
  let number = 0;
  for (const journey of shown) {
    number += 1;
    yield journeyMarkup(page, journey, number, source);
  }
  if (shown.length < journeys.length) {
    yield html`<p class="source">The other ${journeys.length - shown.length} are in results.json.</p>
`;
  }
}

function journeyMarkup(page: Page, journey: JourneyRecord, number: number, source: (file: string) => string): Markup {
  const { outcome, startedAt, durationMs, exchanges, pictures, cause, message = '' } = journey;
  const [headline = '', ...rest] = message.split('\n');
  const tests = [...new Set(exchanges.flatMap((id) => page.citedBy.get(id) ?? []))];
  const start = exchanges[0] === undefined ? undefined : page.report.exchanges.get(exchanges[0]);
  const open = outcome === 'stopped' && !isAtEase(cause) ? html` open` : nothing;
  return html`<details class="journey ${outcome}"${open}><summary><span class="outcome ${outcome === 'returned' ? 'passed' : 'blocked'}">${outcome === 'returned' ? '✓ came back' : `■ ${cause ?? 'stopped'}`}</span> <span class="name">${outcome === 'returned' ? whereFrom(start?.request.url) : headline}${whatFor(tests)}</span> <span class="took">${duration(durationMs)}</span></summary>
<div class="inside" id="${journeyAnchor(number)}">
<p class="source">Begun at <time datetime="${startedAt}">${utc(startedAt)}</time>${outcome === 'stopped' ? html`, ${whereFrom(start?.request.url)}` : nothing}</p>
${rest.length === 0 ? nothing : html`<pre tabindex="0" role="group" aria-label="what was seen, and steps to begin with"><code>${rest.join('\n')}</code></pre>`}
${pictures.length === 0 ? nothing : html`<ol class="strip">${pictures.map((picture, index) => pictureMarkup(picture, `page ${index + 1} of journey ${number}`, source))}</ol>`}
${tests.length === 0 ? nothing : html`<div class="shown"><span class="label">Evidence for</span>${linkList(tests.map(testLink), 'test')}</div>`}
<details class="more"><summary>${count(exchanges.length, 'exchange')}</summary>${evidence(page, exchanges)}</details>
</div></details>
`;
}

/** So that one row can be told from the next. */
function whatFor(tests: readonly string[]): string {
  const [first, ...others] = tests;
  if (first === undefined) return '';
  return `, for ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function whereFrom(url: string | undefined): string {
  return url === undefined ? 'nothing was sent' : `from ${url.replace(/[?#].*$/s, '')}`;
}

function pictureMarkup(
  { title, file }: JourneyRecord['pictures'][number],
  which: string,
  source: (file: string) => string,
): Markup {
  const image = file === null ? nothing : html`<img src="${source(file)}" alt="${which}" loading="lazy" width="320">`;
  return html`<li><figure>${image}<figcaption>${title}</figcaption></figure></li>`;
}

/** Gives the address of a picture: itself, as long as there is room, else its place beside the report. */
function pictureSource({ report }: Page): (file: string) => string {
  let left = embeddedBytes;
  return (file) => {
    const picture = left > 0 ? report.picture?.(file) : null;
    if (!picture || picture.byteLength > left) return file;
    left -= picture.byteLength;
    return `data:image/jpeg;base64,${Buffer.from(picture).toString('base64')}`;
  };
}
