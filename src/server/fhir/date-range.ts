import { isJsonObject } from '../json.ts';

/** From `start` up to, not including, `end`; ms since the epoch. */
export interface DateRange {
  readonly start: number;
  readonly end: number;
}

const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** The time a FHIR date, dateTime or instant stands for, as exact as it is written; UTC where it names no zone. */
export function dateRange(text: string): DateRange | null {
  const [, year, month, day, hour, minute, second, fraction, zone = 'Z'] = parts.exec(text) ?? [];
  if (!year) return null;
  const clock = hour ? `T${hour}:${minute}:${second ?? '00'}.${(fraction ?? '').padEnd(3, '0').slice(0, 3)}` : '';
  const start = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}${clock || 'T00:00:00.000'}${zone}`);
  if (Number.isNaN(start)) return null;
  const end = new Date(start);
  if (!month) end.setUTCFullYear(end.getUTCFullYear() + 1);
  else if (!day) end.setUTCMonth(end.getUTCMonth() + 1);
  else if (!hour) end.setUTCDate(end.getUTCDate() + 1);
  else end.setTime(start + (fraction ? 1 : second ? 1000 : 60_000));
  return { start, end: end.getTime() };
}

/** The time of a date element or a Period, which may be open. */
export function elementRange(element: unknown): DateRange | null {
  if (typeof element === 'string') return dateRange(element);
  if (!isJsonObject(element)) return null;
  const [from, to] = [element.start, element.end].map((end) => (typeof end === 'string' ? dateRange(end) : null));
  return from || to ? { start: from?.start ?? -Infinity, end: to?.end ?? Infinity } : null;
}

const comparisons: Readonly<Record<string, (value: DateRange, asked: DateRange) => boolean>> = {
  eq: (value, asked) => value.start >= asked.start && value.end <= asked.end,
  ne: (value, asked) => value.start < asked.start || value.end > asked.end,
  gt: (value, asked) => value.end > asked.end,
  lt: (value, asked) => value.start < asked.start,
  ge: (value, asked) => value.start >= asked.start || value.end > asked.end,
  le: (value, asked) => value.end <= asked.end || value.start < asked.start,
  sa: (value, asked) => value.start >= asked.end,
  eb: (value, asked) => value.end <= asked.start,
};

/**
 * Reads a date to search for, such as `ge2026-01-01` (FHIR, "Search", prefixes).
 *
 * @returns the test a value must pass; null when the text is no such date
 */
export function dateTest(text: string): ((value: DateRange) => boolean) | null {
  const prefix = /^[a-z]{2}/.exec(text)?.[0];
  const compare = comparisons[prefix ?? 'eq'];
  const asked = dateRange(prefix ? text.slice(2) : text);
  return compare && asked ? (value) => compare(value, asked) : null;
}
