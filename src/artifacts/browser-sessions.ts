import type { AuthorizeBrowser, BrowserSession, Journey, JourneyOutcome } from '../browser/journey.ts';

/** Causes after which the same user must not try again: accounts get locked. */
const finalCauses = ['wrong-credentials', 'locked', 'needs-otp', 'needs-person'];

/** Contexts in which one user is signed in: the second costs a sign-in, and saves time only where many wait. */
const mostPerUser = 3;
const waitingForAnother = 4;

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
  const proven = new Set<string>();
  const barred = new Map<string, JourneyOutcome>();
  /** Accounts of which one session at a time is good. */
  const solitary = new Set<string>();
  const underWay = new Set<Promise<unknown>>();

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
    const settled = driven.catch(() => undefined).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return driven;
  };
  /** @param asksOnce - whether to be asked for the password a second time says that it is wrong */
  const driveNow = async (
    account: string,
    own: BrowserSession | null,
    journey: Journey,
    asksOnce: boolean,
  ): Promise<JourneyOutcome> => {
    const before = barred.get(account);
    if (before) return before;
    const outcome = await driveIn(account, own, journey);
    // Some servers ask for consent first, and for the password after it.
    if (outcome.kind === 'returned' && outcome.from !== 'consent') proven.add(account);
    else if (isFinal(outcome) && (asksOnce || !asksAgain(outcome))) barred.set(account, outcome);
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
      const driveAlone = () => driveNow(account, own, journey, true);
      if (!proven.has(account) || solitary.has(account)) return inTurn(account, driveAlone);
      const outcome = await driveNow(account, own, journey, false);
      if (!asksAgain(outcome)) return outcome;
      // The password has been taken before: another sign-in ended this one.
      solitary.add(account);
      return inTurn(account, async () => {
        await Promise.all(underWay);
        return driveAlone();
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
