/** The terminal's final summary; what is shown while the run goes on is in live.ts. */
import {
  type Finding,
  type ProfileResult,
  type Report,
  type Reporter,
  summarize,
  type TestResult,
} from '../../src/kit/index.ts';
import { type Accusation, accusations, onlyRestates } from '../accusations.ts';
import { baselineGroups, bearing, entryText, retriedTests } from '../baseline.ts';
import { exchangeLine, oauthError, someOf } from '../exchange-line.ts';
import { cut, firstLine, oneLine, visible } from '../plain-text.ts';
import { citations, clausesWorstFirst, clauseWords, headline, reasonsOf } from '../profile.ts';
import { type ReasonGroup, reasonGroups } from '../reason-groups.ts';
import { notTested, verdict } from '../verdict.ts';
import { count, duration, tally, utc } from '../wording.ts';
import type { TerminalOptions } from './options.ts';
import { type Palette, palette } from './palette.ts';
import { symbols } from './symbols.ts';
import { wrap } from './wrap.ts';

/** Longer values are in results.json and report.html. */
const valueLength = 400;
/** Of a text of several lines that no report will hold. */
const wholeLength = 4000;
const shownExchanges = 3;
const shownTests = 3;
/** Of the findings against one requirement: a server that leaks is found leaking by dozens. */
const shownRemarks = 4;

interface Page {
  readonly report: Report;
  readonly columns: number;
  readonly dumb: boolean;
  readonly wholeIn: string | null;
  readonly paint: Palette;
  /** Hints that were given already: one mistake shows in many findings. */
  readonly given: Set<string>;
}

/** The reporter that writes to the terminal: what failed and why, and on its last line the verdict. */
export function terminalReporter({ color, columns, dumb, quiet, wholeIn }: TerminalOptions): Reporter {
  return {
    name: 'terminal',
    fileName: null,
    *render(report) {
      const page: Page = {
        report,
        columns: Math.max(40, columns),
        dumb,
        wholeIn,
        paint: palette(color),
        given: new Set(),
      };
      if (!quiet) {
        yield* heading(page);
        yield* failures(page);
        yield* warnings(page);
        yield* withoutVerdict(page, 'errored', "smart-check's own errors");
        yield* withoutVerdict(page, 'blocked', 'Blocked');
        yield* untested(page);
        yield* retries(page);
        yield* baseline(page);
        yield* profileSummary(page);
        yield '\n';
      } else if (report.profile) yield `${answerLine(page, report.profile)}\n`;
      yield `${lastLine(page)}\n`;
    },
  };
}

function* heading({ report, columns, paint }: Page): Iterable<string> {
  const { target } = report;
  const versions = [
    `SMART App Launch ${target.specVersion}`,
    target.fhirVersion === null ? 'FHIR version unknown' : `FHIR ${oneLine(target.fhirVersion)}`,
    utc(report.startedAt),
    duration(report.durationMs),
    ...(report.shard ? [`shard ${report.shard.index} of ${report.shard.of}`] : []),
  ];
  yield `\n${paint.bold(target.fhirBaseUrl === null ? 'No FHIR server' : oneLine(target.fhirBaseUrl))}\n`;
  yield `${paint.faint(wrap(versions.join(', '), columns))}\n\n`;
  const width = Math.max(0, ...report.suites.map((suite) => suite.length));
  for (const suite of report.suites) {
    const tests = report.tests.filter((test) => test.suite === suite);
    yield `${wrap(tally(summarize(tests)), columns, `  ${suite.padEnd(width)}  `)}\n`;
  }
}

function* retries(page: Page): Iterable<string> {
  const tests = retriedTests(page.report);
  if (tests.length === 0) return;
  yield title(
    page,
    `Sent more than once, for transport trouble: what ${count(tests.length, 'test')} ${tests.length === 1 ? 'rests' : 'rest'} on`,
  );
  const symbol = symbols(page.dumb).warned;
  for (const { id, retried } of tests)
    yield `${wrap(`${oneLine(id)}: ${retried.join(', ')}`, page.columns, `   ${symbol} `)}\n`;
}

function* baseline(page: Page): Iterable<string> {
  const groups = baselineGroups(page.report);
  if (groups.length === 0) return;
  yield title(page, 'Baseline');
  for (const { title: what, entries } of groups) {
    yield `   ${entries.length} ${what}\n`;
    for (const entry of entries) yield `${wrap(oneLine(entryText(entry)), page.columns, '     ')}\n`;
  }
}

/** One screen that answers "would this pass?". */
function* profileSummary(page: Page): Iterable<string> {
  const { profile } = page.report;
  if (!profile) return;
  yield title(page, oneLine(headline(profile).question));
  yield `${wrap(answerLine(page, profile), page.columns, '   ')}\n\n`;
  const signs = symbols(page.dumb);
  for (const verdict of clausesWorstFirst) {
    const outcome = clauseOutcomes[verdict];
    for (const clause of profile.clauses.filter((one) => one.verdict === verdict)) {
      const head = `   ${signs[outcome]} `;
      const text = `${clauseWords[verdict]}: ${oneLine(clause.summary)} (${oneLine(clause.cite)}; ${clause.id})`;
      yield `${head.trimEnd()} ${wrap(text, page.columns, head).slice(head.length)}\n`;
      const { shown, more } = reasonsOf(clause);
      for (const { about, message } of shown) {
        yield `${wrap(`${oneLine(about)}: ${cut(oneLine(message), 200)}`, page.columns, '       ')}\n`;
      }
      if (more > 0) yield `       and ${more} more\n`;
      if (clause.attest !== undefined)
        yield `${wrap(`to be attested: ${oneLine(clause.attest)}`, page.columns, '       ')}\n`;
    }
  }
}

const clauseOutcomes = {
  violated: 'failed',
  open: 'blocked',
  warned: 'warned',
  met: 'passed',
  attest: 'skipped',
} as const;

function answerLine({ paint }: Page, profile: ProfileResult): string {
  const { answer, tone, sentence } = headline(profile);
  return `${paint.tone[tone](answer.toUpperCase())}  ${profile.id}, ${sentence}`;
}

function* failures(page: Page): Iterable<string> {
  const failed = accusations(page.report, 'fail');
  if (failed.length === 0) return;
  yield title(page, `Failed: ${count(failed.length, 'requirement')}`);
  for (const [index, accusation] of failed.entries()) {
    yield `${index === 0 ? '' : '\n'}${failure(page, accusation, index + 1)}\n`;
  }
}

function failure(page: Page, { requirement, remarks }: Accusation, number: number): string {
  const { paint } = page;
  const verb = requirement.verb === undefined ? '' : ` (${requirement.verb})`;
  const tests = [...new Set(remarks.map(({ test }) => oneLine(test.id)))].filter((id) => id !== requirement.id);
  return [
    `${`${number}.`.padStart(4)} ${paint.outcome.failed(oneLine(requirement.id))}${verb}`,
    ...shownOf(page, remarks).flatMap(({ finding }, index, shown) =>
      remarkLines(page, finding, requirement.summary, shown[index - 1]?.finding),
    ),
    ...moreThanShown(page, remarks),
    ...citations(page.report, requirement.clauses).map((cited) => labelled(page, 'clause', oneLine(cited))),
    ...(requirement.guide === undefined ? [] : [labelled(page, 'guide', oneLine(requirement.guide))]),
    ...(tests.length === 0 ? [] : [labelled(page, 'test', tests.join(', '))]),
  ].join('\n');
}

/** The first few, where another report has them all. */
function shownOf<Remark>({ wholeIn }: Page, remarks: readonly Remark[]): readonly Remark[] {
  return wholeIn === null || remarks.length <= shownRemarks + 1 ? remarks : remarks.slice(0, shownRemarks);
}

function moreThanShown(page: Page, remarks: readonly unknown[]): string[] {
  const more = remarks.length - shownOf(page, remarks).length;
  return more === 0 ? [] : [`     and ${more} more findings: ${page.wholeIn}`];
}

/** What a finding says; what the one before it said already is not said again. */
function remarkLines(page: Page, finding: Finding, summary: string | undefined, before: Finding | undefined): string[] {
  const { expected, actual, exchanges } = finding;
  const borne = bearing(finding);
  const message = headOf(finding, summary);
  const again = before !== undefined && headOf(before, summary) === message;
  const sameAsked = again && before.expected === expected;
  return [
    ...(again ? [''] : told(page, message, '     ')),
    ...(expected === undefined || sameAsked ? [] : [labelled(page, 'expected', shortened(expected))]),
    ...(actual === undefined ? [] : [labelled(page, 'actual', shortened(actual))]),
    ...(borne === null ? [] : [labelled(page, 'baseline', oneLine(borne))]),
    ...hintLines(page, finding.hint),
    ...evidence(page, exchanges),
  ];
}

function hintLines(page: Page, hint: string | undefined): string[] {
  if (hint === undefined) return [];
  const isNew = !page.given.has(hint);
  page.given.add(hint);
  return [labelled(page, 'hint', isNew ? oneLine(hint) : 'as above')];
}

function headOf(finding: Finding, summary: string | undefined): string {
  return onlyRestates(finding) ? (summary ?? finding.message) : finding.message;
}

function* warnings(page: Page): Iterable<string> {
  const warned = accusations(page.report, 'warn');
  if (warned.length === 0) return;
  yield title(page, `Warnings: ${count(warned.length, 'requirement')}`);
  const symbol = symbols(page.dumb).warned;
  for (const { requirement, remarks } of warned) {
    const verb = requirement.verb === undefined ? '' : ` (${requirement.verb})`;
    yield `   ${symbol} ${page.paint.outcome.warned(oneLine(requirement.id))}${verb}\n`;
    for (const { finding } of shownOf(page, remarks)) {
      yield `${told(page, finding.message, '     ').join('\n')}\n`;
      for (const line of evidence(page, finding.exchanges.slice(0, 1))) yield `${line}\n`;
    }
    for (const line of moreThanShown(page, remarks)) yield `${line}\n`;
  }
}

function* withoutVerdict(page: Page, outcome: 'blocked' | 'errored', heading: string): Iterable<string> {
  const groups = reasonGroups(page.report, outcome);
  if (groups.length === 0) return;
  yield title(page, `${heading}: ${count(page.report.summary[outcome], 'test')}`);
  const symbol = symbols(page.dumb)[outcome];
  for (const group of groups) {
    const number = group.tests.length === 1 ? '' : `${group.tests.length} tests: `;
    const lines = [
      ...told(page, number + group.reason, `   ${symbol} `),
      ...hintLines(page, group.hint),
      ...evidence(page, group.exchanges),
    ];
    yield `${lines.join('\n')}\n${labelled(page, 'tests', names(group.tests))}\n`;
  }
}

function* untested(page: Page): Iterable<string> {
  const groups = reasonGroups(page.report, 'skipped');
  const { notTested: lines } = page.report;
  if (groups.length === 0 && lines.length === 0) return;
  yield title(page, 'Not tested');
  const symbol = symbols(page.dumb).skipped;
  const listed = lines.length > 0 ? withoutTold(page, lines) : groups.map(skippedLine);
  for (const line of listed) yield `${told(page, line, `   ${symbol} `).join('\n')}\n`;
}

/** What was said under "Blocked" is not said again. */
function withoutTold({ report }: Page, lines: readonly string[]): readonly string[] {
  const reasons = reasonGroups(report, 'blocked').map(({ reason }) => ` blocked: ${reason}`);
  const isTold = (line: string) => reasons.some((reason) => line.endsWith(reason));
  // Each line begins with the number of its tests; one that had found something before it was blocked counts, too.
  const blocked = lines.filter(isTold).reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
  if (blocked === 0) return lines;
  return [`${count(blocked, 'test')} blocked, as said above`, ...lines.filter((line) => !isTold(line))];
}

function skippedLine({ reason, tests }: ReasonGroup): string {
  return `${count(tests.length, 'test')}: ${firstLine(reason).line} (${names(tests)})`;
}

function names(tests: readonly TestResult[]): string {
  const shown = tests.slice(0, shownTests).map(({ id }) => oneLine(id));
  const more = tests.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function evidence(page: Page, ids: Finding['exchanges']): string[] {
  const lines: string[] = [];
  const arrow = symbols(page.dumb).arrow;
  for (const id of someOf(ids, shownExchanges)) {
    const exchange = page.report.exchanges.get(id);
    if (exchange === undefined) continue;
    const room = page.columns - label(page, id, (plain) => plain).length;
    lines.push(label(page, id) + exchangeLine(exchange, { arrow, length: room }));
    const refusal = oauthError(exchange);
    if (refusal !== null) lines.push(labelled(page, '', refusal));
  }
  if (ids.length > shownExchanges) lines.push(labelled(page, '', `and ${ids.length - shownExchanges} more exchanges`));
  return lines;
}

/** A label in its column, and after it text wrapped beside it. */
function labelled(page: Page, name: string, text: string): string {
  const first = label(page, name, (plain) => plain);
  return label(page, name) + wrap(text, page.columns, first).slice(first.length);
}

function label({ paint }: Page, name: string, painted = paint.faint): string {
  return `       ${painted(oneLine(name).padEnd(8))}  `;
}

/** The first line of a text, wrapped, and where the rest of it is; all of it where it is nowhere else. */
function told({ columns, wholeIn }: Page, text: string, first: string): readonly string[] {
  const { line, more } = firstLine(text);
  const indent = ' '.repeat(first.length);
  if (more && wholeIn === null) {
    const [start = '', ...rest] = cut(visible(text).trim(), wholeLength).split('\n');
    return [wrap(oneLine(start), columns, first), ...rest.map((next) => wrap(next, columns, indent))];
  }
  return [
    wrap(cut(line, valueLength), columns, first),
    ...(more ? [wrap(`(the rest of it: ${wholeIn})`, columns, indent)] : []),
  ];
}

function shortened(text: string): string {
  return cut(oneLine(text), valueLength);
}

function title({ paint }: Page, text: string): string {
  return `\n${paint.bold(text)}\n\n`;
}

/** `FAILED  3 of 41 tested requirements do not hold; not tested: 6 tests not-configured: …`, on one line for `tail -1`. */
function lastLine({ report, paint }: Page): string {
  const { word, tone, sentence } = verdict(report);
  const gaps = notTested(report);
  return `${paint.tone[tone](word)}  ${sentence}; ${gaps === '' ? 'everything was tested' : `not tested: ${gaps}`}`;
}
