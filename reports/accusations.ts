import {
  type Finding,
  groupBy,
  type Level,
  type Report,
  type RequirementResult,
  type TestResult,
} from '../src/kit/index.ts';

/** What was found against one requirement, by whichever tests found it. */
export interface Accusation {
  readonly requirement: Pick<RequirementResult, 'id'> & Partial<RequirementResult>;
  readonly remarks: readonly { readonly test: TestResult; readonly finding: Finding }[];
}

/** The findings of one level, gathered by requirement: each requirement once, in the order of the report's list. */
export function accusations(report: Report, level: Level): readonly Accusation[] {
  const remarks = report.tests.flatMap((test) =>
    test.findings.filter((finding) => finding.level === level).map((finding) => ({ test, finding })),
  );
  const byRequirement = groupBy(remarks, ({ finding }) => finding.requirement);
  const listed = report.requirements.filter(({ id }) => byRequirement.has(id));
  const known = new Set(listed.map(({ id }) => id));
  const unlisted = [...byRequirement.keys()].filter((id) => !known.has(id)).map((id) => ({ id }));
  return [...listed, ...unlisted].map((requirement) => ({
    requirement,
    remarks: byRequirement.get(requirement.id) ?? [],
  }));
}

/** Whether the message says no more than `expected` and `actual` do, so that a reader need not read it twice. */
export function onlyRestates({ message, expected, actual }: Finding): boolean {
  if (expected === undefined) return false;
  const rest = message.replace(expected, '').replace(actual ?? '', '');
  return rest.length < message.length && restating.test(rest);
}

const restating = /^[\s;:,.]*(?:as )?expected[\s;:,.]*(?:(?:but )?(?:got|found|was|saw)[\s;:,.]*)?$/i;
