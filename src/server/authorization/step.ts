import type { FormPage } from '../pages/form-page.ts';
import type { Session, Transaction } from '../vault.ts';

/** One page on the way to an authorization code. */
export interface Step<Visit> {
  readonly name: string;
  /** Whether it is still to be taken. */
  isDue(visit: Visit): boolean;
  /** Without `action` and `hidden`, which say where answers go. */
  page(visit: Visit): StepPage;
  /** Takes the answer. @returns what was wrong with it, for the user; null when it was in order */
  take(visit: Visit, answer: URLSearchParams): string | null;
}

export type StepPage = Omit<FormPage, 'action' | 'hidden' | 'problem'>;

/** Somebody's way through sign-in. */
export interface SignInVisit {
  readonly session: Session;
}

/** Somebody's way through an authorization request. */
export interface AuthorizationVisit extends SignInVisit {
  readonly transaction: Transaction;
}

/** The page of the first step that is due; null when all have been taken. */
export function nextPage<Visit>(
  steps: readonly Step<Visit>[],
  visit: Visit,
  action: string,
  problem: string | null,
): FormPage | null {
  const step = steps.find((candidate) => candidate.isDue(visit));
  if (!step) return null;
  return { ...step.page(visit), action, hidden: { step: step.name }, ...(problem !== null && { problem }) };
}

/** Hands an answer to the step it is for, if that is still due. @returns what was wrong with it */
export function takeAnswer<Visit>(steps: readonly Step<Visit>[], visit: Visit, answer: URLSearchParams): string | null {
  const step = steps.find((candidate) => candidate.name === answer.get('step'));
  return step?.isDue(visit) ? step.take(visit, answer) : null;
}
