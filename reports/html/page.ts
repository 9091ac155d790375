import { groupBy, type JourneyRecord, type Report, type RequirementVerdict } from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';
import type { Markup } from './markup.ts';

/** A report with what more than one section of the page looks up in it. */
export interface Page {
  readonly report: Report;
  /** By exchange: ids of the tests that cite it. */
  readonly citedBy: ReadonlyMap<string, readonly string[]>;
  /** Exchanges that show something a reader must act on. */
  readonly telling: ReadonlySet<string>;
  /** The journeys that are spelled out, first those that a reader must act on. */
  readonly journeys: readonly JourneyRecord[];
  /** By exchange: which of them it belongs to, counted from 1. */
  readonly journeyOf: ReadonlyMap<string, number>;
}

/** Journeys that are spelled out; beyond it those that came back are left to results.json. */
const mostJourneys = 200;

/** One section of the page, in pieces; null when this report has nothing for it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** Its name in the list of contents. */
  readonly label: string;
  readonly pieces: Iterable<Markup>;
}

export function pageOf(report: Report): Page {
  const citations = report.tests.flatMap((test) =>
    [...new Set([...test.findings.flatMap(({ exchanges }) => exchanges), ...(test.exchanges ?? [])])].map(
      (exchange) => ({
        test: test.id,
        exchange,
      }),
    ),
  );
  const cited = groupBy(citations, ({ exchange }) => exchange);
  const telling = report.tests.flatMap((test) => [
    ...(test.exchanges ?? []),
    ...test.findings.filter(({ level }) => level === 'fail' || level === 'warn').flatMap(({ exchanges }) => exchanges),
  ]);
  const tells = new Set(telling);
  const journeys = urgentFirst(report.journeys, tells).slice(0, mostJourneys);
  return {
    report,
    citedBy: new Map([...cited].map(([id, citing]) => [id, citing.map(({ test }) => test)])),
    telling: tells,
    journeys,
    journeyOf: new Map(journeys.flatMap(({ exchanges }, index) => exchanges.map((id) => [id, index + 1]))),
  };
}

/** Where the browser got stuck, then what shows a failure or a warning, then the rest. */
function urgentFirst(journeys: readonly JourneyRecord[], telling: ReadonlySet<string>): readonly JourneyRecord[] {
  const rank = ({ outcome, cause, exchanges }: JourneyRecord): number => {
    if (outcome === 'stopped' && !isAtEase(cause)) return 0;
    if (exchanges.some((id) => telling.has(id))) return 1;
    return outcome === 'returned' ? 2 : 3;
  };
  return journeys.toSorted((one, other) => rank(one) - rank(other));
}

/** Many a test wants an error page: nothing to act on. */
export function isAtEase(cause: string | undefined): boolean {
  return cause === 'error-page' || cause === 'interrupted';
}

export const verdictSymbols: Readonly<Record<RequirementVerdict, string>> = {
  holds: outcomeSymbols.passed,
  warned: outcomeSymbols.warned,
  violated: outcomeSymbols.failed,
  untested: outcomeSymbols.skipped,
};
