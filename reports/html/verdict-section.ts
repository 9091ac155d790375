import { outcomeSymbols } from '../symbols.ts';
import { notTested, requirementCounts, verdict } from '../verdict.ts';
import { count, duration, utc, worstFirst } from '../wording.ts';
import { html, type Markup } from './markup.ts';
import type { Page } from './page.ts';

const toneSymbols = { good: '✓', bad: '✗', open: '■' } as const;

/** What a reader takes home in ten seconds: the verdict, on what, when, and how it is spread. */
export function verdictSection({ report }: Page): Markup {
  const { word, tone, sentence } = verdict(report);
  const gaps = notTested(report);
  const { target, tool } = report;
  const facts: readonly (readonly [string, Markup])[] = [
    ['Server', target.fhirBaseUrl === null ? html`none` : html`<code>${target.fhirBaseUrl}</code>`],
    ['Guide', html`SMART App Launch ${target.specVersion}`],
    ['FHIR', html`${target.fhirVersion ?? 'version unknown'}`],
    ['Run', html`<time datetime="${report.startedAt}">${utc(report.startedAt)}</time>`],
    ['Took', html`${report.finishedAt === null ? 'not ended' : duration(report.durationMs)}`],
    ['Kit', html`${tool.name} ${tool.version}`],
  ];
  return html`<section class="verdict ${tone}" aria-labelledby="verdict">
<p class="stamp"><span aria-hidden="true">${toneSymbols[tone]}</span> ${word}</p>
<h1 id="verdict">${sentence}.</h1>
<p class="gaps">${gaps === '' ? 'Everything was tested.' : `Not tested: ${gaps}.`}</p>
${spread(report)}
<dl class="facts">${facts.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>
</section>
`;
}

function spread(report: Page['report']): Markup {
  const all = report.tests.length;
  let before = 0;
  const bars = worstFirst.flatMap((outcome) => {
    const number = report.summary[outcome];
    if (number === 0) return [];
    const bar = html`<rect class="${outcome}" x="${share(before, all)}%" width="${share(number, all)}%" height="100%"/>`;
    before += number;
    return [bar];
  });
  const legend = worstFirst
    .filter((outcome) => report.summary[outcome] > 0)
    .map(
      (outcome) =>
        html`<li class="${outcome}"><b>${outcomeSymbols[outcome]} ${report.summary[outcome]}</b> ${outcome}</li>`,
    );
  const { holds, warned, violated, untested } = requirementCounts(report);
  const verdicts = [
    violated > 0 ? `${violated} violated` : '',
    warned > 0 ? `${warned} with warnings` : '',
    holds > 0 ? `${holds} held` : '',
    untested > 0 ? `${untested} not tested` : '',
  ].filter((words) => words !== '');
  return html`<div class="spread">
<svg class="bar" width="100%" height="14" aria-hidden="true">${bars}</svg>
<ul class="legend" aria-label="${count(all, 'test')} by outcome">${legend}</ul>
<p class="counts">${count(all, 'test')} on ${count(report.requirements.length, 'requirement')}${verdicts.length === 0 ? '' : `: ${verdicts.join(', ')}`}.</p>
</div>`;
}

function share(part: number, all: number): string {
  return ((part / Math.max(1, all)) * 100).toFixed(3);
}
