import type { Exchange } from '../kit/exchange.ts';
import { requestedWait } from './retry-after.ts';

/** A request that may be sent several times. */
export interface Sending<Sent extends { readonly exchange: Exchange }> {
  send(): Promise<Sent>;
  /** Whether the time has passed, rather than the run been interrupted. */
  wait(milliseconds: number): Promise<boolean>;
}

/** What was sent in the end. */
type Waited<Sent> = Sent & {
  /** Whether it has been recorded: the run was interrupted before it could be sent again. */
  readonly isRecorded?: true;
};

/** Leaves servers alone as long as they ask for it. */
export interface Throttle {
  /**
   * Sends a request, and again where the server asks for time. Where one has asked, requests to its address go one at a
   * time from then on: together they would come too soon again. What is sent again takes turns with all that is sent again
   * to the server, which may have one limit for everything.
   *
   * @param url - for whose address, or whose origin, a server may have a limit
   * @returns the last that was sent; each before whose repetition there was a wait has been recorded
   */
  through<Sent extends { readonly exchange: Exchange }>(url: URL, sending: Sending<Sent>): Promise<Waited<Sent>>;
}

/** How often a request that goes alone is sent. When all was in vain nobody waits there any more, until an answer comes. */
const mostSends = 4;

interface Turns {
  last: Promise<unknown>;
  /** When to send again, in milliseconds since the epoch. */
  until: number;
}

interface Queue extends Turns {
  isHopeless: boolean;
}

/** @param record - takes what is not the last answer */
export function createThrottle(record: (exchange: Exchange) => void): Throttle {
  const queues = new Map<string, Queue>();
  const servers = new Map<string, Turns>();

  /** Whether the answer is a plea for time; notes for how long. */
  const asksForTime = (queue: Turns, { exchange: { response, error } }: { readonly exchange: Exchange }): boolean => {
    const ms = response === null || error !== null ? null : requestedWait(response, Date.now());
    if (ms !== null) queue.until = Date.now() + ms;
    return ms !== null;
  };
  const inTurn = <Result>(turns: Turns, run: () => Promise<Result>): Promise<Result> => {
    const mine = turns.last.then(run);
    turns.last = mine.catch(() => undefined);
    return mine;
  };
  /** @param before - what has been sent already, in vain */
  const insist = async <Sent extends { readonly exchange: Exchange }>(
    queue: Queue,
    server: Turns,
    { send, wait }: Sending<Sent>,
    before?: Sent,
  ): Promise<Waited<Sent>> => {
    const waitUntil = (time: number) => wait(Math.max(0, time - Date.now()));
    const sendFirst = async (): Promise<Sent> => {
      if (!queue.isHopeless) await waitUntil(queue.until);
      return send();
    };
    const sendAgain = async (): Promise<Sent | null> => {
      if (!(await waitUntil(Math.max(queue.until, server.until)))) return null;
      const sent = await send();
      asksForTime(server, sent);
      return sent;
    };
    let last = before ?? (await sendFirst());
    if (!before && !asksForTime(queue, last)) {
      queue.isHopeless = false;
      return last;
    }
    for (let sends = 1; sends < mostSends && !queue.isHopeless; sends += 1) {
      record(last.exchange);
      const again = await inTurn(server, sendAgain);
      if (!again) return { ...last, isRecorded: true };
      last = again;
      if (!asksForTime(queue, last)) return last;
    }
    queue.isHopeless = true;
    return last;
  };

  return {
    async through({ origin, pathname }, sending) {
      const address = `${origin}${pathname}`;
      const server = servers.get(origin) ?? { last: Promise.resolve(), until: 0 };
      servers.set(origin, server);
      const known = queues.get(address);
      if (known) return inTurn(known, () => insist(known, server, sending));
      const first = await sending.send();
      const queue = queues.get(address) ?? { last: Promise.resolve(), until: 0, isHopeless: false };
      if (!asksForTime(queue, first)) return first;
      queues.set(address, queue);
      return inTurn(queue, () => insist(queue, server, sending, first));
    },
  };
}
