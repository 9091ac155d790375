/** What came of a profile, in words: the one page that answers "would this pass?". */
import type { ClauseReason, ClauseResult, ClauseVerdict, ProfileResult, Report } from '../src/kit/index.ts';
import { count } from './wording.ts';

export const clauseWords: Readonly<Record<ClauseVerdict, string>> = {
  violated: 'not met',
  open: 'not decided',
  warned: 'recommended, missing',
  met: 'met',
  attest: 'to be attested',
};

/** The clauses as a reader wants to hear of them. */
export const clausesWorstFirst: readonly ClauseVerdict[] = ['violated', 'open', 'warned', 'met', 'attest'];

export interface Headline {
  readonly question: string;
  readonly answer: 'Yes' | 'No' | 'Not decided';
  readonly tone: 'good' | 'bad' | 'open';
  /** Without a full stop. */
  readonly sentence: string;
}

export function headline(profile: ProfileResult): Headline {
  const number = (verdict: ClauseVerdict) => profile.clauses.filter((clause) => clause.verdict === verdict).length;
  const counts = clausesWorstFirst
    .filter((verdict) => number(verdict) > 0)
    .map((verdict) => `${number(verdict)} ${clauseWords[verdict]}`);
  const answers = {
    pass: { answer: 'Yes', tone: 'good' },
    fail: { answer: 'No', tone: 'bad' },
    open: { answer: 'Not decided', tone: 'open' },
  } as const;
  const toAttest = profile.clauses.filter(({ attest }) => attest !== undefined).length;
  const attested = profile.verdict === 'pass' && toAttest > 0 ? ', as far as can be seen from outside' : '';
  return {
    question: `Would this pass ${profile.title}?`,
    ...answers[profile.verdict],
    sentence: `of ${count(profile.clauses.length, 'clause')}: ${counts.join(', ')}${attested}`,
  };
}

const shownReasons = 4;

/** Why a clause is not met, the first few reasons. */
export function reasonsOf({ reasons }: ClauseResult): {
  readonly shown: readonly ClauseReason[];
  readonly more: number;
} {
  const worst = (['violated', 'warned', 'open'] as const).flatMap((verdict) =>
    reasons.filter((reason) => reason.verdict === verdict),
  );
  return { shown: worst.slice(0, shownReasons), more: Math.max(0, worst.length - shownReasons) };
}

/** The clauses of the profile that a requirement serves, as people cite them. */
export function citations({ profile }: Report, clauses: readonly string[] | undefined): readonly string[] {
  const cited = (profile?.clauses ?? [])
    .filter(({ id }) => clauses?.includes(id))
    .map(({ cite, id }) => `${cite} (${id})`);
  return [...new Set(cited)];
}
