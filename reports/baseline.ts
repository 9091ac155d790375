/** What became of the findings that were known, in words. */
import type { BaselineEntryResult, Finding, Report } from '../src/kit/index.ts';

export interface BaselineGroup {
  readonly title: string;
  readonly entries: readonly BaselineEntryResult[];
}

const titles = {
  expired: 'expired, so that they fail',
  cured: 'cured: take them out of the baseline',
  unseen: 'not seen, as their tests came to no verdict',
  known: 'known',
} as const;

/** The entries of the baseline by what became of them, those that somebody must act on first. */
export function baselineGroups({ baseline }: Report): readonly BaselineGroup[] {
  return (['expired', 'cured', 'unseen', 'known'] as const)
    .map((status) => ({
      title: titles[status],
      entries: (baseline?.findings ?? []).filter((entry) => entry.status === status),
    }))
    .filter(({ entries }) => entries.length > 0);
}

/** `discovery/tls-1-2 (by discovery/tls), until 2027-03-31: …` */
export function entryText({ requirement, test, expires, reason }: BaselineEntryResult): string {
  return `${requirement}${test === undefined ? '' : ` (by ${test})`}, until ${expires}: ${reason}`;
}

/** Said beside a finding that the baseline knows; null of any other. */
export function bearing({ baseline }: Finding): string | null {
  if (!baseline) return null;
  const { reason, expires, expired } = baseline;
  return expired ? `was borne until ${expires}: ${reason}` : `borne until ${expires}: ${reason}`;
}

/** Whether the baseline bears all that fails in these findings. */
export function isBorne(findings: readonly Finding[]): boolean {
  const failed = findings.filter(({ level }) => level === 'fail');
  return failed.length > 0 && failed.every(({ baseline }) => baseline !== undefined && !baseline.expired);
}

/** Ids of the tests that rest on requests sent more than once, with those exchanges. */
export function retriedTests({
  tests,
}: Report): readonly { readonly id: string; readonly retried: readonly string[] }[] {
  return tests.flatMap(({ id, retried }) => (retried ? [{ id, retried }] : []));
}
