/** Numbers, times and outcomes in words, the same in every report. */
import type { Outcome, RequirementVerdict, SkipReason } from '../src/kit/index.ts';

/** `1 test`, `2 tests` */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;
}

/** Milliseconds as `812 ms`, `1.2 s` or `3 min 4 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An ISO 8601 time as `2026-11-23 10:00:00 UTC`; anything else as it is. */
export function utc(time: string): string {
  const [, date, clock] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(time) ?? [];
  return date === undefined ? time : `${date} ${clock} UTC`;
}

/** What each reason for skipping a test means to a reader. */
export const skipWords: Readonly<Record<SkipReason, string>> = {
  'not-advertised': 'not advertised',
  'not-configured': 'not configured',
  'not-allowed': 'not allowed',
  undecided: 'undecided',
};

/** The outcomes as a reader wants to hear of them. */
export const worstFirst: readonly Outcome[] = ['failed', 'errored', 'warned', 'blocked', 'passed', 'skipped'];

/** The verdicts on requirements in the same order. */
export const verdictsWorstFirst: readonly RequirementVerdict[] = ['violated', 'warned', 'holds', 'untested'];

/** `2 failed, 38 passed`: the outcomes that occurred. */
export function tally(summary: Readonly<Record<Outcome, number>>): string {
  const words = worstFirst.filter((outcome) => summary[outcome] > 0).map((outcome) => `${summary[outcome]} ${outcome}`);
  return words.length === 0 ? 'no tests' : words.join(', ');
}
