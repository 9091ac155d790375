import { expect, it } from 'vitest';
import type { JourneyOutcome, StopCause } from '../browser/journey.ts';
import { isTrouble, pickedInstead } from './authorization-outcome.ts';

const journey = (...titles: string[]): JourneyOutcome => ({
  kind: 'returned',
  url: 'https://app.example.org/callback',
  method: 'GET',
  parameters: new URLSearchParams(),
  from: 'query',
  exchanges: [],
  strip: titles.map((title) => ({ title, jpeg: null })),
});

it.each([
  ['nobody was picked', 'patient', [], false],
  ['the one who is wished for was', 'patient', ['sign in as "ann"', 'pick "Ann"'], false],
  ['another was', 'patient', ['sign in as "ann"', 'pick "Bea", for want of "p1" or "Ann"'], true],
  ['another was, and the visit that is wished for', 'patient', ['pick "Bea", for want of "p1"', 'pick "v1"'], true],
  ['the one was, and a visit among hers', 'patient', ['pick "Ann"', 'pick "v2", for want of "p1"'], false],
  ['the one was, and another visit', 'encounter', ['pick "Ann"', 'pick "v2", for want of "p1"'], true],
  ['another was wished for', 'patient', ['pick "Bea", for want of "p2"'], false],
] as const)('where %s, what came for a %s is excused or not', (_what, kind, titles, isExcused) => {
  expect(pickedInstead(kind, 'p1', [journey(...titles)]) !== null).toBe(isExcused);
});

it.each<[StopCause, boolean]>([
  ['stuck', false],
  ['error-page', false],
  ['network', true],
  ['timeout', true],
  ['interrupted', true],
])('that a journey ended because of %s says nothing of the server: %s', (cause, isSo) => {
  const outcome: JourneyOutcome = { kind: 'stopped', cause, message: '', lastStatus: null, exchanges: [], strip: [] };
  expect([isTrouble({ outcome }), isTrouble({ outcome: journey() })]).toEqual([isSo, false]);
});
