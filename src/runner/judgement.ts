import type { Evidence, Exchange, Finding, Judge, Level, Remark } from '../kit/index.ts';

/**
 * A judge that collects the findings of one test.
 *
 * @param declared - ids of the requirements the test may decide
 * @param applicable - ids of the requirements that apply in this run; findings on others are dropped
 */
export function collectFindings(
  declared: readonly string[],
  applicable: { has(id: string): boolean },
): { judge: Judge; findings: readonly Finding[]; judged: () => boolean } {
  const findings: Finding[] = [];
  let judged = false;

  const state = (finding: Finding) => {
    if (!declared.includes(finding.requirement)) {
      throw new Error(`the test judged ${finding.requirement}, which it does not declare`);
    }
    judged = true;
    if (applicable.has(finding.requirement)) findings.push(finding);
  };
  const weigh = (requirement: string, level: Level, evidence: Evidence) => {
    const { expected, actual } = evidence;
    const exchanges = listed(evidence.because);
    const busy = level !== 'pass' && exchanges.find(isThrottled);
    state({
      requirement,
      level: busy ? 'undecided' : level,
      message: busy
        ? `the server asked to be left alone (${busy.response?.status}); run this test again when it is less busy`
        : level === 'pass'
          ? `as expected: ${expected}`
          : (evidence.message ?? `expected ${expected}; got ${actual}`),
      expected,
      actual,
      exchanges: idsOf(exchanges),
    });
  };
  const remark = (requirement: string, level: Level, { message, because }: Remark) =>
    state({ requirement, level, message, exchanges: idsOf(listed(because)) });

  return {
    findings,
    judged: () => judged,
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

/** The ids of exchanges as evidence: with each the redirects that led to it. */
export function idsOf(exchanges: readonly Exchange[]): readonly string[] {
  return [...new Set(exchanges.flatMap(({ id, redirectedFrom = [] }) => [...redirectedFrom, id]))];
}

/** An answer that says nothing about conformance: the client has already waited once as told. */
function isThrottled({ response }: Exchange): boolean {
  if (!response) return false;
  return response.status === 429 || (response.status === 503 && 'retry-after' in response.headers);
}
