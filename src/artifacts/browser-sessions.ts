import {
  type AuthorizeBrowser,
  type BrowserSession,
  type Journey,
  type JourneyOutcome,
  noWayToDeny,
  noWayToWithhold,
} from '../browser/journey.ts';

/** Causes after which the same user must not try again: accounts get locked. */
const finalCauses = ['wrong-credentials', 'locked', 'needs-otp', 'needs-person'];

/** Contexts in which one user is signed in: the second costs a sign-in, and saves time only where many wait. */
const mostPerUser = 3;
const waitingForAnother = 4;
/** Times that what got stuck is tried in another browser and gets stuck there, too, until it is tried no more. */
const mostInVain = 3;

/** Times in a row that somebody who has never got through gets stuck in the same way. */
const mostStuck = 4;

/** Times in a row that a person is needed where none was before. */
const mostUnaided = 3;

/** The browser contexts of a run. */
export interface BrowserSessions {
  /** One in which nobody has signed in. */
  open(): Promise<BrowserSession>;
  /**
   * Drives for the user of an account, in a context of its own or in one that the user has signed in to before. In each context one
   * journey at a time: many a server keeps one authorization request per browser in mind, and takes the next for it. One
   * at a time, too, until a sign-in has worked, so that a wrong password is tried once, and where who signs in is signed
   * out elsewhere.
   */
  drive(account: string, own: BrowserSession | null, journey: Journey): Promise<JourneyOutcome>;
  close(): Promise<void>;
}

export function createBrowserSessions(browser: AuthorizeBrowser): BrowserSessions {
  const opened: Promise<BrowserSession>[] = [];
  const pools = new Map<string, Pool>();
  const queues = new WeakMap<BrowserSession, Promise<unknown>>();
  const turns = new Map<string, Promise<unknown>>();
  /** Accounts whose password was taken, by what was asked for then. */
  const proven = new Map<string, Journey>();
  const barred = new Map<string, JourneyOutcome>();
  /** Accounts of which one session at a time is good, and those of which that is being found out. */
  const solitary = new Set<string>();
  /** Accounts that get through in a browser of its own for each journey alone. */
  const separate = new Set<string>();
  /** How often such a browser led nowhere, either. */
  const inVain = new Map<string, number>();
  /** How often in a row a person was needed. */
  const unaided = new Map<string, number>();
  /** In what way accounts that have never got through are stuck, and how often in a row. */
  const stuck = new Map<string, { readonly message: string; readonly times: number }>();
  const underWay = new Map<string, Set<Promise<unknown>>>();

  const underWayFor = (account: string): Set<Promise<unknown>> => {
    const own = underWay.get(account) ?? new Set();
    underWay.set(account, own);
    return own;
  };
  const open = (): Promise<BrowserSession> => {
    const session = browser.openSession();
    opened.push(session);
    return session;
  };
  const poolOf = (account: string): Pool => {
    const pool = pools.get(account) ?? createPool(open);
    pools.set(account, pool);
    return pool;
  };
  const driveOwn = (session: BrowserSession, journey: Journey): Promise<JourneyOutcome> => {
    const driven = (queues.get(session) ?? Promise.resolve()).then(() => session.drive(journey));
    queues.set(
      session,
      driven.catch(() => undefined),
    );
    return driven;
  };
  const driveIn = (account: string, own: BrowserSession | null, journey: Journey): Promise<JourneyOutcome> => {
    const driven = own ? driveOwn(own, journey) : poolOf(account).lend((session) => session.drive(journey));
    const all = underWayFor(account);
    const settled = driven.catch(() => undefined).finally(() => all.delete(settled));
    all.add(settled);
    return driven;
  };
  /** Once; a password that was never taken is not tried again. */
  const driveNow = async (account: string, own: BrowserSession | null, journey: Journey): Promise<JourneyOutcome> => {
    const before = barred.get(account);
    if (before) return before;
    const outcome = await driveIn(account, own, journey);
    // Some servers ask for consent first, and for the password after it.
    if (outcome.kind === 'returned' && outcome.from !== 'consent') {
      proven.set(account, journey);
      unaided.delete(account);
    } else if ((isFinal(outcome) && !mayPass(account, outcome)) || isHopeless(account, outcome)) {
      barred.set(account, outcome);
    }
    return outcome;
  };
  /** Pages that lead nobody on, whatever is asked for. */
  const isHopeless = (account: string, outcome: JourneyOutcome): boolean => {
    if (proven.has(account) || outcome.kind === 'returned' || !isStuck(outcome)) return false;
    const before = stuck.get(account);
    const times = before?.message === outcome.message ? before.times + 1 : 1;
    stuck.set(account, { message: outcome.message, times });
    return times >= mostStuck;
  };
  /** Whoever has got through before: it may be this request alone that does not. */
  const mayPass = (account: string, outcome: JourneyOutcome): boolean => {
    if (!proven.has(account)) return false;
    if (outcome.kind !== 'stopped' || outcome.cause !== 'needs-person') return asksAgain(outcome);
    const times = (unaided.get(account) ?? 0) + 1;
    unaided.set(account, times);
    return times < mostUnaided;
  };
  /** Some servers hold a user to what was asked for first in a browser: another shows it. */
  const driveAfresh = async (account: string, journey: Journey): Promise<JourneyOutcome> => {
    const session = await open();
    const outcome = await driveNow(account, session, journey);
    await session.close();
    return outcome;
  };
  const driveOnce = async (account: string, own: BrowserSession | null, journey: Journey): Promise<JourneyOutcome> => {
    if (own === null && separate.has(account)) return driveAfresh(account, journey);
    const outcome = await driveNow(account, own, journey);
    const vain = inVain.get(account) ?? 0;
    if (own !== null || !proven.has(account) || !isStuck(outcome) || vain >= mostInVain) return outcome;
    const again = await driveAfresh(account, journey);
    if (again.kind === 'returned') separate.add(account);
    else inVain.set(account, vain + 1);
    return isStuck(again) ? outcome : again;
  };
  /**
   * Nobody else being under way. Where a password is refused that was taken before, what was asked for then is asked for
   * again: it may be this request that the server refuses when somebody has signed in.
   */
  const driveAlone = async (account: string, own: BrowserSession | null, journey: Journey): Promise<JourneyOutcome> => {
    const outcome = await driveOnce(account, own, journey);
    const known = proven.get(account);
    if (!asksAgain(outcome) || !known || barred.has(account)) return outcome;
    const control = await driveIn(account, await open(), known);
    if (control.kind === 'returned') return refusedHere(outcome);
    barred.set(account, outcome);
    return outcome;
  };
  const inTurn = (account: string, run: () => Promise<JourneyOutcome>): Promise<JourneyOutcome> => {
    const driven = (turns.get(account) ?? Promise.resolve()).then(run);
    // Whoever comes next waits for this one, however it ends.
    turns.set(
      account,
      driven.catch(() => undefined),
    );
    return driven;
  };
  return {
    open,
    async drive(account, own, journey) {
      if (!proven.has(account) || solitary.has(account)) {
        return inTurn(account, () => driveAlone(account, own, journey));
      }
      const outcome = await driveOnce(account, own, journey);
      if (!asksAgain(outcome)) return outcome;
      // The password has been taken before: another sign-in may have ended this one, and is not to end the next.
      const wasSolitary = solitary.has(account);
      solitary.add(account);
      return inTurn(account, async () => {
        while (underWayFor(account).size > 0) await Promise.all(underWayFor(account));
        const again = await driveAlone(account, own, journey);
        if (again.kind === 'returned') solitary.add(account);
        else if (!wasSolitary) solitary.delete(account);
        return again;
      });
    },
    async close() {
      await Promise.allSettled(opened.map(async (session) => (await session).close()));
    },
  };
}

function isFinal(outcome: JourneyOutcome): boolean {
  return outcome.kind === 'stopped' && finalCauses.includes(outcome.cause);
}

function asksAgain(outcome: JourneyOutcome): boolean {
  return outcome.kind === 'stopped' && outcome.cause === 'wrong-credentials';
}

/** The pages led nowhere, other than by what they never have. */
function isStuck(outcome: JourneyOutcome): boolean {
  if (outcome.kind === 'returned' || outcome.cause !== 'stuck') return false;
  return ![noWayToWithhold, noWayToDeny].some((reason) => outcome.message.startsWith(reason));
}

/** The same user has signed in with the same password since. */
function refusedHere(outcome: JourneyOutcome): JourneyOutcome {
  if (outcome.kind === 'returned') return outcome;
  const [first = '', ...rest] = outcome.message.split('\n');
  const message = [`${first} with this request; with another they are accepted`, ...rest].join('\n');
  return { ...outcome, cause: 'stuck', message };
}

interface Pool {
  /** Lends a session to one at a time. */
  lend<Result>(use: (session: BrowserSession) => Promise<Result>): Promise<Result>;
}

function createPool(open: () => Promise<BrowserSession>): Pool {
  const idle: Promise<BrowserSession>[] = [];
  const waiting: ((session: Promise<BrowserSession>) => void)[] = [];
  let count = 0;

  const take = (): Promise<BrowserSession> => {
    const free = idle.pop();
    if (free) return free;
    if (count === 0 || (count < mostPerUser && waiting.length >= waitingForAnother)) {
      count += 1;
      return open();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    async lend(use) {
      const session = take();
      try {
        return await use(await session);
      } finally {
        const next = waiting.shift();
        if (next) next(session);
        else idle.push(session);
      }
    },
  };
}
