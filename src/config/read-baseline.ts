import type { Baseline, KnownFinding } from '../kit/index.ts';
import type { MistakeAt } from './mistake.ts';
import { type Path, written } from './path.ts';
import { readChecked } from './read-checked.ts';
import { unknownName } from './unknown-name.ts';
import { quoted } from './wording.ts';

/** What a baseline may name. */
export interface BaselineCatalogue {
  readonly requirements: readonly string[];
  readonly tests: readonly string[];
}

/**
 * Reads a baseline (YAML or JSON).
 *
 * @throws UsageError that lists the mistakes in it, each with its place
 */
export function readBaselineFile(file: string, catalogue: BaselineCatalogue): Promise<Baseline> {
  return readChecked<Baseline>(file, 'baseline', ({ findings }) =>
    findings.flatMap((entry, index) => mistakesOf(entry, index, findings, catalogue)),
  );
}

function mistakesOf(
  { requirement, test, level = 'fail', expires }: KnownFinding,
  index: number,
  all: readonly KnownFinding[],
  { requirements, tests }: BaselineCatalogue,
): readonly MistakeAt[] {
  const at = (key: string): Path => ['findings', index, key];
  const unknown = (key: string, name: string, known: readonly string[]): readonly MistakeAt[] =>
    known.includes(name) ? [] : [unknownName(at(key), key, name, known)];
  const twice = all.findIndex(
    (other) => other.requirement === requirement && other.test === test && (other.level ?? 'fail') === level,
  );
  const message = `${written(['findings', index])}: the same finding stands at findings[${twice}]`;
  return [
    ...unknown('requirement', requirement, requirements),
    ...(test === undefined ? [] : unknown('test', test, tests)),
    ...(isDay(expires)
      ? []
      : [
          {
            path: at('expires'),
            at: 'value',
            message: `${written(at('expires'))}: there is no such day: ${quoted(expires)}`,
          } as const,
        ]),
    ...(twice < index ? [{ path: ['findings', index], at: 'value', message } as const] : []),
  ];
}

/** Whether a `2027-02-30` is in the calendar. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
