import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Journey, JourneyOutcome, StopCause } from '../browser/journey.ts';
import { createBrowserSessions } from './browser-sessions.ts';

const travelled = { exchanges: [], strip: [] };
const returned: JourneyOutcome = {
  ...travelled,
  kind: 'returned',
  url: 'https://app.test/callback',
  method: 'GET',
  parameters: new URLSearchParams('code=c'),
  from: 'query',
};
const stopped = (cause: StopCause): JourneyOutcome => ({
  ...travelled,
  kind: 'stopped',
  cause,
  message: 'the page asks again',
  lastStatus: 200,
});
const journey: Journey = {
  start: { url: 'https://ehr.test/' },
  until: [],
  pick: {},
  consent: 'approve',
  drive: 'auto',
  steps: [],
  values: {},
};

/** Sessions whose journeys come to what `end` says, told which it is and how many are under way. */
function sessionsWith(end: (count: number, atOnce: number) => JourneyOutcome) {
  let count = 0;
  let atOnce = 0;
  const drive = async () => {
    count += 1;
    atOnce += 1;
    const [number, most] = [count, atOnce];
    await tick();
    const outcome = end(number, Math.max(most, atOnce));
    atOnce -= 1;
    return outcome;
  };
  const openSession = async () => ({ drive, close: async () => {} });
  const sessions = createBrowserSessions({ openSession, close: async () => {} });
  return { sessions, driven: () => count };
}

describe('a user who is asked for the password again', () => {
  it('is not signed in again before a sign-in has worked', async () => {
    const { sessions, driven } = sessionsWith(() => stopped('wrong-credentials'));
    const drive = () => sessions.drive('ann', null, journey);
    expect((await Promise.all([drive(), drive()])).map(({ kind }) => kind)).toEqual(['stopped', 'stopped']);
    expect(driven()).toBe(1);
  });

  it('is signed in once more, and one at a time from then on, where signing in elsewhere signs out', async () => {
    const { sessions } = sessionsWith((_, atOnce) => (atOnce > 1 ? stopped('wrong-credentials') : returned));
    const drive = async () => sessions.drive('ann', await sessions.open(), journey);
    expect((await drive()).kind).toBe('returned');
    for (const _ of [1, 2]) {
      const outcomes = await Promise.all([drive(), drive(), drive()]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['returned', 'returned', 'returned']);
    }
  });

  it('is not asked a third time', async () => {
    const { sessions, driven } = sessionsWith((number) => (number === 1 ? returned : stopped('wrong-credentials')));
    const drive = () => sessions.drive('ann', null, journey);
    const kinds = [await drive(), await drive(), await drive()].map(({ kind }) => kind);
    expect(kinds).toEqual(['returned', 'stopped', 'stopped']);
    expect(driven()).toBe(3);
  });
});
