import type { Report, TestResult } from './report.ts';

/** What happens while a run goes on, for live output. */
export type RunEvent =
  | {
      readonly type: 'run-start';
      readonly target: Report['target'];
      readonly tests: readonly { readonly id: string; readonly suite: string; readonly title: string }[];
    }
  | { readonly type: 'test-start'; readonly id: string }
  /** How far something long has come. */
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'test-end'; readonly result: TestResult }
  | { readonly type: 'run-end'; readonly report: Report };
