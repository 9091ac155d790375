import type { JourneyRecord, Report, TestResult } from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';
import { count, duration } from '../wording.ts';
import { anchor, testLink } from './anchors.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

/** The drawing's own unit of width; it is stretched to the page's. */
const width = 1000;
const laneHeight = 12;
const gap = 8;
const longest = 8;

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly look: string;
  readonly title: string;
  readonly link: string | null;
}

/** What went on when: tests, the browser's journeys and each request, on one axis. */
export function timelineSection(page: Page): Section | null {
  const { report } = page;
  const began = Date.parse(report.startedAt);
  const tests = report.tests.filter(({ durationMs }) => durationMs >= 1).map((test) => testBar(test, began));
  if (tests.length === 0) return null;
  const journeys = report.journeys.map((journey) => journeyBar(journey, began));
  const end = Math.max(1, report.durationMs, ...[...tests, ...journeys].map(({ to }) => to));
  const bands = [lanesOf(tests), lanesOf(journeys)];
  return {
    id: 'timeline',
    title: 'The run, minute by minute',
    label: 'Timeline',
    pieces: [
      html`<p class="lead">${duration(report.durationMs)} from left to right. Above, ${count(report.tests.length, 'test')}, several at once, each a bar that leads to it${journeys.length > 0 ? html`; below them ${count(journeys.length, 'way')} of the browser through the server’s pages` : nothing}${report.exchanges.size > 0 ? html`; at the foot a stroke for each of ${count(report.exchanges.size, 'request')}` : nothing}.</p>
`,
      drawing(bands, report, end, began),
      html`<ol class="ticks" aria-hidden="true">${[0, 0.25, 0.5, 0.75, 1].map((part) => html`<li>${duration(end * part)}</li>`)}</ol>
`,
      longestTests(report),
    ],
  };
}

function testBar({ id, outcome, startedAt, durationMs }: TestResult, began: number): Bar {
  const from = Math.max(0, Date.parse(startedAt) - began);
  return {
    from,
    to: from + durationMs,
    look: outcome,
    title: `${outcomeSymbols[outcome]} ${id}: ${outcome}, ${duration(durationMs)}, after ${duration(from)}`,
    link: anchor('test', id),
  };
}

function journeyBar({ startedAt, durationMs, outcome, cause }: JourneyRecord, began: number): Bar {
  const from = Math.max(0, Date.parse(startedAt) - began);
  const came = outcome === 'returned' ? 'came back' : (cause ?? 'stopped');
  return {
    from,
    to: from + durationMs,
    look: 'journeyed',
    title: `browser: ${came}, ${duration(durationMs)}`,
    link: null,
  };
}

/** As few lanes as hold the bars without one over another. */
function lanesOf(bars: readonly Bar[]): readonly (readonly Bar[])[] {
  const lanes: Bar[][] = [];
  for (const bar of bars.toSorted((a, b) => a.from - b.from)) {
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= bar.from);
    if (free) free.push(bar);
    else lanes.push([bar]);
  }
  return lanes;
}

function drawing(bands: readonly (readonly (readonly Bar[])[])[], report: Report, end: number, began: number): Markup {
  const scale = (time: number) => ((time / end) * width).toFixed(2);
  const bars: Markup[] = [];
  let y = 0;
  for (const lanes of bands) {
    for (const lane of lanes) {
      for (const bar of lane) bars.push(barMarkup(bar, y, scale));
      y += laneHeight;
    }
    if (lanes.length > 0) y += gap;
  }
  const strokes = [...report.exchanges]
    .map(({ startedAt }) => Date.parse(startedAt) - began)
    .filter((time) => time >= 0 && time <= end)
    .map((time) => `M${scale(time)} ${y}v${laneHeight}`);
  const height = y + (strokes.length > 0 ? laneHeight : 0);
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" width="100%" height="${height}" preserveAspectRatio="none" aria-hidden="true">${bars}${
    strokes.length > 0 ? html`<path d="${strokes.join('')}"/>` : nothing
  }</svg>
`;
}

function barMarkup({ from, to, look, title, link }: Bar, y: number, scale: (time: number) => string): Markup {
  const rect = html`<rect class="${look}" x="${scale(from)}" y="${y}" width="${scale(Math.max(to - from, 0))}" height="${laneHeight - 2}"><title>${title}</title></rect>`;
  // The same links stand in the list of tests, where the keyboard gets to them.
  return link === null ? rect : html`<a href="#${link}" tabindex="-1">${rect}</a>`;
}

function longestTests({ tests }: Report): Markup {
  const ranked = tests.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, longest);
  return html`<details class="more"><summary>What took longest</summary><ol class="longest">${ranked.map(
    ({ id, durationMs }) => html`<li>${testLink(id)} <span class="source">${duration(durationMs)}</span></li>`,
  )}</ol></details>
`;
}
