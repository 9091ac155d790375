import type { HttpRequest } from '../kit/http-client.ts';

/** Bytes in a second. Who sends less takes too long, however steadily. */
const trickle = 16 * 1024;

/**
 * Gives an exchange its time. While somebody takes the body, each chunk that comes gives the next one as long again; but
 * all in all no longer than a trickle of those bytes would take.
 *
 * @param timeUp - is called once, with the seconds that have passed
 */
export function watchClock(timeoutMs: number, timeUp: (seconds: number) => void) {
  const started = performance.now();
  let deadline = started + timeoutMs;
  let bytes = 0;
  let timer = setTimeout(check, timeoutMs);

  function check(): void {
    const now = performance.now();
    if (now >= deadline - 1) timeUp(Math.round((now - started) / 100) / 10);
    else timer = setTimeout(check, deadline - now);
  }

  return {
    listening(receive: NonNullable<HttpRequest['receive']>): NonNullable<HttpRequest['receive']> {
      return (head) => {
        const sink = receive(head);
        if (sink === null) return null;
        return (chunk) => {
          sink(chunk);
          bytes += chunk.length;
          const atTrickle = started + timeoutMs + (bytes / trickle) * 1000;
          deadline = Math.min(performance.now() + timeoutMs, atTrickle);
        };
      };
    },
    stop: () => clearTimeout(timer),
  };
}
