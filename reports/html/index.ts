/** `report.html`: one file that needs nothing else, for a person. The verdict first, then its causes, then everything. */
import type { Report, Reporter } from '../../src/kit/index.ts';
import { verdict } from '../verdict.ts';
import { baselineSection, retriedSection } from './baseline.ts';
import { coverageSection } from './coverage.ts';
import { exchangesSection } from './exchanges.ts';
import { failedSection, warnedSection } from './findings.ts';
import { blockedSection, erroredSection, untestedSection } from './gaps.ts';
import { head } from './head.ts';
import { journeysSection } from './journeys.ts';
import { html, type Markup, markupText, trusted } from './markup.ts';
import { pageOf, type Section } from './page.ts';
import { profileSection } from './profile.ts';
import { requirementsSection } from './requirements.ts';
import { script } from './script.ts';
import { testsSection } from './tests.ts';
import { timelineSection } from './timeline.ts';
import { verdictSection } from './verdict-section.ts';

export const htmlReporter: Reporter = {
  name: 'html',
  fileName: 'report.html',
  *render(report) {
    for (const markup of document(report)) yield markupText(markup);
  },
};

function* document(report: Report): Iterable<Markup> {
  const page = pageOf(report);
  const sections = [
    profileSection(page),
    failedSection(page),
    erroredSection(page),
    warnedSection(page),
    blockedSection(page),
    untestedSection(page),
    retriedSection(page),
    baselineSection(page),
    journeysSection(page),
    timelineSection(page),
    testsSection(page),
    coverageSection(page),
    requirementsSection(page),
    exchangesSection(page),
  ].filter((section) => section !== null);
  yield head(`${verdict(report).word}: ${report.target.fhirBaseUrl ?? report.suites.join(', ')}`);
  yield html`<header class="masthead"><p><b>smart-check</b> <span>conformance report</span></p></header>
<main>
${verdictSection(page)}
${contents(sections)}
`;
  for (const { id, title, pieces } of sections) {
    yield html`<section class="part ${id}" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><div class="content">
`;
    yield* pieces;
    yield html`</div></section>
`;
  }
  yield html`</main>
<footer><p>Made by ${report.tool.name} ${report.tool.version}. This file sends nothing, and loads at most pictures from the folder beside it; results.json beside it holds the same for machines.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`;
}

function contents(sections: readonly Section[]): Markup {
  return html`<nav aria-label="Contents"><ul>${sections.map(({ id, label }) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>`;
}
