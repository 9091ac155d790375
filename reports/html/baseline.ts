import { baselineGroups, entryText, retriedTests } from '../baseline.ts';
import { evidence, testLink } from './anchors.ts';
import { html } from './markup.ts';
import type { Page, Section } from './page.ts';

/** What became of the findings that were known. */
export function baselineSection({ report }: Page): Section | null {
  const groups = baselineGroups(report);
  if (groups.length === 0) return null;
  return {
    id: 'baseline',
    title: 'What was known before',
    label: `Baseline ${report.baseline?.findings.length ?? 0}`,
    pieces: groups.map(
      ({ title, entries }) => html`<h3>${entries.length} ${title}</h3>
<ul class="plain">${entries.map((entry) => html`<li>${entryText(entry)}</li>`)}</ul>
`,
    ),
  };
}

/** What rests on requests that were sent more than once: a server, or a way to it, that is flaky. */
export function retriedSection(page: Page): Section | null {
  const tests = retriedTests(page.report);
  if (tests.length === 0) return null;
  return {
    id: 'retried',
    title: 'Sent more than once, for transport trouble',
    label: `Retried ${tests.length}`,
    pieces: tests.map(
      ({
        id,
        retried,
      }) => html`<article class="gap blocked"><h3>${testLink(id)}</h3>${evidence(page, retried)}</article>
`,
    ),
  };
}
