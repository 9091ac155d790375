import type { Evidence, Exchange, Finding, Judge, Level, Outage, Remark, Test } from '../kit/index.ts';

/** What a judge has to know beside the test. */
export interface Circumstances {
  /** Ids of the requirements that apply in this run; findings on others are dropped. */
  readonly applicable: { has(id: string): boolean };
  /** Ids of the requirements that a profile demands, though the guide may only recommend them. */
  readonly mandatory: { has(id: string): boolean };
  /** Whether an exchange used a token after it had expired, which says nothing against the server. */
  readonly isTooLate: (exchange: Exchange) => boolean;
  /** Whether one used what the server had ended for something later, which says nothing at all. */
  readonly isOutlived: (exchange: Exchange) => boolean;
  /** When an exchange met nobody where the server had answered before. */
  readonly outageOf: (exchange: Exchange) => Outage | null;
  /** Of the run: what is found after it rests on requests that were cut off, and is dropped. */
  readonly end: AbortSignal;
}

/** The findings of one test, as they come. */
export interface Judgement {
  readonly judge: Judge;
  readonly findings: readonly Finding[];
  /** Whether the test judged anything. */
  judged(): boolean;
  /** Whether it was given tokens that expired under it. */
  tooLate(): boolean;
  /** The outage that some of what it saw is owed to. */
  outage(): Outage | null;
}

/**
 * A judge that collects the findings of one test.
 *
 * @param test - may decide its requirements, and one that informs accuses nobody
 */
export function collectFindings(
  { requirements: declared, informs }: Pick<Test, 'requirements' | 'informs'>,
  { applicable, mandatory, isTooLate, isOutlived, outageOf, end }: Circumstances,
): Judgement {
  const findings: Finding[] = [];
  let judged = false;
  let tooLate = false;
  let outage: Outage | null = null;

  const state = (finding: Finding) => {
    if (!declared.includes(finding.requirement)) {
      throw new Error(`the test judged ${finding.requirement}, which it does not declare`);
    }
    if (informs && (finding.level === 'fail' || finding.level === 'warn')) {
      throw new Error(`the test informs, and found fault with ${finding.requirement}`);
    }
    judged = true;
    if (end.aborted) return;
    if (applicable.has(finding.requirement)) findings.push(finding);
  };
  const outageIn = (exchanges: readonly Exchange[]): Outage | null => {
    const met = exchanges.map(outageOf).find((one) => one !== null) ?? null;
    outage ??= met;
    return met;
  };
  /** Why what answers show counts neither against the server nor, where something was to be refused, for it. */
  const excuseIn = (exchanges: readonly Exchange[], { expired, unanswered }: Evidence, level: Level): string | null => {
    const busy = exchanges.find(isThrottled);
    if (busy) {
      return `the server asked to be left alone (${busy.response?.status}); run this test again when it is less busy`;
    }
    const down = outageIn(exchanges);
    if (down) return down.reason;
    const silent = unanswered === 'meant' ? undefined : exchanges.find(isUnanswered);
    if (silent) return whyUnanswered(silent);
    if (expired === 'meant') return null;
    if (exchanges.some(isOutlived)) {
      return 'what was used had ended when the server gave something later to the same app and user; run this test alone';
    }
    const isLate = exchanges.some((one) => isTooLate(one) && (level !== 'pass' || one.response?.status === 401));
    tooLate ||= isLate;
    return isLate ? 'the access token had expired before it was used: its lifetime is too short' : null;
  };
  const weigh = (requirement: string, level: Level, evidence: Evidence) => {
    const { expected, actual } = evidence;
    const exchanges = listed(evidence.because);
    const excuse = excuseIn(exchanges, evidence, level);
    state({
      requirement,
      level: excuse ? 'undecided' : level === 'warn' && mandatory.has(requirement) ? 'fail' : level,
      message:
        excuse ??
        (level === 'pass' ? `as expected: ${expected}` : (evidence.message ?? `expected ${expected}; got ${actual}`)),
      expected,
      actual,
      exchanges: idsOf(exchanges),
    });
  };
  const remark = (requirement: string, level: Level, { message, because }: Remark) => {
    const exchanges = listed(because);
    if (level === 'undecided') outageIn(exchanges);
    state({ requirement, level, message, exchanges: idsOf(exchanges) });
  };

  return {
    findings,
    judged: () => judged,
    tooLate: () => tooLate,
    outage: () => outage,
    judge: {
      must: (requirement, holds, evidence) => weigh(requirement, holds ? 'pass' : 'fail', evidence),
      should: (requirement, holds, evidence) => weigh(requirement, holds ? 'pass' : 'warn', evidence),
      info: (requirement, said) => remark(requirement, 'info', said),
      undecided: (requirement, said) => remark(requirement, 'undecided', said),
    },
  };
}

function listed(because: Evidence['because']): readonly Exchange[] {
  if (because === undefined) return [];
  return 'id' in because ? [because] : because;
}

/** The ids of exchanges as evidence: with each the redirects that led to it, and the attempts that failed before. */
export function idsOf(exchanges: readonly Exchange[]): readonly string[] {
  return [
    ...new Set(exchanges.flatMap(({ id, redirectedFrom = [], retryOf = [] }) => [...redirectedFrom, ...retryOf, id])),
  ];
}

/** A request that got lost, or its answer did: networks lose some, and who is asked in vain has judged nothing. */
function isUnanswered({ by, response, error }: Exchange): boolean {
  return by === 'http' && response === null && (error?.kind === 'connection' || error?.kind === 'timeout');
}

function whyUnanswered({ request: { method, url }, error }: Exchange): string {
  return `${method} ${url} was not answered, which decides nothing: ${error?.message}`;
}

/** An answer that says nothing about conformance: the client has already waited as told. */
function isThrottled({ response }: Exchange): boolean {
  if (!response) return false;
  return response.status === 429 || (response.status === 503 && 'retry-after' in response.headers);
}
