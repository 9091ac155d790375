/** What the run could not tell: blocked, errored, skipped, undecided, untestable. */
import { groupBy } from '../../src/kit/index.ts';
import { accusations } from '../accusations.ts';
import { type ReasonGroup, reasonGroups } from '../reason-groups.ts';
import { outcomeSymbols } from '../symbols.ts';
import { count, skipWords } from '../wording.ts';
import { evidence, linkList, requirementLink, testLink } from './anchors.ts';
import { hintMarkup } from './findings.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

export function erroredSection(page: Page): Section | null {
  return reasonSection(page, 'errored', {
    id: 'errored',
    title: 'Where smart-check itself failed',
    label: 'Our errors',
  });
}

/** Twenty tests blocked for one cause are one entry. */
export function blockedSection(page: Page): Section | null {
  return reasonSection(page, 'blocked', { id: 'blocked', title: 'What was blocked, and why', label: 'Blocked' });
}

function reasonSection(page: Page, outcome: 'blocked' | 'errored', names: Omit<Section, 'pieces'>): Section | null {
  const groups = reasonGroups(page.report, outcome);
  if (groups.length === 0) return null;
  return {
    ...names,
    label: `${names.label} ${page.report.summary[outcome]}`,
    pieces: groups.map(
      ({ reason, tests, exchanges, hint }) => html`<article class="gap ${outcome}">
<h3><span class="mark" aria-hidden="true">${outcomeSymbols[outcome]}</span> ${firstLine(reason)}</h3>
<p class="source">${count(tests.length, 'test')} ${outcome}</p>
${reason === firstLine(reason) ? nothing : html`<pre tabindex="0" role="group" aria-label="more of it"><code>${reason.slice(firstLine(reason).length + 1)}</code></pre>`}
${hintMarkup(hint)}${evidence(page, exchanges)}
${linkList(
  tests.map(({ id }) => testLink(id)),
  'test',
)}
</article>
`,
    ),
  };
}

/** What a stuck journey says goes on for a page, with steps to copy. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

export function untestedSection(page: Page): Section | null {
  const { report } = page;
  const pieces = [
    ...(report.notTested.length === 0
      ? []
      : [html`<ul class="plain">${report.notTested.map((line) => html`<li>${line}</li>`)}</ul>`]),
    ...skippedTests(page),
    ...undecidedRequirements(page),
    ...untestedRequirements(page),
  ];
  return pieces.length === 0
    ? null
    : { id: 'untested', title: 'What was not tested, and why', label: 'Not tested', pieces };
}

function skippedTests({ report }: Page): Markup[] {
  const groups = reasonGroups(report, 'skipped');
  if (groups.length === 0) return [];
  return [
    html`<h3>${outcomeSymbols.skipped} ${count(report.summary.skipped, 'test')} skipped</h3>
<dl class="reasons">${groups.map(
      (group) => html`<div><dt>${group.reason}${whyNote(group)}</dt><dd>${linkList(
        group.tests.map(({ id }) => testLink(id)),
        'test',
      )}</dd></div>
`,
    )}</dl>
`,
  ];
}

function whyNote({ tests }: ReasonGroup): Markup {
  const why = tests[0]?.why;
  return why === undefined ? nothing : html` <span class="source">${skipWords[why]}</span>`;
}

function undecidedRequirements(page: Page): Markup[] {
  const undecided = accusations(page.report, 'undecided');
  if (undecided.length === 0) return [];
  return [
    html`<h3>? ${count(undecided.length, 'requirement')} looked at, but not decided</h3>
<dl class="reasons">${undecided.map(
      ({ requirement, remarks }) =>
        html`<div><dt>${remarks.map(({ finding }) => html`<p>${finding.message}</p>${evidence(page, finding.exchanges)}`)}</dt><dd>${requirementLink(requirement.id)}</dd></div>
`,
    )}</dl>
`,
  ];
}

function untestedRequirements({ report }: Page): Markup[] {
  const untested = report.requirements.filter(({ verdict }) => verdict === 'untested');
  if (untested.length === 0) return [];
  const groups = [...groupBy(untested, ({ reason }) => reason ?? 'No test that decides it was run.')];
  return [
    html`<details class="more untested-requirements"><summary><h3>${outcomeSymbols.skipped} ${count(untested.length, 'requirement')} without a verdict</h3></summary>
<dl class="reasons">${groups.map(
      ([reason, requirements]) => html`<div><dt>${reason}</dt><dd>${linkList(
        requirements.map(({ id }) => requirementLink(id)),
        'requirement',
      )}</dd></div>
`,
    )}</dl></details>
`,
  ];
}
