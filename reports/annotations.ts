/** Workflow commands by which GitHub Actions shows findings beside a run. */
import type { Report } from '../src/kit/index.ts';
import { type Accusation, accusations } from './accusations.ts';
import { isBorne } from './baseline.ts';
import { cut, oneLine } from './plain-text.ts';
import { reasonGroups } from './reason-groups.ts';
import { verdict } from './verdict.ts';
import { count } from './wording.ts';

/** GitHub shows ten of each kind for a step. */
const shown = 10;
const messageLength = 500;

/** One line each: failures as errors, warnings and known findings as warnings, the verdict as a notice. */
export function annotations(report: Report): readonly string[] {
  const failed = accusations(report, 'fail');
  const isKnown = ({ remarks }: Accusation) => isBorne(remarks.map(({ finding }) => finding));
  const errors = [
    ...failed.filter((accusation) => !isKnown(accusation)).map((accusation) => ofAccusation('error', accusation)),
    ...reasonGroups(report, 'errored').map(({ reason }) => command('error', 'An error of smart-check', reason)),
    ...reasonGroups(report, 'blocked').map(({ reason, tests, hint }) =>
      command('error', `Blocked: ${count(tests.length, 'test')}`, hint === undefined ? reason : `${reason} (${hint})`),
    ),
  ];
  const warnings = [
    ...failed.filter(isKnown).map((accusation) => ofAccusation('warning', accusation)),
    ...accusations(report, 'warn').map((accusation) => ofAccusation('warning', accusation)),
  ];
  const { word, sentence } = verdict(report);
  return [
    ...firstOf(errors, 'error'),
    ...firstOf(warnings, 'warning'),
    command('notice', `smart-check: ${word}`, sentence),
  ];
}

type Kind = 'error' | 'warning' | 'notice';

function firstOf(lines: readonly string[], kind: Kind): readonly string[] {
  if (lines.length <= shown) return lines;
  const rest = lines.length - shown + 1;
  return [...lines.slice(0, shown - 1), command(kind, `${rest} more`, 'the rest is in the report')];
}

function ofAccusation(kind: Kind, { requirement, remarks }: Accusation): string {
  const [first] = remarks;
  const known = first?.finding.baseline
    ? ` (known until ${first.finding.baseline.expires}: ${first.finding.baseline.reason})`
    : '';
  const guide = requirement.guide === undefined ? '' : ` ${requirement.guide}`;
  const hint = first?.finding.hint === undefined ? '' : ` (${first.finding.hint})`;
  return command(kind, requirement.id, `${first?.finding.message ?? ''}${hint}${known}${guide}`);
}

/** Text of the server's stays text: escaped as the runner's own toolkit does, on one line, and cut. */
function command(kind: Kind, title: string, message: string): string {
  return `::${kind} title=${escaped(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${escaped(message)}`;
}

function escaped(text: string): string {
  return cut(oneLine(text), messageLength)
    .replaceAll('##[', '#\\#[')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
}
