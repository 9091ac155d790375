import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Journey, type JourneyOutcome, noWayToDeny, noWayToWithhold, type StopCause } from '../browser/journey.ts';
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
const stopped = (cause: StopCause) => ({
  ...travelled,
  kind: 'stopped' as const,
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
function sessionsWith(end: (count: number, atOnce: number, journey: Journey) => JourneyOutcome) {
  let count = 0;
  let atOnce = 0;
  const drive = async (driven: Journey) => {
    count += 1;
    atOnce += 1;
    const [number, most] = [count, atOnce];
    await tick();
    const outcome = end(number, Math.max(most, atOnce), driven);
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

  it('is left alone by those who come while that is found out', async () => {
    const { sessions } = sessionsWith((_, atOnce) => (atOnce > 1 ? stopped('wrong-credentials') : returned));
    const drive = async (after: number) => {
      for (let passed = 0; passed < after; passed += 1) await tick();
      return sessions.drive('ann', await sessions.open(), journey);
    };
    expect((await drive(0)).kind).toBe('returned');
    const outcomes = await Promise.all([0, 0, 1, 2, 3, 4, 5, 6].map(drive));
    expect(outcomes.filter(({ kind }) => kind !== 'returned')).toEqual([]);
  });

  it('is asked no more where what was accepted before is refused now, too', async () => {
    const { sessions, driven } = sessionsWith((number) => (number === 1 ? returned : stopped('wrong-credentials')));
    const drive = () => sessions.drive('ann', null, journey);
    const kinds = [await drive(), await drive(), await drive()].map(({ kind }) => kind);
    expect(kinds).toEqual(['returned', 'stopped', 'stopped']);
    expect(driven()).toBe(4);
  });

  it('goes on where it is a request that is refused, as often as there are such', async () => {
    const refused = { ...journey, start: { url: 'https://ehr.test/?code_challenge_method=S512' } };
    const { sessions } = sessionsWith((_count, _atOnce, { start }) =>
      start === refused.start ? stopped('wrong-credentials') : returned,
    );
    const drive = (one: Journey) => sessions.drive('ann', null, one);
    expect((await drive(journey)).kind).toBe('returned');
    for (const _ of [1, 2, 3]) {
      expect(await drive(refused)).toMatchObject({
        cause: 'stuck',
        message: 'the page asks again with this request; with another they are accepted',
      });
      expect((await drive(journey)).kind).toBe('returned');
    }
  });
});

describe('a user for whom a page wants a person', () => {
  it.each([
    ['does not go on before a sign-in has worked', ['stopped', 'returned'], ['stopped', 'stopped'], 1],
    ['goes on where a sign-in has worked', ['returned', 'stopped', 'returned'], ['returned', 'stopped', 'returned'], 3],
    [
      'is asked for nothing more where that comes again and again',
      ['returned', 'stopped', 'stopped', 'stopped', 'returned'],
      ['returned', 'stopped', 'stopped', 'stopped', 'stopped'],
      4,
    ],
  ])('%s', async (_, coming, come, times) => {
    const { sessions, driven } = sessionsWith((number) =>
      coming[number - 1] === 'returned' ? returned : stopped('needs-person'),
    );
    const kinds: string[] = [];
    for (const _of of coming) kinds.push((await sessions.drive('ann', null, journey)).kind);
    expect(kinds).toEqual(come);
    expect(driven()).toBe(times);
  });
});

describe('a user who has never got through', () => {
  it('is not driven for ever to where all get stuck in the same way', async () => {
    const { sessions, driven } = sessionsWith(() => stopped('stuck'));
    for (let count = 0; count < 9; count += 1) {
      expect(await sessions.drive('ann', null, journey)).toMatchObject({ cause: 'stuck' });
    }
    expect(driven()).toBe(4);
  });

  it('goes on where it is another page each time', async () => {
    const { sessions, driven } = sessionsWith((number) =>
      number === 6 ? returned : { ...stopped('stuck'), message: `stuck at ${number % 2}` },
    );
    for (let count = 0; count < 6; count += 1) await sessions.drive('ann', null, journey);
    expect(driven()).toBe(6);
  });
});

describe('a user who gets stuck in a browser signed in to before', () => {
  it('goes on in one of its own, from then on', async () => {
    let opened = 0;
    const used: number[] = [];
    const sessions = createBrowserSessions({
      openSession: async () => {
        opened += 1;
        const session = opened;
        let isReturning = false;
        return {
          drive: async () => {
            used.push(session);
            const outcome = isReturning ? stopped('stuck') : returned;
            isReturning = true;
            return outcome;
          },
          close: async () => {},
        };
      },
      close: async () => {},
    });
    for (const _ of [1, 2, 3]) expect((await sessions.drive('ann', null, journey)).kind).toBe('returned');
    expect(used).toEqual([1, 1, 2, 3]);
  });

  it('goes on in one of its own, too, where one of its sessions at a time is good', async () => {
    let opened = 0;
    const openSession = async () => {
      opened += 1;
      const session = opened;
      let count = 0;
      return {
        drive: async () => {
          count += 1;
          // The second is refused as another is signed in; the pages hold the user to the first in each browser.
          if (session === 1 && count === 2) return stopped('wrong-credentials');
          return session === 1 && count > 3 ? stopped('stuck') : returned;
        },
        close: async () => {},
      };
    };
    const sessions = createBrowserSessions({ openSession, close: async () => {} });
    for (const _ of [1, 2, 3, 4]) expect((await sessions.drive('ann', null, journey)).kind).toBe('returned');
  });

  it('is not driven twice for ever where that does not help', async () => {
    const { sessions, driven } = sessionsWith((number) => (number === 1 ? returned : stopped('stuck')));
    for (let count = 0; count < 6; count += 1) await sessions.drive('ann', null, journey);
    expect(driven()).toBe(6 + 3);
  });

  it.each([noWayToDeny, noWayToWithhold])('is told at once that %s', async (message) => {
    const { sessions, driven } = sessionsWith((number) =>
      number === 1 ? returned : { ...stopped('stuck'), message: `${message} x` },
    );
    for (const _ of [1, 2]) await sessions.drive('ann', null, journey);
    expect(driven()).toBe(2);
  });
});
