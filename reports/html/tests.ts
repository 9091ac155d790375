import { summarize, type TestResult } from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';
import { duration, skipWords, tally, worstFirst } from '../wording.ts';
import { anchor, evidence } from './anchors.ts';
import { findingMarkup, hintMarkup } from './findings.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { Page, Section } from './page.ts';

/** Every test, suite by suite, folded. */
export function testsSection(page: Page): Section {
  return { id: 'tests', title: 'Every test', label: `Tests ${page.report.tests.length}`, pieces: testPieces(page) };
}

function* testPieces(page: Page): Iterable<Markup> {
  const { report } = page;
  yield toolbar(report.summary);
  for (const suite of report.suites) {
    const tests = report.tests.filter((test) => test.suite === suite);
    yield html`<section class="suite" data-group="${suite}"><h3>${report.suiteTitles[suite] ?? suite}</h3>
<p class="source"><code>${suite}</code> ${tally(summarize(tests))}</p>
`;
    for (const test of tests) yield testMarkup(page, test);
    yield html`</section>
`;
  }
}

function toolbar(summary: Page['report']['summary']): Markup {
  const present = worstFirst.filter((outcome) => summary[outcome] > 0);
  const button = (outcome: string, label: string) =>
    html`<button type="button" data-filter="${outcome}" aria-pressed="${outcome === 'all' ? 'true' : 'false'}">${label}</button>`;
  return html`<div class="toolbar" role="search" aria-label="Tests, requirements and exchanges">
<div class="filters" role="group" aria-label="Tests by outcome">${button('all', 'All')}${present.map((outcome) =>
    button(outcome, `${outcomeSymbols[outcome]} ${outcome}`),
  )}</div>
<label>Search <input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="an id, a word, a URL"></label>
<p id="shown" role="status"></p>
</div>
`;
}

function testMarkup(page: Page, test: TestResult): Markup {
  const { id, title, outcome, why, reason, findings, durationMs } = test;
  const cause = [why === undefined ? undefined : skipWords[why], reason]
    .filter((part) => part !== undefined)
    .join(': ');
  return html`<details class="test" data-find="test" data-outcome="${outcome}"><summary><span class="outcome ${outcome}">${outcomeSymbols[outcome]} ${outcome}</span> <span class="name">${title}</span> <code class="id">${id}</code></summary>
<div class="inside" id="${anchor('test', id)}">
<p class="source"><code>${id}</code>, ${duration(durationMs)}</p>
${cause === '' ? nothing : html`<p class="message">${cause}</p>`}
${hintMarkup(test.hint)}${evidence(page, test.exchanges ?? [])}
${findings.length === 0 ? nothing : html`<ul class="findings">${findings.map((finding) => findingMarkup(page, finding))}</ul>`}
</div></details>
`;
}
