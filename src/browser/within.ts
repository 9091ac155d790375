import { setTimeout as wait } from 'node:timers/promises';

/** What a promise comes to; nothing after so many milliseconds. Leaves no timer, which would keep Node from ending. */
export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | undefined> {
  const waiting = new AbortController();
  try {
    return await Promise.race([promise, wait(ms, undefined, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}
