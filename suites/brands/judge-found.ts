import type { BrandSurvey } from '../../src/fhir/brands/brand-survey.ts';
import type { DefectGroup, Place } from '../../src/fhir/brands/defects.ts';
import type { Exchange, Judge } from '../../src/kit/index.ts';

/** Kinds of defect that get a finding each; what there is beyond them shares the last one. */
const mostFindings = 12;

export interface FoundBy<Id extends string> {
  readonly requirement: Id;
  readonly found: readonly DefectGroup[];
  /** `brand`, `Endpoint`, `entry`; of how many. */
  readonly noun: readonly [one: string, many: string];
  readonly total: number;
  readonly expected: string;
  readonly because: readonly Exchange[];
}

/** States one finding for each kind of defect, with how often it is there and the first places; a pass when there is none. */
export function judgeFound<Id extends string>(judge: Judge<Id>, by: FoundBy<Id>): void {
  const { requirement, expected, because } = by;
  const shown = by.found.slice(0, mostFindings);
  for (const group of shown) {
    const actual = inWords(group, by);
    const message = `${actual}; expected ${expected}`;
    if (group.severity === 'wrong') judge.must(requirement, false, { expected, actual, because, message });
    if (group.severity === 'odd') judge.should(requirement, false, { expected, actual, because, message });
    if (group.severity === 'note') judge.info(requirement, { message: actual, because });
    if (group.severity === 'open') judge.undecided(requirement, { message: actual, because });
  }
  const rest = by.found.slice(mostFindings);
  if (rest.length > 0) {
    judge.info(requirement, { message: `${rest.length} more kinds of defect, each in few places`, because });
  }
  if (by.found.every(({ severity }) => severity === 'note' || severity === 'open')) {
    judge.must(requirement, true, { expected, actual: `so it is in ${counted(by.total, by.noun)}`, because });
  }
}

function inWords({ what, count, places }: DefectGroup, { noun, total }: FoundBy<string>): string {
  const ofBundle = places[0]?.entry === null;
  const where = places.map(placeInWords).join('; ');
  const more = count > places.length ? '; \u2026' : '';
  return ofBundle ? `${what}: ${where}` : `${what}, in ${count} of ${counted(total, noun)}: ${where}${more}`;
}

export function placeInWords({ path, fullUrl, seen }: Place): string {
  const url = fullUrl === null ? '' : ` (${fullUrl})`;
  return `${path}${url}${seen === null ? '' : ` is ${JSON.stringify(seen)}`}`;
}

export function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

export const brandNoun = ['brand', 'brands'] as const;
export const endpointNoun = ['Endpoint', 'Endpoints'] as const;
export const entryNoun = ['entry', 'entries'] as const;

/** How many there are of what a rule judges. */
export function totalOf({ counts }: BrandSurvey, noun: readonly [string, string]): number {
  if (noun === brandNoun) return counts.brands;
  return noun === endpointNoun ? counts.endpoints : counts.entries;
}
