/** The look of a printed laboratory report: paper, hairlines, headings in the margin, colour for verdicts alone. */
export const style = `
:root {
  --paper: #f7f5ef; --sheet: #fffefb; --ink: #1e1d1a; --soft: #5b574e; --rule: #d8d3c6; --fill: #f1eee5; --link: #1c4e73;
  --good: #23613b; --warn: #7d4c00; --bad: #9d1f1a; --held: #5b3a86; --idle: #67635a;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', 'URW Palladio L', Georgia, 'Liberation Serif', serif;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #141618; --sheet: #1b1e20; --ink: #e9e6df; --soft: #aaa69c; --rule: #3b3e40; --fill: #25282a; --link: #93c4ea;
    --good: #8bd3a3; --warn: #efbf70; --bad: #ff9f97; --held: #c9b3f2; --idle: #aaa69c;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 var(--serif); overflow-wrap: anywhere; }
.masthead, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.125rem; }
h1, h2, h3, p, ul, dl, dd, pre { margin: 0; padding: 0; }
h1, h2, h3 { font-weight: 600; line-height: 1.25; text-wrap: pretty; }
ul { list-style: none; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, pre, .headers { font-family: var(--mono); font-size: .84em; unicode-bidi: isolate; }
pre { font-size: .8125rem; line-height: 1.5; }
pre code { font-size: inherit; }
.label, dt, .source, .stamp, .legend, .counts, nav, .toolbar, th, .took, .outcome, .masthead, footer { font-family: var(--sans); }
.label, .facts dt, .comparison dt, th { font-size: .75rem; letter-spacing: .04em; color: var(--soft); font-weight: 600; }
.source { font-size: .8438rem; color: var(--soft); line-height: 1.6; }
.source code { font-size: .95em; }
.verb, .level { font-size: .75rem; letter-spacing: .05em; color: var(--ink); }
[hidden] { display: none !important; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.masthead { padding-top: 1.25rem; font-size: .875rem; color: var(--soft); }
.masthead p { border-bottom: 1px solid var(--rule); padding-bottom: .6rem; }
.masthead b { color: var(--ink); letter-spacing: .02em; }

.verdict { padding: 2rem 0 .8rem; }
.stamp { display: inline-block; color: var(--sheet); border-radius: 2px; padding: .25rem .8rem; font-weight: 700; font-size: .9375rem; letter-spacing: .12em; }
.verdict.good .stamp { background: var(--good); }
.verdict.bad .stamp { background: var(--bad); }
.verdict.open .stamp { background: var(--held); }
h1 { font-size: clamp(1.85rem, 1.2rem + 3vw, 3.25rem); line-height: 1.12; margin: 1rem 0 .6rem; max-width: 22em; letter-spacing: -.01em; text-wrap: balance; }
.gaps { font-size: 1.125rem; max-width: 46em; }
.facts { margin-top: 1.6rem; padding: .8rem 0; border-top: 1px solid var(--rule); }
.facts > div { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0 1rem; padding: .12rem 0; align-items: baseline; }
.facts code { font-size: .9375rem; }
.spread { margin-top: 1.5rem; }
.bar { display: block; border-radius: 2px; }
.bar rect { stroke: var(--paper); stroke-width: 1.5; }
rect.passed { fill: var(--good); } rect.warned { fill: var(--warn); } rect.failed, rect.errored { fill: var(--bad); }
rect.blocked { fill: var(--held); } rect.skipped { fill: var(--rule); }
.matrix { display: block; max-width: 100%; height: auto; margin: .8rem 0; background: var(--sheet); border: 1px solid var(--rule); }
.matrix rect.skipped { fill: var(--idle); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.4rem; margin-top: .7rem; font-size: .9375rem; }
.legend .passed b, .outcome.passed, .outcome.holds { color: var(--good); }
.legend .warned b, .outcome.warned, .finding.warn .level { color: var(--warn); }
.legend .failed b, .legend .errored b, .outcome.failed, .outcome.errored, .outcome.violated, .finding.fail .level { color: var(--bad); }
.legend .blocked b, .outcome.blocked { color: var(--held); }
.legend .skipped b, .outcome.skipped, .outcome.untested { color: var(--idle); }
.counts { margin-top: .5rem; font-size: .875rem; color: var(--soft); }

nav { font-size: .875rem; padding: .7rem 0; border: solid var(--rule); border-width: 1px 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; }
nav a { display: inline-block; padding: .2rem 0; }

.answer { font-size: 1.25rem; margin-bottom: .4rem; }
.answer b { font: 700 1.375rem var(--sans); margin-right: .4rem; }
.answer.good b { color: var(--good); } .answer.bad b { color: var(--bad); } .answer.open b { color: var(--held); }
.clauses { margin-top: 1rem; border-bottom: 1px solid var(--rule); }
.clause { border-top: 1px solid var(--rule); padding: .55rem 0; break-inside: avoid; }
.clause .outcome { display: inline-block; min-width: 8.5rem; }
.clause > .source, .clause > .plain { margin-left: 8.8rem; }
.clause .plain { font-size: .9375rem; }

.part { padding: 2.5rem 0 0; }
.part > h2 { font-size: 1.375rem; padding-top: .5rem; border-top: 3px double var(--ink); margin-bottom: 1.1rem; }
.accusation, .gap { background: var(--sheet); border: 1px solid var(--rule); border-left: 4px solid var(--idle); border-radius: 2px; padding: 1.1rem 1.25rem; margin-bottom: 1rem; }
.accusation.fail, .gap.errored { border-left-color: var(--bad); }
.accusation.warn { border-left-color: var(--warn); }
.gap.blocked { border-left-color: var(--held); }
.accusation h3, .gap h3 { font-size: 1.1875rem; }
.accusation.warn h3, .gap h3 { font-size: 1.0625rem; }
.accusation.fail .mark, .gap.errored .mark { color: var(--bad); } .accusation.warn .mark { color: var(--warn); } .gap.blocked .mark { color: var(--held); }
.accusation > .source, .gap > .source { margin-top: .2rem; }
.remark { margin-top: .9rem; }
.remark + .remark { border-top: 1px dotted var(--rule); padding-top: .9rem; }
.message { max-width: 44em; white-space: pre-line; }
.comparison { display: grid; grid-template-columns: minmax(0, 1fr); margin: .6rem 0; border: 1px solid var(--rule); border-radius: 2px; background: var(--fill); }
.comparison > div { padding: .5rem .8rem; }
.comparison > div + div { border-top: 1px solid var(--rule); }
.comparison dd { white-space: pre-wrap; }
.comparison code { font-size: .875rem; }
.accusation.fail .got code, .finding.fail .got code { color: var(--bad); }
.accusation.warn .got code, .finding.warn .got code { color: var(--warn); }
.shown, .guide { margin-top: .6rem; font-size: .9375rem; }
.guide .address { font-family: var(--sans); font-size: .875rem; }
.evidence-list { margin-top: .25rem; }
.evidence-list li { padding-left: 1.2em; text-indent: -1.2em; line-height: 1.45; }
.evidence-list li::before { content: '→ '; color: var(--soft); }
.plain li { padding: .3rem 0 .3rem 1.1em; text-indent: -1.1em; }
.plain li::before { content: '– '; color: var(--soft); }
.links li { padding: .1rem 0; font-size: .9375rem; }
.untested h3 { font-size: 1.0625rem; margin: 1.4rem 0 .4rem; }
.reasons > div { padding: .5rem 0; border-top: 1px solid var(--rule); }
.reasons dt { font-family: inherit; }
.reasons dt .source { margin-left: .4rem; }
.reasons dd { font-size: .9375rem; }
summary { cursor: pointer; }
.more > summary { padding: .2rem 0; font: .875rem var(--sans); color: var(--soft); }
.more > summary h3 { display: inline; color: var(--ink); font-family: var(--serif); }
.untested-requirements { margin-top: 1.2rem; }
.untested-requirements .reasons { margin-top: .5rem; }
.lead { margin-bottom: 1rem; max-width: 46em; }

.toolbar { display: none; }
.scripted .toolbar { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; padding: .75rem; margin-bottom: 1.25rem; background: var(--fill); border: 1px solid var(--rule); border-radius: 3px; font-size: .875rem; }
.filters { display: flex; flex-wrap: wrap; gap: .35rem; }
.toolbar label { display: flex; gap: .5rem; align-items: center; flex: 1 1 14rem; }
.toolbar input { flex: 1; min-width: 0; }
.toolbar p { flex-basis: 100%; color: var(--soft); }
.toolbar p:empty { display: none; }
button, input { font: inherit; color: var(--ink); background: var(--sheet); border: 1px solid var(--soft); border-radius: 3px; padding: .35rem .7rem; min-height: 2.25rem; }
button { cursor: pointer; }
button[aria-pressed='true'] { background: var(--ink); color: var(--sheet); border-color: var(--ink); }
::placeholder { color: var(--soft); opacity: 1; }

.suite { margin-bottom: 1.75rem; }
.suite > h3 { font-size: 1.125rem; }
.suite > .source { margin-bottom: .5rem; }
.test, .exchange { border-top: 1px solid var(--rule); }
.suite > .test:last-child, .exchange:last-child { border-bottom: 1px solid var(--rule); }
.test > summary, .exchange > summary { display: flex; gap: .25rem .9rem; align-items: baseline; padding: .5rem .25rem; list-style: none; }
.test > summary::-webkit-details-marker, .exchange > summary::-webkit-details-marker { display: none; }
.test > summary::after, .exchange > summary::after { content: '+'; font-family: var(--mono); color: var(--soft); padding-left: .5rem; }
.test[open] > summary::after, .exchange[open] > summary::after { content: '−'; }
.test > summary .name { flex: 1; min-width: 0; }
.test > summary .id { color: var(--soft); font-size: .75rem; flex: 0 0 auto; max-width: 18rem; text-align: right; }
.test > summary:hover, .exchange > summary:hover { background: var(--fill); }
.outcome { font-size: .8125rem; font-weight: 600; flex: 0 0 5.5rem; white-space: nowrap; }
.inside { padding: .35rem .25rem 1.25rem; scroll-margin-top: 4.5rem; }
.test > .inside { padding-left: 6.65rem; }
.finding { margin-top: .8rem; padding-left: .9rem; border-left: 2px solid var(--rule); }
.finding.fail { border-left-color: var(--bad); } .finding.warn { border-left-color: var(--warn); }

table { width: 100%; border-collapse: collapse; font-size: .9688rem; }
th { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--ink); }
td { vertical-align: top; padding: .7rem 1rem .7rem 0; border-bottom: 1px solid var(--rule); }
td:first-child { white-space: nowrap; width: 7rem; }
td:last-child { width: 32%; padding-right: 0; }
tr:target, .inside:target { background: var(--fill); }

.journey { border-top: 1px solid var(--rule); }
.journey:last-of-type { border-bottom: 1px solid var(--rule); }
.journey > summary { display: flex; gap: .25rem .9rem; align-items: baseline; padding: .5rem .25rem; }
.journey > summary:hover { background: var(--fill); }
.journey > summary .outcome { flex: 0 0 8rem; }
.journey > summary .name { flex: 1; min-width: 0; font-size: .9375rem; }
.journey > summary .took { font-size: .8125rem; color: var(--soft); white-space: nowrap; }
.journey pre, .gap pre { background: var(--sheet); border: 1px solid var(--rule); border-radius: 2px; padding: .6rem .8rem; margin-top: .4rem; white-space: pre-wrap; }
.strip { display: flex; gap: 1rem; overflow-x: auto; list-style: none; margin: .8rem 0 0; padding: 0 0 .5rem; }
.strip li { flex: 0 0 auto; width: 15rem; }
.strip figure { margin: 0; }
.strip img { display: block; width: 100%; height: auto; min-height: 3rem; border: 1px solid var(--rule); background: var(--fill); font: .8125rem var(--sans); color: var(--soft); }
.strip figcaption { font: .8125rem/1.4 var(--sans); margin-top: .35rem; }
.more > .evidence-list { margin: .25rem 0 .5rem; }

.chart { display: block; background: var(--sheet); border: 1px solid var(--rule); border-bottom-width: 3px; }
.chart rect { stroke: var(--sheet); stroke-width: 1; vector-effect: non-scaling-stroke; }
.chart rect.skipped { fill: var(--idle); } .chart rect.journeyed { fill: var(--link); }
.chart a:hover rect { stroke: var(--ink); }
.chart path { stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke; }
.ticks { display: flex; justify-content: space-between; list-style: none; margin: .25rem 0 .8rem; padding: 0; font: .75rem var(--sans); color: var(--soft); }
.longest { margin: .3rem 0; padding-left: 1.6rem; font-size: .9375rem; }

.scripted-only { display: none; } .scripted .scripted-only { display: inline; }
.coverage th[scope='row'] { border-bottom: 1px solid var(--rule); font-size: .875rem; color: var(--ink); letter-spacing: 0; overflow-wrap: anywhere; }
.coverage td, .coverage td:first-child, .coverage td:last-child { width: auto; padding: .35rem .8rem .35rem 0; white-space: normal; }
.coverage .outcome { font-size: .8125rem; font-weight: 600; margin-right: .55rem; white-space: nowrap; }
.coverage a { text-decoration: none; } .coverage a:hover { text-decoration: underline; }
.coverage .lead .outcome { margin-right: 0; flex: none; }
.coverage .of { display: none; }

.jwt { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; }
.jwt .label { margin-top: .4rem; }

.exchange > summary .id { flex: 0 0 3.4rem; color: var(--soft); }
.exchange > summary .line { font-size: .9375rem; min-width: 0; }
.exchange > summary .took { font-size: .8125rem; color: var(--soft); white-space: nowrap; }
.exchange > summary .line { flex: 1; }
.exchange b, .answer { font-family: var(--sans); font-size: .875rem; }
.exchange > .inside { padding-left: 4.55rem; }
.exchange h3 { font: 600 .875rem var(--sans); margin: 1.1rem 0 .35rem; }
.exchange-group { margin-bottom: .5rem; }
.exchange-group > summary { font-family: var(--sans); padding: .5rem .25rem; }
.exchange pre { background: var(--sheet); border: 1px solid var(--rule); border-radius: 2px; padding: .6rem .8rem; margin-top: .4rem; white-space: pre-wrap; max-height: 26rem; overflow: auto; }
.headers { margin-top: .4rem; line-height: 1.5; font-size: .8125rem; }
.headers div { display: grid; grid-template-columns: minmax(7rem, 14rem) minmax(0, 1fr); gap: 0 1rem; padding: .15rem 0; border-bottom: 1px dotted var(--rule); }
.headers dt { font-family: inherit; color: var(--soft); }
.headers dd { white-space: pre-line; }
.status, .trouble { font-size: .9375rem; }
.trouble b { color: var(--bad); }
.command { display: flex; gap: .5rem; align-items: flex-start; }
.command pre { flex: 1; min-width: 0; }
.copy { display: none; margin-top: .4rem; font: .875rem var(--sans); }
.scripted .copy { display: block; }
footer { padding-top: 1.25rem; padding-bottom: 2.5rem; font-size: .8125rem; color: var(--soft); }
footer p { border-top: 1px solid var(--rule); padding-top: .8rem; }
main { padding-bottom: 3rem; }

@media (min-width: 60rem) {
  .masthead, main, footer { padding-left: 2.5rem; padding-right: 2.5rem; }
  .part { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); gap: 0 2.5rem; }
  .part > h2 { align-self: start; position: sticky; top: 1rem; font-size: 1.25rem; }
  .part > .content { border-top: 3px double var(--ink); padding-top: 1.1rem; }
  .comparison { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .jwt { grid-template-columns: 14rem minmax(0, 1fr) minmax(0, 2fr); }
  .comparison > div + div { border-top: 0; border-left: 1px solid var(--rule); }
  .facts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .1rem 2.5rem; }
  .links { columns: 2; column-gap: 2rem; }
  td .links { columns: 1; }
  .reasons > div { display: grid; grid-template-columns: minmax(0, 1fr) 22rem; gap: 0 2rem; }
  .reasons .links { columns: 1; }
}
@media (max-width: 40rem) {
  body { font-size: 1rem; }
  .accusation, .gap { padding: .9rem; }
  .test > .inside, .exchange > .inside { padding-left: .25rem; }
  .clause > .source, .clause > .plain { margin-left: 0; }
  .clause .outcome { display: block; }
  .journey > summary { flex-wrap: wrap; }
  .journey > summary .name { flex: 1 0 100%; order: 3; }
  .strip li { width: 12rem; }
  .test > summary, .exchange > summary { flex-wrap: wrap; position: relative; padding-right: 1.5rem; }
  .test > summary::after, .exchange > summary::after { position: absolute; right: .25rem; top: .5rem; }
  .test > summary .name, .exchange > summary .line { flex: 1 0 100%; }
  .test > summary .id { display: none; }
  .exchange > summary .line { order: 3; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  td, td:first-child, td:last-child { width: auto; padding: 0; border: 0; }
  tr { padding: .8rem 0; border-bottom: 1px solid var(--rule); }
  .headers div { grid-template-columns: minmax(0, 1fr); }
  .coverage th[scope='row'] { display: block; padding: 0 0 .2rem; border: 0; }
  .coverage .none { display: none; }
  .coverage .of { display: inline-block; min-width: 6.5rem; font: .75rem var(--sans); color: var(--soft); }
  .command { flex-direction: column; }
  .command pre { width: 100%; }
}
@media print {
  :root { --paper: #fff; --sheet: #fff; --fill: #fff; }
  body { font-size: 10.5pt; }
  nav, .scripted .toolbar, .scripted .copy { display: none; }
  .accusation, .gap, tr, .finding { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .verdict, .bar rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .part { display: block; padding-top: 1.5rem; }
  .part.profile { break-before: page; break-after: page; }
  .profile .clause { padding: .2rem 0 .2rem 7.5rem; text-indent: -7.5rem; font-size: 9.5pt; }
  .profile .clause .outcome { min-width: 7.4rem; text-indent: 0; font-size: 8.5pt; }
  .profile .clause .plain { margin-left: 0; }
  .profile .verb { font-size: 7.5pt; }
  .profile .clause > p { display: inline; margin: 0; }
  .profile .clause > p + p::before { content: ' '; }
  .profile .clause .source { font-size: 8pt; line-height: 1.35; }
  .more::details-content { content-visibility: visible; block-size: auto; }
  .exchange pre { max-height: none; }
  .strip { flex-wrap: wrap; overflow: visible; }
  .scripted .scripted-only, .copy, .command { display: none; }
  .chart rect, .chart path, .answer b, .stamp { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  thead { display: table-header-group; }
  a { color: inherit; }
}
`;
