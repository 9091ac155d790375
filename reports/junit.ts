/** `junit.xml`, as the parsers of GitLab, Jenkins and GitHub's actions read it. */
import { create } from 'xmlbuilder2';
import {
  type Exchange,
  exitCodes,
  type Finding,
  type Report,
  type Reporter,
  type TestResult,
} from '../src/kit/index.ts';
import { bearing, isBorne } from './baseline.ts';
import { exchangeText } from './exchange-text.ts';
import { cut, oneLine, visible } from './plain-text.ts';
import { verdict } from './verdict.ts';

export const junitReporter: Reporter = { name: 'junit', fileName: 'junit.xml', render };

/** What is spelled out per test; the rest is in results.json. */
const shownExchanges = 3;
const shownBody = 1000;

interface Case {
  readonly classname: string;
  readonly name: string;
  readonly durationMs: number;
  /** Null for a passed test. One per case: the parsers read no second. */
  readonly trouble: {
    readonly element: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly message: string;
    readonly body: string;
  } | null;
  readonly output: string;
}

interface CaseSuite {
  readonly name: string;
  readonly startedAt: string;
  readonly properties: readonly (readonly [name: string, value: string])[];
  readonly cases: readonly Case[];
}

type Element = ReturnType<typeof create>;

function* render(report: Report): Iterable<string> {
  const suites = suiteIds(report).map((id) => suiteOf(report, id));
  const isRed = suites.some(({ cases }) =>
    cases.some(({ trouble }) => trouble !== null && trouble.element !== 'skipped'),
  );
  const all =
    isComplete(report) && (isRed || report.exitCode === exitCodes.ok) ? suites : [...suites, suiteOfTheRun(report)];
  // Neither the skipped nor a timestamp here: the schema that Jenkins' xUnit plugin holds files to knows none.
  const { tests, failures, errors } = totals(all.flatMap(({ cases }) => cases));
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'smart-check',
    tests,
    failures,
    errors,
    time: seconds(report.durationMs),
  });
  for (const suite of all) addSuite(root, suite);
  yield `${root.end({ prettyPrint: true })}\n`;
}

function suiteIds(report: Report): readonly string[] {
  return [...new Set([...report.suites, ...report.tests.map(({ suite }) => suite)])];
}

function suiteOf(report: Report, id: string): CaseSuite {
  const tests = report.tests.filter(({ suite }) => suite === id);
  const testIds = new Set(tests.map((test) => test.id));
  const requirements = report.requirements.filter((requirement) => requirement.tests.some((test) => testIds.has(test)));
  return {
    name: id,
    startedAt: tests[0]?.startedAt ?? report.startedAt,
    properties: [
      ...targetProperties(report),
      ...requirements.map((requirement) => [`requirement ${requirement.id}`, requirement.verdict] as const),
    ],
    cases: tests.map((test) => caseOf(report, test)),
  };
}

/** Stands where nothing else would tell a pipeline that the run did not end well: it must never read as green. */
function suiteOfTheRun(report: Report): CaseSuite {
  const { word, sentence } = verdict(report);
  const type = word.toLowerCase();
  const trouble = {
    element: 'error',
    type,
    message: sentence,
    body: `exit code: ${report.exitCode ?? 'none'}`,
  } as const;
  const run = {
    classname: 'smart-check.run',
    name: 'The run ends well',
    durationMs: report.durationMs,
    trouble,
    output: '',
  };
  return { name: 'smart-check', startedAt: report.startedAt, properties: targetProperties(report), cases: [run] };
}

function isComplete({ exitCode }: Report): boolean {
  return exitCode !== null && exitCode !== exitCodes.interrupted;
}

function targetProperties({ target, tool }: Report): (readonly [string, string])[] {
  return [
    ['target', target.fhirBaseUrl ?? 'none'],
    ['specVersion', target.specVersion],
    ['fhirVersion', target.fhirVersion ?? 'unknown'],
    ['tool', `${tool.name} ${tool.version}`],
  ];
}

function caseOf(report: Report, test: TestResult): Case {
  return {
    // Jenkins takes what stands before the last dot for the package.
    classname: `smart-check.${test.suite}`,
    name: `${test.id}: ${test.title}`,
    durationMs: test.durationMs,
    trouble: troubleOf(report, test),
    output: [...test.findings.map(findingText), evidenceText(report, test)].filter((text) => text !== '').join('\n\n'),
  };
}

function troubleOf(report: Report, test: TestResult): Case['trouble'] {
  const reason = test.reason ?? 'no reason was given';
  switch (test.outcome) {
    case 'passed':
    case 'warned':
      return null;
    case 'failed': {
      const failed = test.findings.filter(({ level }) => level === 'fail');
      if (isBorne(test.findings)) return { element: 'skipped', type: 'known', message: borneText(failed), body: '' };
      const first = failed[0];
      const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
      const body = [...failed.map((finding) => failureText(report, finding)), evidenceText(report, test)].join('\n\n');
      return {
        element: 'failure',
        type: first?.requirement ?? test.id,
        message: `${first?.message ?? test.title}${more}`,
        body,
      };
    }
    case 'skipped':
      return { element: 'skipped', type: test.why ?? 'skipped', message: reason, body: '' };
    // As skipped, a run in which nothing could be tested would look green.
    case 'blocked':
    case 'errored':
      return {
        element: 'error',
        type: test.outcome,
        message: reason,
        body: [reason, ...(test.hint === undefined ? [] : [`hint: ${test.hint}`]), evidenceText(report, test)].join(
          '\n\n',
        ),
      };
  }
}

/** A known failure must not turn a pipeline red, and says so where it would have. */
function borneText(failed: readonly Finding[]): string {
  return `known: ${failed.map((finding) => `${finding.requirement} ${bearing(finding)}`).join('; ')}`;
}

function failureText(report: Report, finding: Finding): string {
  const guide = report.requirements.find(({ id }) => id === finding.requirement)?.guide;
  return guide === undefined ? findingText(finding) : `${findingText(finding)}\nguide: ${guide}`;
}

function findingText(finding: Finding): string {
  const { level, requirement, message, expected, actual, exchanges, hint } = finding;
  const borne = bearing(finding);
  return [
    `${level} ${requirement}: ${message}`,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(actual === undefined ? [] : [`actual: ${actual}`]),
    ...(borne === null ? [] : [`baseline: ${borne}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...(exchanges.length === 0 ? [] : [`exchanges: ${exchanges.join(', ')}`]),
  ].join('\n');
}

/** The exchanges that show what was found; of a failed test, those of the failures. */
function evidenceText(report: Report, test: TestResult): string {
  const telling = test.outcome === 'failed' ? test.findings.filter(({ level }) => level === 'fail') : test.findings;
  const ids = [...new Set([...telling.flatMap(({ exchanges }) => exchanges), ...(test.exchanges ?? [])])];
  const shown = ids
    .slice(0, shownExchanges)
    .map((id) => report.exchanges.get(id))
    .filter((exchange): exchange is Exchange => exchange !== undefined)
    .map((exchange) => exchangeText(exchange, shownBody));
  const more = ids.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`${more} more exchanges in results.json: ${ids.slice(-more).join(', ')}`] : []),
  ].join('\n\n');
}

function addSuite(root: Element, { name, startedAt, properties, cases }: CaseSuite): void {
  const suite = root.ele('testsuite', {
    name: oneLine(name),
    ...totals(cases),
    time: seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    timestamp: oneLine(startedAt),
  });
  const list = suite.ele('properties');
  for (const [property, value] of properties) list.ele('property', { name: oneLine(property), value: oneLine(value) });
  for (const testCase of cases) addCase(suite, testCase);
}

function addCase(suite: Element, { classname, name, durationMs, trouble, output }: Case): void {
  const element = suite.ele('testcase', {
    classname: oneLine(classname),
    name: oneLine(name),
    time: seconds(durationMs),
  });
  if (trouble !== null) {
    const type = trouble.element === 'skipped' ? {} : { type: oneLine(trouble.type) };
    const child = element.ele(trouble.element, { ...type, message: cut(oneLine(trouble.message), 500) });
    if (trouble.body !== '') child.txt(visible(trouble.body));
  }
  if (output !== '') element.ele('system-out').txt(visible(output));
}

function totals(cases: readonly Case[]): Readonly<Record<'tests' | 'failures' | 'errors' | 'skipped', string>> {
  const number = (element: string) => String(cases.filter(({ trouble }) => trouble?.element === element).length);
  return {
    tests: String(cases.length),
    failures: number('failure'),
    errors: number('error'),
    skipped: number('skipped'),
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
