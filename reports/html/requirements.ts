import type { RequirementResult } from '../../src/kit/index.ts';
import { anchor, shortGuideLink, testLink } from './anchors.ts';
import { pageName, verdictFilters } from './coverage.ts';
import { html, type Markup, nothing } from './markup.ts';
import { type Page, type Section, verdictSymbols } from './page.ts';

/** All requirements as a table. Its roles are spelled out, as a phone shows each row as a block, which would hide them. */
export function requirementsSection({ report }: Page): Section | null {
  if (report.requirements.length === 0) return null;
  return {
    id: 'requirements',
    title: 'Requirements',
    label: `Requirements ${report.requirements.length}`,
    pieces: table(report.requirements, new Set(report.tests.map(({ id }) => id))),
  };
}

function* table(requirements: readonly RequirementResult[], ran: ReadonlySet<string>): Iterable<Markup> {
  yield verdictFilters(requirements);
  yield html`<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Verdict</th><th role="columnheader" scope="col">Requirement</th><th role="columnheader" scope="col">Tests</th></tr></thead>
<tbody role="rowgroup">
`;
  for (const requirement of requirements) yield row(requirement, ran);
  yield html`</tbody></table>
`;
}

function row(
  { id, verb, verdict, summary, tests, guide, condition }: RequirementResult,
  ran: ReadonlySet<string>,
): Markup {
  return html`<tr role="row" data-find="requirement" data-verdict-is="${verdict}" data-page-is="${pageName(guide)}" data-verb-is="${verb}" id="${anchor('requirement', id)}">
<td role="cell"><span class="outcome ${verdict}">${verdictSymbols[verdict]} ${verdict}</span></td>
<td role="cell"><p class="name">${summary}</p><p class="source"><b class="verb">${verb}</b> <code>${id}</code> ${shortGuideLink(guide)}</p>${applies(condition)}</td>
<td role="cell">${
    tests.length === 0
      ? 'none'
      : html`<ul class="links">${tests.map(
          (test) => html`<li>${ran.has(test) ? testLink(test) : html`<code>${test}</code> (not run)`}</li>`,
        )}</ul>`
  }</td></tr>
`;
}

function applies(condition: string): Markup {
  return condition === '' || condition === 'always' ? nothing : html`<p class="source">Applies: ${condition}</p>`;
}
