import type { Exchange, Outage } from '../kit/exchange.ts';

/** Notices servers that go down during a run: what their port then refuses says nothing of what was asked. */
export interface OutageWatch {
  /** Told of each exchange when it has ended. */
  see(exchange: Exchange): void;
  /** The outage that an exchange met; null when it met none. */
  outageOf(exchange: Exchange): Outage | null;
}

/** What one origin has done lately. */
interface Origin {
  hasAnswered: boolean;
  /** Broken off without an answer, with nothing answered that was sent later. */
  broken: Exchange[];
  down: Down | null;
}

interface Down {
  /** The first that was refused. */
  readonly refused: Exchange;
  /** Also those of which it is heard only after the first refusal. */
  broken: readonly Exchange[];
}

/** What Node and Chromium call a connection that is refused. */
const refusals = ['ECONNREFUSED', 'ConnectionRefused'];

/** Of requests that were broken off at once: who sends a thousand at a time is told of a few. */
const mostBroken = 8;

export function createOutageWatch(): OutageWatch {
  const origins = new Map<string, Origin>();
  const met = new Map<string, Down>();
  const originOf = ({ request }: Exchange): Origin => {
    const { origin } = new URL(request.url);
    const known = origins.get(origin) ?? { hasAnswered: false, broken: [], down: null };
    origins.set(origin, known);
    return known;
  };
  return {
    see(exchange) {
      if (!URL.canParse(exchange.request.url)) return;
      const { response, error } = exchange;
      const origin = originOf(exchange);
      if (response) {
        origin.hasAnswered = true;
        origin.broken = origin.broken.filter((one) => endOf(one) >= Date.parse(exchange.startedAt));
        origin.down = null;
      } else if (error && refusals.includes(error.code)) {
        if (!origin.hasAnswered) return;
        origin.down ??= { refused: exchange, broken: origin.broken };
        met.set(exchange.id, origin.down);
      } else if (error?.kind === 'connection') {
        origin.broken = [...origin.broken, exchange].slice(-mostBroken);
        if (origin.down) origin.down.broken = origin.broken;
      }
    },
    outageOf({ id }) {
      const down = met.get(id);
      if (!down) return null;
      const broken = down.broken.toSorted((one, other) => Date.parse(one.startedAt) - Date.parse(other.startedAt));
      return { reason: reasonFor(down.refused, broken), broken };
    },
  };
}

function endOf({ startedAt, durationMs }: Exchange): number {
  return Date.parse(startedAt) + durationMs;
}

function reasonFor({ request, startedAt }: Exchange, broken: readonly Exchange[]): string {
  const since = startedAt.slice(11, 19);
  const down = `the server went down: ${new URL(request.url).origin} refused connections from ${since} UTC on`;
  const sent = broken.map(({ id, request: { method, url } }) => `${method} ${new URL(url).pathname} (${id})`);
  return sent.length === 0 ? down : `${down}, after it had broken off ${sent.join(', ')} without an answer`;
}
