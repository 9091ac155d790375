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
   * time from then on: together they would come too soon again.
   *
   * @param address - for which a server may have a limit
   * @returns the last that was sent; each before whose repetition there was a wait has been recorded
   */
  through<Sent extends { readonly exchange: Exchange }>(address: string, sending: Sending<Sent>): Promise<Waited<Sent>>;
}

/** How often a request that goes alone is sent. When all was in vain nobody waits there any more, until an answer comes. */
const mostSends = 4;

interface Queue {
  last: Promise<unknown>;
  /** When to send again, in milliseconds since the epoch. */
  until: number;
  isHopeless: boolean;
}

/** @param record - takes what is not the last answer */
export function createThrottle(record: (exchange: Exchange) => void): Throttle {
  const queues = new Map<string, Queue>();

  /** Whether the answer is a plea for time; notes for how long. */
  const asksForTime = (queue: Queue, { exchange: { response, error } }: { readonly exchange: Exchange }): boolean => {
    const ms = response === null || error !== null ? null : requestedWait(response, Date.now());
    if (ms !== null) queue.until = Date.now() + ms;
    return ms !== null;
  };
  /** @param before - what has been sent already, in vain */
  const insist = async <Sent extends { readonly exchange: Exchange }>(
    queue: Queue,
    { send, wait }: Sending<Sent>,
    before?: Sent,
  ): Promise<Waited<Sent>> => {
    let last = before;
    for (let sends = last ? 1 : 0; sends < mostSends; sends += 1) {
      if (last && queue.isHopeless) return last;
      if (last) record(last.exchange);
      const isTime = queue.isHopeless || (await wait(Math.max(0, queue.until - Date.now())));
      if (last && !isTime) return { ...last, isRecorded: true };
      last = await send();
      if (asksForTime(queue, last)) continue;
      queue.isHopeless = false;
      return last;
    }
    queue.isHopeless = true;
    return last ?? send();
  };
  const inTurn = <Result>(queue: Queue, run: () => Promise<Result>): Promise<Result> => {
    const mine = queue.last.then(run);
    queue.last = mine.catch(() => undefined);
    return mine;
  };

  return {
    async through(address, sending) {
      const known = queues.get(address);
      if (known) return inTurn(known, () => insist(known, sending));
      const first = await sending.send();
      const queue = queues.get(address) ?? { last: Promise.resolve(), until: 0, isHopeless: false };
      if (!asksForTime(queue, first)) return first;
      queues.set(address, queue);
      return inTurn(queue, () => insist(queue, sending, first));
    },
  };
}
