/** What changed between two runs: requirement by requirement, then test by test. */
import { groupBy, type Outcome, type Report, type RequirementVerdict, suiteOf } from '../src/kit/index.ts';
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

/** The two reports that were compared. */
interface Compared {
  readonly before: Report;
  readonly after: Report;
}

/**
 * For a person; the last line counts. What only one of the runs looked at is folded: it says nothing about the server.
 */
export function* diffText({ requirements, tests }: ReportDiff, reports: Compared): Iterable<string> {
  const worse = requirements.filter(isWorse);
  const better = requirements.filter(({ before, after }) => after === 'holds' && !isUnknown(before));
  const unlooked = requirements.filter((change) => !worse.includes(change) && isAboutExtent(change));
  const others = requirements.filter((change) => ![worse, better, unlooked].some((group) => group.includes(change)));
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
  const suites = suitesOfOne(reports);
  const ofOneSuite = ({ id }: Change<unknown>) => suites.some(({ named }) => named.includes(suiteOf(id)));
  const extent = [
    ...suites.map(({ where, named }) => `only ${where} ran: ${named.map(oneLine).join(', ')}`),
    ...foldedByReason(
      unlooked.filter((change) => !ofOneSuite(change)),
      reports,
    ),
  ];
  if (extent.length > 0) yield `Not looked at by both\n${extent.map((line) => `  ${line}\n`).join('')}\n`;
  const other = tests.filter((change) => !ofOneSuite(change) && !requirements.some(({ id }) => id === change.id));
  if (other.length > 0)
    yield `Tests\n${foldedByChange(other)
      .map((line) => `  ${line}\n`)
      .join('')}\n`;
  yield requirements.length + tests.length === 0
    ? 'nothing changed\n'
    : `${count(requirements.length - unlooked.length, 'requirement')} changed: ${worse.length} worse, ${better.length} better${unlooked.length === 0 ? '' : `; ${count(unlooked.length, 'requirement')} not looked at by both`}\n`;
}

/** As many are listed; more of one kind are counted. */
const mostListed = 5;
const mostReasons = 10;

function isUnknown(verdict: RequirementVerdict | null): boolean {
  return verdict === null || verdict === 'untested';
}

/** One of the runs came to no verdict, and the other found nothing amiss. */
function isAboutExtent({ before, after }: Change<RequirementVerdict>): boolean {
  const fine = (verdict: RequirementVerdict | null) => isUnknown(verdict) || verdict === 'holds';
  return (isUnknown(before) || isUnknown(after)) && fine(before) && fine(after);
}

/** The suites that one of the runs had alone. */
function suitesOfOne({ before, after }: Compared) {
  const beyond = (one: Report, other: Report) => one.suites.filter((suite) => !other.suites.includes(suite));
  return [
    { where: 'the first', named: beyond(before, after) },
    { where: 'the second', named: beyond(after, before) },
  ].filter(({ named }) => named.length > 0);
}

function foldedByReason(changes: readonly Change<RequirementVerdict>[], { before, after }: Compared): string[] {
  const reasonIn = (report: Report, id: string) =>
    report.requirements.find((one) => one.id === id)?.reason ?? 'it is not in that report';
  const groups = groupBy(changes, (change) => {
    const isNowUnknown = isUnknown(change.after);
    const why = reasonIn(isNowUnknown ? after : before, change.id);
    return `${arrow(change)}, ${isNowUnknown ? 'now' : 'before'}: ${cut(oneLine(why), 150)}`;
  });
  const largest = [...groups].sort(([, one], [, other]) => other.length - one.length);
  const rest = largest.slice(mostReasons).flatMap(([, group]) => group);
  return [
    ...largest.slice(0, mostReasons).map(([what, group]) => `${what} (${listed(group, 'requirement')})`),
    ...(rest.length > 0 ? [`${count(rest.length, 'requirement')} for other reasons; --json lists them`] : []),
  ];
}

function foldedByChange(changes: readonly Change<Outcome>[]): string[] {
  return [...groupBy(changes, arrow)].flatMap(([what, group]) =>
    group.length > mostListed ? [`${what}: ${listed(group, 'test')}`] : group.map(changeText),
  );
}

function listed(changes: readonly Change<string>[], noun: string): string {
  const ids = changes.map(({ id }) => oneLine(id));
  return ids.length > mostListed ? `${count(ids.length, noun)}: ${ids.slice(0, 3).join(', ')} …` : ids.join(', ');
}

function changeText(change: Change<string>): string {
  return `${oneLine(change.id)}: ${arrow(change)}`;
}

function arrow({ before, after }: Change<string>): string {
  return `${before ?? 'not in the first report'} → ${after ?? 'not in the second report'}`;
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
