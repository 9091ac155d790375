import type { Exchange } from '../../src/kit/index.ts';
import { exchangeLine, oauthError } from '../exchange-line.ts';
import { count } from '../wording.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page } from './page.ts';

/** The fragment under which something stands in the document: one per id, whatever characters the id holds. */
export function anchor(kind: 'test' | 'requirement' | 'exchange', id: string): string {
  return `${kind}-${id.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`)}`;
}

export function journeyAnchor(number: number): string {
  return `journey-${number}`;
}

/** The way through the server's pages that some of these exchanges belong to; null where there is none, or no picture of it. */
export function journeyLink({ journeys, journeyOf }: Page, ids: readonly string[]): Markup | null {
  const number = ids.map((id) => journeyOf.get(id)).findLast((one) => one !== undefined);
  if (number === undefined || journeys[number - 1]?.pictures.length === 0) return null;
  return html`<a href="#${journeyAnchor(number)}">what the browser showed</a>`;
}

export function testLink(id: string): Markup {
  return html`<a href="#${anchor('test', id)}"><code>${id}</code></a>`;
}

export function requirementLink(id: string): Markup {
  return html`<a href="#${anchor('requirement', id)}"><code>${id}</code></a>`;
}

/** A link out of the report, spelled out; text alone when the address is none that a browser should follow. */
export function guideLink(address: string): Markup {
  return linkOut(address, address.replace(/^https?:\/\//i, ''));
}

/** As {@link guideLink}, named by page and anchor alone: `conformance.html#metadata`. */
export function shortGuideLink(address: string): Markup {
  return linkOut(address, /[^/]+\/?$/.exec(address)?.[0] ?? address);
}

/** As {@link guideLink}, under a name of its own. */
export function namedLink(address: string, name: string): Markup {
  return linkOut(address, name);
}

function linkOut(address: string, shown: string): Markup {
  if (!/^https?:\/\//i.test(address)) return html`<span class="address">${address}</span>`;
  return html`<a class="address" href="${address}" rel="noreferrer">${shown}</a>`;
}

/** Links below each other, folded when there are more than a few. */
export function linkList(links: readonly Markup[], noun: string): Markup {
  const list = html`<ul class="links">${links.map((link) => html`<li>${link}</li>`)}</ul>`;
  if (links.length <= unfolded) return list;
  return html`<details class="more"><summary>${count(links.length, noun)}</summary>${list}</details>`;
}

const unfolded = 3;

/** The exchanges that show something, each as a link to where it is spelled out. */
export function evidence(page: Page, ids: readonly string[]): Markup | null {
  if (ids.length === 0) return null;
  return html`<ul class="evidence-list">${ids.map((id) => html`<li>${exchangeLink(id, page.report.exchanges.get(id))}</li>`)}</ul>`;
}

function exchangeLink(id: string, exchange: Exchange | undefined): Markup {
  if (exchange === undefined) return html`<code>${id}</code> (not recorded)`;
  const refusal = oauthError(exchange);
  return html`<a href="#${anchor('exchange', id)}"><code>${exchangeLine(exchange, { urlLength: 160 })}</code></a>${refusal === null ? nothing : html` <q>${refusal}</q>`}`;
}
