import type { Finding, Level } from '../../src/kit/index.ts';
import { type Accusation, accusations, onlyRestates } from '../accusations.ts';
import { bearing } from '../baseline.ts';
import { citations } from '../profile.ts';
import { evidence, guideLink, journeyLink, requirementLink, testLink } from './anchors.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

/** Each requirement that does not hold, once, with why. */
export function failedSection(page: Page): Section | null {
  return accusationSection(page, 'fail', { id: 'failed', title: 'What failed, and why', label: 'Failed' });
}

export function warnedSection(page: Page): Section | null {
  return accusationSection(page, 'warn', { id: 'warned', title: 'Warnings', label: 'Warnings' });
}

function accusationSection(page: Page, level: 'fail' | 'warn', names: Omit<Section, 'pieces'>): Section | null {
  const accused = accusations(page.report, level);
  if (accused.length === 0) return null;
  return {
    ...names,
    label: `${names.label} ${accused.length}`,
    pieces: accused.map((accusation) => accusationMarkup(page, level, accusation)),
  };
}

function accusationMarkup(page: Page, level: 'fail' | 'warn', { requirement, remarks }: Accusation): Markup {
  const { id, verb, summary, guide } = requirement;
  return html`<article class="accusation ${level}">
<h3><span class="mark" aria-hidden="true">${levelSymbols[level]}</span> ${summary ?? id}</h3>
<p class="source">${verb === undefined ? nothing : html`<b class="verb">${verb}</b> `}${requirementLink(id)}</p>
${remarks.map(
  ({ test, finding }) => html`<div class="remark">
${onlyRestates(finding) ? nothing : html`<p class="message">${finding.message}</p>`}
${comparison(finding)}${bearingMarkup(finding)}${hintMarkup(finding.hint)}
<div class="shown"><span class="label">Shown by</span> ${testLink(test.id)}${seen(page, finding)} ${evidence(page, finding.exchanges)}</div>
</div>
`,
)}
${guide === undefined ? nothing : html`<p class="guide"><span class="label">The guide says so</span> ${guideLink(guide)}</p>`}
${citedMarkup(citations(page.report, requirement.clauses))}
</article>
`;
}

function seen(page: Page, { exchanges }: Finding): Markup {
  const link = journeyLink(page, exchanges);
  return link === null ? nothing : html`; ${link}`;
}

function bearingMarkup(finding: Finding): Markup {
  const borne = bearing(finding);
  return borne === null ? nothing : html`<p class="guide"><span class="label">Baseline</span> ${borne}</p>`;
}

/** Which entries of the configuration may be why. */
export function hintMarkup(hint: string | undefined): Markup {
  return hint === undefined ? nothing : html`<p class="guide"><span class="label">Hint</span> ${hint}</p>`;
}

function citedMarkup(cited: readonly string[]): Markup {
  return cited.length === 0
    ? nothing
    : html`<p class="guide"><span class="label">The profile asks for it</span> ${cited.join('; ')}</p>`;
}

const levelSymbols: Readonly<Record<Level, string>> = { pass: '✓', info: 'i', warn: '!', fail: '✗', undecided: '?' };

/** What should have been seen beside what was. */
export function comparison({ expected, actual }: Finding): Markup {
  if (expected === undefined && actual === undefined) return nothing;
  return html`<dl class="comparison">${expected === undefined ? nothing : html`<div><dt>Expected</dt><dd><code>${expected}</code></dd></div>`}${
    actual === undefined ? nothing : html`<div class="got"><dt>Found</dt><dd><code>${actual}</code></dd></div>`
  }</dl>`;
}

/** A finding as part of its test. */
export function findingMarkup(page: Page, finding: Finding): Markup {
  return html`<li class="finding ${finding.level}">
<p class="source"><b class="level">${levelSymbols[finding.level]} ${finding.level}</b> ${requirementLink(finding.requirement)}</p>
${onlyRestates(finding) ? nothing : html`<p class="message">${finding.message}</p>`}
${comparison(finding)}${hintMarkup(finding.hint)}${evidence(page, finding.exchanges)}</li>
`;
}
