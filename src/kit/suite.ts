import type { Requirement } from './requirement.ts';
import type { Test } from './test.ts';

/** The tests of one area of the guide, with the requirements they decide. */
export interface Suite {
  readonly id: string;
  readonly title: string;
  readonly requirements: readonly Requirement[];
  /** Empty while the suite is only catalogued. */
  readonly tests: readonly Test[];
}
