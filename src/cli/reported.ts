import { curlCommand } from '../../reports/curl.ts';
import { answerLine } from '../../reports/exchange-line.ts';
import { oneLine, visible } from '../../reports/plain-text.ts';
import type { Exchange, Finding, Report } from '../kit/index.ts';

/** Of one id; the rest is in the report. */
const shownFindings = 5;
const shownExchanges = 4;

const urgency: Readonly<Record<Finding['level'], number>> = { fail: 0, warn: 1, undecided: 2, info: 3, pass: 4 };

/** What a report says of a test or requirement, worst first: what was expected, what came, and each exchange as curl. */
export function reportedText(report: Report, id: string, file: string): string {
  const tests = report.tests.filter(
    (test) => test.id === id || test.findings.some((finding) => finding.requirement === id),
  );
  const found = tests
    .flatMap((test) =>
      test.findings
        .filter((finding) => test.id === id || finding.requirement === id)
        .map((finding) => ({ test: test.id, finding })),
    )
    .sort((one, other) => urgency[one.finding.level] - urgency[other.finding.level]);
  const reasons = tests.flatMap(({ id: test, outcome, reason, hint }) =>
    reason === undefined
      ? []
      : [
          `  ${outcome} ${test}: ${oneLine(reason)}`,
          ...(hint === undefined ? [] : [`    hint      ${oneLine(hint)}`]),
          '',
        ],
  );
  const shown = found.slice(0, shownFindings);
  const lines = [
    `What ${file} says (${report.target.fhirBaseUrl ?? 'no FHIR server'}, ${report.startedAt})`,
    '',
    ...reasons,
    ...(tests.length === 0 ? ['  nothing: it was not part of that run', ''] : []),
    ...shown.flatMap(({ test, finding }) => findingLines(test, finding, report)),
    ...(found.length > shown.length ? [`  … ${found.length - shown.length} findings more in the report`, ''] : []),
    ...(shown.some(({ finding }) => finding.exchanges.length > 0)
      ? ['Put your own secrets in place of ‹name hash›; equal hashes are equal secrets.', '']
      : []),
  ];
  // Whatever is in a file, it steers no terminal.
  return visible(lines.join('\n'));
}

function findingLines(test: string, finding: Finding, report: Report): string[] {
  const { level, requirement, message, expected, actual, exchanges, hint } = finding;
  const evidence = exchanges.map((id) => report.exchanges.get(id)).filter((exchange) => exchange !== undefined);
  return [
    `  ${level} ${requirement}${test === requirement ? '' : ` (${test})`}: ${oneLine(message)}`,
    ...(expected === undefined ? [] : [`    expected  ${oneLine(expected)}`]),
    ...(actual === undefined ? [] : [`    actual    ${oneLine(actual)}`]),
    ...(hint === undefined ? [] : [`    hint      ${oneLine(hint)}`]),
    ...evidence.slice(0, shownExchanges).flatMap(exchangeLines),
    ...(evidence.length > shownExchanges
      ? [`    … ${evidence.length - shownExchanges} exchanges more in the report`]
      : []),
    '',
  ];
}

function exchangeLines(exchange: Exchange): string[] {
  const by = exchange.by === 'browser' ? ', by the browser' : '';
  const command = visible(curlCommand(exchange.request)).split('\n');
  return ['', `    ${exchange.id} → ${answerLine(exchange)}${by}`, ...command.map((line) => `      ${line}`)];
}
