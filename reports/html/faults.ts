/** `faults.html`: the proof of the kit by faults, for a person. What went wrong first, then every fault and whom it accuses. */
import {
  type FaultProof,
  type FaultRun,
  type FaultVerdict,
  groupBy,
  type Outcome,
  suiteOf,
} from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';
import { count, duration, utc } from '../wording.ts';
import { head } from './head.ts';
import { html, type Markup, markupText, nothing, trusted } from './markup.ts';
import { matrix } from './matrix.ts';
import { script } from './script.ts';

/** The page in pieces. */
export function* faultsPage(proof: FaultProof): Iterable<string> {
  for (const markup of document(proof)) yield markupText(markup);
}

const shownAs: Readonly<Record<FaultVerdict, { readonly outcome: Outcome; readonly word: string }>> = {
  caught: { outcome: 'passed', word: 'caught' },
  missed: { outcome: 'failed', word: 'missed' },
  unjust: { outcome: 'failed', word: 'false accusation' },
  errored: { outcome: 'errored', word: 'our own error' },
};

function* document(proof: FaultProof): Iterable<Markup> {
  const wrong = proof.runs.filter(({ verdict }) => verdict !== 'caught');
  const bySuite = groupBy(proof.runs, ({ id }) => suiteOf(id));
  yield head(wrong.length === 0 ? 'Every fault was caught' : `${count(wrong.length, 'fault')} not proven`);
  yield html`<header class="masthead"><p><b>${proof.tool.name}</b> <span>proof by faults</span></p></header>
<main>
${verdict(proof, wrong.length)}
<nav aria-label="Contents"><ul>${wrong.length > 0 ? html`<li><a href="#wrong">Not proven ${wrong.length}</a></li>` : nothing}${[
    ...bySuite,
  ].map(([suite, runs]) => html`<li><a href="#suite-${suite}">${suite} ${runs.length}</a></li>`)}</ul></nav>
`;
  if (wrong.length > 0) yield part('wrong', 'Not proven', html`${wrong.map(faultMarkup)}`);
  yield html`<div class="toolbar" role="search" aria-label="Faults"><label>Search <input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="an id, a word"></label><p id="shown" role="status"></p></div>
`;
  for (const [suite, runs] of bySuite) {
    yield part(`suite-${suite}`, suite, html`${matrix(runs)}${runs.map(faultMarkup)}`);
  }
  yield html`</main>
<footer><p>Made by ${proof.tool.name} ${proof.tool.version}. This file loads nothing and sends nothing; faults.json beside it holds the same for machines.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`;
}

function part(id: string, title: string, content: Markup): Markup {
  return html`<section class="part" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><div class="content">${content}</div></section>
`;
}

function verdict({ runs, summary, seed, exhaustive, startedAt, durationMs }: FaultProof, wrong: number): Markup {
  const requirements = new Set(runs.map(({ requirement }) => requirement)).size;
  const counts = (['missed', 'unjust', 'errored', 'caught'] as const).filter((name) => summary[name] > 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Run', utc(startedAt)],
    ['Took', duration(durationMs)],
    ['Seed', String(seed)],
    ['Tests', exhaustive ? 'all against each fault' : 'those of the requirement, and a sample'],
  ];
  return html`<section class="verdict ${wrong === 0 ? 'good' : 'bad'}" aria-labelledby="verdict">
<p class="stamp"><span aria-hidden="true">${wrong === 0 ? '✓' : '✗'}</span> ${wrong === 0 ? 'PROVEN' : 'NOT PROVEN'}</p>
<h1 id="verdict">${wrong === 0 ? `Each of ${count(runs.length, 'fault')} was caught, and nobody else accused` : `${count(wrong, 'fault')} of ${runs.length} not proven`}.</h1>
<p class="gaps">${count(runs.length, 'defect')} of the reference server, switched on one at a time, break ${count(requirements, 'requirement')}. The kit must find each broken at the level it deserves, and accuse no other.</p>
<ul class="legend">${counts.map((name) => {
    const { outcome, word } = shownAs[name];
    return html`<li class="${outcome}"><b>${outcomeSymbols[outcome]} ${summary[name]}</b> ${word}</li>`;
  })}</ul>
<dl class="facts">${facts.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>
</section>
`;
}

function faultMarkup(run: FaultRun): Markup {
  const { outcome, word } = shownAs[run.verdict];
  const others = run.accused.filter(({ requirement }) => requirement !== run.requirement);
  return html`<details class="test" data-find="test" data-outcome="${outcome}"><summary><span class="outcome ${outcome}">${outcomeSymbols[outcome]} ${word}</span> <span class="name">${run.summary}</span> <code class="id">${run.id}</code></summary>
<div class="inside">
<p class="source"><code>${run.id}</code> deserves <b class="level">${run.level}</b> at <code>${run.requirement}</code>; ${run.caught ? 'it was found' : 'it was not found'}; ${count(run.tests.length, 'test')}, ${count(run.journeys, 'journey')} of the browser, ${duration(run.durationMs)}</p>
${others.length === 0 ? nothing : html`<p class="source">Also accused: ${others.map(({ requirement, level, deserved }) => html`<code>${requirement}</code> (${level}${deserved ? '' : ', not deserved'}) `)}</p>`}
${run.falseAccusations.map((finding) => html`<div class="finding ${finding.level}"><p class="message"><b class="level">${finding.level}</b> <code>${finding.requirement}</code> ${finding.message}</p></div>`)}
${run.errors.map((error) => html`<pre><code>${error}</code></pre>`)}
</div></details>
`;
}
