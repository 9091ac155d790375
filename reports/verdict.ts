import {
  exitCodes,
  groupBy,
  isNew,
  type Report,
  type RequirementVerdict,
  type SkipReason,
  wasBlocked,
} from '../src/kit/index.ts';
import { cut, firstLine } from './plain-text.ts';
import { count, skipWords } from './wording.ts';

/** What a run comes to, in a word and a sentence. */
export interface Verdict {
  readonly word: string;
  /** `open`: neither proved nor refuted, as the run was blocked, cut off or tested nothing. */
  readonly tone: 'good' | 'bad' | 'open';
  /** Without a full stop. */
  readonly sentence: string;
}

/** How many of a report's requirements met each verdict, and how many were tested at all. */
export function requirementCounts(report: Report): Readonly<Record<RequirementVerdict | 'tested', number>> {
  const counts = { holds: 0, warned: 0, violated: 0, untested: 0 };
  for (const { verdict } of report.requirements) counts[verdict] += 1;
  return { ...counts, tested: counts.holds + counts.warned + counts.violated };
}

/** The verdict on a run, by its exit code. */
export function verdict(report: Report): Verdict {
  const { tested, warned, violated } = requirementCounts(report);
  const { summary } = report;
  const blocked = report.tests.filter(wasBlocked).length;
  const warnings = warned > 0 ? `, ${count(warned, 'warning')}` : '';
  const violations = `${violated} of ${count(tested, 'tested requirement')} ${violated === 1 ? 'does' : 'do'} not hold`;
  const known = `${violations}, ${violated === 1 ? 'and it is' : 'and all of them are'} known`;
  const soFar = violated > 0 ? `; so far ${violations}` : '';
  const ended = count(report.tests.length, 'test');
  switch (report.exitCode) {
    case exitCodes.ok:
      if (violated > 0) return { word: 'NOTHING NEW', tone: 'open', sentence: known + warnings };
      if (tested === 0) return { word: 'NOTHING TESTED', tone: 'open', sentence: 'No requirement was tested' };
      return { word: 'PASSED', tone: 'good', sentence: passed(tested, warned) };
    case exitCodes.violated:
      if (violated > 0 && hasNewFindings(report))
        return { word: 'FAILED', tone: 'bad', sentence: violations + warnings };
      return {
        word: 'FAILED',
        tone: 'bad',
        sentence: `${violated > 0 ? known : 'No requirement is violated'}, but ${demanded(report, warned)}`,
      };
    case exitCodes.usage:
      return { word: 'USAGE ERROR', tone: 'open', sentence: `The command or its configuration is wrong${soFar}` };
    case exitCodes.blocked:
      return {
        word: 'BLOCKED',
        tone: 'open',
        sentence: `${violated > 0 ? known : 'Nothing failed'}, but ${wereBlocked(blocked)}${warnings}`,
      };
    case exitCodes.interrupted:
      return { word: 'INTERRUPTED', tone: 'open', sentence: `The run was interrupted after ${ended}${soFar}` };
    case null:
      return { word: 'UNFINISHED', tone: 'open', sentence: `The run has not ended; ${ended} are reported${soFar}` };
    default:
      return { word: 'ERROR', tone: 'open', sentence: `smart-check itself failed${inTests(summary.errored)}${soFar}` };
  }
}

/** For the reasons why something was not tested, in characters. */
const reasonsLength = 160;

/** What was not tested and why, in short, on one line without a full stop; empty when everything was tested. */
export function notTested(report: Report): string {
  const { untested } = requirementCounts(report);
  const reasons =
    report.notTested.length > 0
      ? asFarAsTheyFit(report.notTested.map((text) => firstLine(text).line))
      : testsWithoutVerdict(report);
  return [
    ...(untested > 0 ? [`${untested} of ${count(report.requirements.length, 'requirement')}`] : []),
    ...reasons,
  ].join('; ');
}

function asFarAsTheyFit(lines: readonly string[]): readonly string[] {
  const shown: string[] = [];
  for (const line of lines) {
    if (shown.length > 0 && shown.join('; ').length + line.length > reasonsLength) break;
    shown.push(cut(line, reasonsLength).replace(/\.$/, ''));
  }
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `${more} more ${more === 1 ? 'reason' : 'reasons'}`] : shown;
}

function testsWithoutVerdict(report: Report): readonly string[] {
  const { blocked, errored, skipped } = report.summary;
  const byWhy = groupBy(
    report.tests.filter(({ outcome }) => outcome === 'skipped'),
    ({ why }) => why ?? 'undecided',
  );
  const reasons = [
    [blocked, 'blocked'] as const,
    [errored, 'errored'] as const,
    ...skipReasons.map((why) => [byWhy.get(why)?.length ?? 0, skipWords[why]] as const),
  ].filter(([number]) => number > 0);
  const tests = blocked + errored + skipped;
  return tests > 0
    ? [`${count(tests, 'test')} (${reasons.map(([number, why]) => `${number} ${why}`).join(', ')})`]
    : [];
}

const skipReasons: readonly SkipReason[] = ['not-configured', 'not-allowed', 'undecided', 'not-advertised'];

function passed(tested: number, warned: number): string {
  if (warned > 0)
    return `No requirement is violated; ${warned} of ${tested} tested ${warned === 1 ? 'has a warning' : 'have warnings'}`;
  return tested === 1
    ? 'The one tested requirement holds'
    : `All ${tested.toLocaleString('en-US')} tested requirements hold`;
}

function demanded({ profile }: Report, warned: number): string {
  const demand =
    profile && profile.verdict !== 'pass'
      ? `the profile ${profile.id} is ${profile.verdict === 'open' ? 'not wholly decided' : 'not met'}`
      : 'what --fail-on or --require asked for is not met';
  return warned > 0 ? `${demand}; ${count(warned, 'warning')}` : demand;
}

function hasNewFindings({ tests, policy }: Report): boolean {
  return tests.some(({ findings }) => findings.some((finding) => isNew(finding, policy?.failOn ?? 'fail')));
}

function wereBlocked(blocked: number): string {
  return blocked === 1 ? '1 test was blocked' : `${count(blocked, 'test')} were blocked`;
}

function inTests(errored: number): string {
  return errored > 0 ? ` in ${count(errored, 'test')}` : '';
}
