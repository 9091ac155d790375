import { groupBy, type RequirementResult, type Verb } from '../../src/kit/index.ts';
import { count, verdictsWorstFirst } from '../wording.ts';
import { html, type Markup, nothing } from './markup.ts';
import { type Page, type Section, verdictSymbols } from './page.ts';

const verbs: readonly Verb[] = ['SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT', 'MAY'];

/** Requirements by the page that states them and by verb: where a server stands, and where nobody looked. */
export function coverageSection({ report }: Page): Section | null {
  if (report.requirements.length === 0) return null;
  const byPage = groupBy(report.requirements, ({ guide }) => pageName(guide));
  const rows = [...byPage].sort(([, a], [, b]) => b.length - a.length);
  const present = verbs.filter((verb) => report.requirements.some((one) => one.verb === verb));
  return {
    id: 'coverage',
    title: 'Where the guide says so',
    label: 'By page',
    pieces: [
      html`<p class="lead">${count(report.requirements.length, 'requirement')} by the page that states them and by verb: ${verdictsWorstFirst.map((verdict, index) => html`${index > 0 ? ', ' : ''}<span class="outcome ${verdict}">${verdictSymbols[verdict]} ${verdict}</span>`)}.<span class="scripted-only"> A cell leads to its requirements.</span></p>
<table class="coverage" role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Page</th>${present.map((verb) => html`<th role="columnheader" scope="col">${verb}</th>`)}</tr></thead>
<tbody role="rowgroup">
`,
      ...rows.map(([page, requirements]) => row(page, requirements, present)),
      html`</tbody></table>
`,
    ],
  };
}

/** The page of an address, without what leads to it: `conformance.html`, `rfc6749`. */
export function pageName(guide: string): string {
  const address = guide.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  return address.slice(address.lastIndexOf('/') + 1) || guide;
}

function row(page: string, requirements: readonly RequirementResult[], present: readonly Verb[]): Markup {
  return html`<tr role="row"><th role="rowheader" scope="row">${page}</th>${present.map((verb) =>
    cell(
      page,
      verb,
      requirements.filter((one) => one.verb === verb),
    ),
  )}</tr>
`;
}

function cell(page: string, verb: Verb, requirements: readonly RequirementResult[]): Markup {
  if (requirements.length === 0) return html`<td role="cell" class="none"></td>`;
  const counts = verdictsWorstFirst.flatMap((verdict) => {
    const number = requirements.filter((one) => one.verdict === verdict).length;
    return number === 0 ? [] : [html`<span class="outcome ${verdict}">${verdictSymbols[verdict]} ${number}</span>`];
  });
  return html`<td role="cell"><span class="of" aria-hidden="true">${verb}</span> <a href="#requirements" data-page="${page}" data-verb="${verb}">${counts}</a></td>`;
}

/** Buttons by which the requirements are filtered; they work where the script runs. */
export function verdictFilters(requirements: readonly RequirementResult[]): Markup {
  const present = verdictsWorstFirst.filter((verdict) => requirements.some((one) => one.verdict === verdict));
  if (present.length < 2) return nothing;
  return html`<div class="toolbar"><div class="filters" role="group" aria-label="Requirements by verdict"><button type="button" data-verdict="any" aria-pressed="true">Every verdict</button>${present.map(
    (verdict) =>
      html`<button type="button" data-verdict="${verdict}" aria-pressed="false">${verdictSymbols[verdict]} ${verdict}</button>`,
  )}</div><p id="narrowed" role="status"></p></div>
`;
}
