/** `report.md`: the verdict and its causes for where Markdown is read, such as a pull request or the summary of a pipeline. */
import { type ClauseResult, type Finding, groupBy, type Report, type Reporter, suiteOf } from '../src/kit/index.ts';
import { type Accusation, accusations, onlyRestates } from './accusations.ts';
import { baselineGroups, bearing, entryText, retriedTests } from './baseline.ts';
import { exchangeLine, oauthError, someOf } from './exchange-line.ts';
import { cut, oneLine } from './plain-text.ts';
import { citations, clausesWorstFirst, clauseWords, headline, reasonsOf } from './profile.ts';
import { reasonGroups } from './reason-groups.ts';
import { requirementCounts, verdict } from './verdict.ts';
import { count, duration, tally, utc, verdictsWorstFirst } from './wording.ts';

export const markdownReporter: Reporter = { name: 'markdown', fileName: 'report.md', render };

/** Longer values are in results.json and report.html. */
const valueLength = 400;
const shownExchanges = 3;
const shownRemarks = 10;

function* render(report: Report): Iterable<string> {
  const { word, sentence } = verdict(report);
  const { target } = report;
  yield `# smart-check: ${word}\n\n${text(sentence)}.\n\n`;
  yield table([
    ['Target', 'SMART App Launch', 'FHIR', 'Started', 'Took', 'Tests'],
    [
      target.fhirBaseUrl === null ? 'none' : code(target.fhirBaseUrl),
      target.specVersion,
      text(target.fhirVersion ?? 'unknown'),
      utc(report.startedAt),
      duration(report.durationMs),
      tally(report.summary),
    ],
  ]);
  yield* profileSummary(report);
  yield* accused(report, 'fail', 'Failed');
  yield* accused(report, 'warn', 'Warnings');
  yield* withoutVerdict(report, 'errored', 'Errors of smart-check itself');
  yield* withoutVerdict(report, 'blocked', 'Blocked');
  yield* suites(report);
  yield* untested(report);
  yield* retries(report);
  yield* baseline(report);
}

function* retries(report: Report): Iterable<string> {
  const tests = retriedTests(report);
  if (tests.length === 0) return;
  yield '\n## Sent more than once, for transport trouble\n\n';
  for (const { id, retried } of tests) yield `- ${code(id)}: ${retried.join(', ')}\n`;
}

function* baseline(report: Report): Iterable<string> {
  const groups = baselineGroups(report);
  if (groups.length === 0) return;
  yield '\n## Baseline\n';
  for (const { title, entries } of groups) {
    yield `\n${entries.length} ${title}:\n\n`;
    for (const entry of entries) yield `- ${text(entryText(entry))}\n`;
  }
}

/** One table that answers "would this pass?". */
function* profileSummary({ profile }: Report): Iterable<string> {
  if (!profile) return;
  const { question, answer, sentence } = headline(profile);
  yield `\n## ${text(question)} ${answer}\n\n${text(profile.id)}, ${sentence}. Read on ${profile.dated}.\n\n`;
  const rows = clausesWorstFirst.flatMap((verdict) => profile.clauses.filter((clause) => clause.verdict === verdict));
  yield table([
    ['', 'Clause', 'Asks for', 'Why'],
    ...rows.map((clause) => [
      clauseWords[clause.verdict],
      `${text(clause.cite)}<br>${code(clause.id)}`,
      text(clause.summary),
      clauseText(clause),
    ]),
  ]);
}

function clauseText(clause: ClauseResult): string {
  const { shown, more } = reasonsOf(clause);
  return [
    ...shown.map(({ about, message }) => `${code(about)}: ${text(cut(oneLine(message), 200))}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(clause.attest === undefined ? [] : [`to be attested: ${text(clause.attest)}`]),
  ].join('<br>');
}

function* accused(report: Report, level: 'fail' | 'warn', title: string): Iterable<string> {
  const all = accusations(report, level);
  if (all.length === 0) return;
  yield `\n## ${title}: ${count(all.length, 'requirement')}\n`;
  for (const accusation of all) yield accusationText(report, accusation);
}

function accusationText(report: Report, { requirement, remarks }: Accusation): string {
  const { id, verb, summary, guide } = requirement;
  const clause =
    guide === undefined
      ? (verb ?? '')
      : `[${verb ?? 'guide'}](${oneLine(guide).replace(/[()\s]/g, encodeURIComponent)})`;
  const lines = [
    `\n### ${code(id)}\n`,
    [clause, summary === undefined ? '' : text(summary)].filter(Boolean).join(': '),
    ...citations(report, requirement.clauses).map((cited) => `\nAsked for by ${text(cited)}`),
    '',
  ];
  // A requirement that dozens of findings break would fill the summary of a pipeline.
  const shown = remarks.length <= shownRemarks + 1 ? remarks : remarks.slice(0, shownRemarks);
  for (const { finding } of shown) lines.push(...remarkLines(report, finding));
  if (shown.length < remarks.length) lines.push(`- and ${remarks.length - shown.length} more findings`);
  return `${lines.join('\n')}\n`;
}

function remarkLines(report: Report, finding: Finding): string[] {
  const { expected, actual, message, exchanges, hint } = finding;
  const borne = bearing(finding);
  const shown = someOf(exchanges, shownExchanges).flatMap((id) => report.exchanges.get(id) ?? []);
  return [
    ...(onlyRestates(finding) ? [] : [`- ${text(shortened(message))}`]),
    ...(expected === undefined ? [] : [`- expected: ${text(shortened(expected))}`]),
    ...(actual === undefined ? [] : [`- actual: ${text(shortened(actual))}`]),
    ...(borne === null ? [] : [`- baseline: ${text(borne)}`]),
    ...(hint === undefined ? [] : [`- hint: ${text(hint)}`]),
    ...shown.map((exchange) => {
      const refusal = oauthError(exchange);
      return `- ${exchange.id}: ${code(exchangeLine(exchange))}${refusal === null ? '' : `, ${text(refusal)}`}`;
    }),
  ];
}

function* withoutVerdict(report: Report, outcome: 'blocked' | 'errored', title: string): Iterable<string> {
  const groups = reasonGroups(report, outcome);
  if (groups.length === 0) return;
  yield `\n## ${title}: ${count(report.summary[outcome], 'test')}\n\n`;
  for (const { reason, tests, hint } of groups) {
    const look = hint === undefined ? '' : `; hint: ${text(hint)}`;
    yield `- ${text(shortened(reason))}${look} (${tests.map(({ id }) => code(id)).join(', ')})\n`;
  }
}

function* suites(report: Report): Iterable<string> {
  const bySuite = groupBy(report.requirements, ({ id }) => suiteOf(id));
  if (bySuite.size === 0) return;
  yield '\n## Requirements\n\n';
  yield table([
    ['Suite', ...verdictsWorstFirst],
    ...[...bySuite].map(([suite, requirements]) => [
      text(report.suiteTitles[suite] ?? suite),
      ...verdictsWorstFirst.map((wanted) => String(requirements.filter((one) => one.verdict === wanted).length)),
    ]),
  ]);
}

function* untested(report: Report): Iterable<string> {
  if (requirementCounts(report).untested === 0 || report.notTested.length === 0) return;
  yield '\n## Not tested\n\n';
  for (const line of report.notTested) yield `- ${text(line)}\n`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

function shortened(value: string): string {
  return cut(oneLine(value), valueLength);
}

/** Text that stays text: neither markup nor HTML, nor a mention of somebody who is then notified. */
function text(value: string): string {
  return oneLine(value)
    .replace(/[\\`*_[\]|~<>&]|^[-+#]/g, '\\$&')
    .replaceAll('@', '@<!-- -->')
    .replace(/(https?):\/\//gi, '$1:\\/\\/');
}

/** A code span, in a table too: its fence is longer than any run of backticks in it (CommonMark 0.31 section 6.1). */
function code(value: string): string {
  const line = oneLine(value).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}
