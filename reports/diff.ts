/** What changed between two runs: requirement by requirement, then test by test. */
import type { Outcome, Report, RequirementVerdict } from '../src/kit/index.ts';
import { accusations } from './accusations.ts';
import { cut, oneLine } from './plain-text.ts';
import { count } from './wording.ts';

export interface ReportDiff {
  readonly requirements: readonly Change<RequirementVerdict>[];
  readonly tests: readonly Change<Outcome>[];
}

/** `null` where one of the reports has no such requirement or test. */
export interface Change<Value> {
  readonly id: string;
  readonly before: Value | null;
  readonly after: Value | null;
  /** What was found, of a requirement that does not hold any more. */
  readonly message?: string;
}

/** @param before - the older report */
export function diffReports(before: Report, after: Report): ReportDiff {
  const found = new Map(
    [...accusations(after, 'warn'), ...accusations(after, 'fail')].map(({ requirement, remarks }) => [
      requirement.id,
      remarks[0]?.finding.message,
    ]),
  );
  const requirements = changes(verdictsOf(before), verdictsOf(after)).map((change) => {
    const message = isWorse(change) ? found.get(change.id) : undefined;
    return message === undefined ? change : { ...change, message };
  });
  return { requirements, tests: changes(outcomesOf(before), outcomesOf(after)) };
}

/** The requirements that held, or were warned of at most, and are violated now. */
export function regressions({ requirements }: ReportDiff): readonly Change<RequirementVerdict>[] {
  return requirements.filter(({ after }) => after === 'violated');
}

/** For a person; the last line counts. */
export function* diffText({ requirements, tests }: ReportDiff): Iterable<string> {
  const better = requirements.filter((change) => change.after === 'holds');
  const worse = requirements.filter(isWorse);
  const others = requirements.filter((change) => !better.includes(change) && !worse.includes(change));
  for (const [title, group] of [
    ['Worse', worse],
    ['Better', better],
    ['Otherwise changed', others],
  ] as const) {
    if (group.length === 0) continue;
    yield `${title}\n`;
    for (const change of group) {
      yield `  ${changeText(change)}\n`;
      if (change.message !== undefined) yield `      ${cut(oneLine(change.message), 300)}\n`;
    }
    yield '\n';
  }
  const other = tests.filter(({ id }) => !requirements.some((change) => change.id === id));
  if (other.length > 0) {
    yield 'Tests\n';
    for (const change of other) yield `  ${changeText(change)}\n`;
    yield '\n';
  }
  yield requirements.length + tests.length === 0
    ? 'nothing changed\n'
    : `${count(requirements.length, 'requirement')} changed: ${worse.length} worse, ${better.length} better\n`;
}

function changeText({ id, before, after }: Change<string>): string {
  return `${oneLine(id)}: ${before ?? 'not in the first report'} → ${after ?? 'not in the second report'}`;
}

function isWorse({ before, after }: Change<RequirementVerdict>): boolean {
  return after === 'violated' || (after === 'warned' && before !== 'violated');
}

function verdictsOf({ requirements }: Report): ReadonlyMap<string, RequirementVerdict> {
  return new Map(requirements.map(({ id, verdict }) => [id, verdict]));
}

function outcomesOf({ tests }: Report): ReadonlyMap<string, Outcome> {
  return new Map(tests.map(({ id, outcome }) => [id, outcome]));
}

function changes<Value>(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>): Change<Value>[] {
  const ids = [...new Set([...after.keys(), ...before.keys()])];
  return ids
    .map((id) => ({ id, before: before.get(id) ?? null, after: after.get(id) ?? null }))
    .filter((change) => change.before !== change.after);
}
