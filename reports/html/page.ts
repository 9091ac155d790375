import { groupBy, type Report, type RequirementVerdict } from '../../src/kit/index.ts';
import { outcomeSymbols } from '../symbols.ts';
import type { Markup } from './markup.ts';

/** A report with what more than one section of the page looks up in it. */
export interface Page {
  readonly report: Report;
  /** By exchange: ids of the tests that cite it. */
  readonly citedBy: ReadonlyMap<string, readonly string[]>;
  /** Exchanges that show something a reader must act on. */
  readonly telling: ReadonlySet<string>;
}

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
  return {
    report,
    citedBy: new Map([...cited].map(([id, citing]) => [id, citing.map(({ test }) => test)])),
    telling: new Set(telling),
  };
}

export const verdictSymbols: Readonly<Record<RequirementVerdict, string>> = {
  holds: outcomeSymbols.passed,
  warned: outcomeSymbols.warned,
  violated: outcomeSymbols.failed,
  untested: outcomeSymbols.skipped,
};
