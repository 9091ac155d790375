import { fhirReader } from '../../src/artifacts/fhir-reader.ts';
import { jsonObjectIn } from '../../src/http/json-object-in.ts';
import { artifact, Block, type Exchange, Skip } from '../../src/kit/index.ts';
import type { IntrospectionAnswer } from '../../src/oauth/introspection-request.ts';
import { type Caller, callers, introspector, nobody } from './callers.ts';
import { type TokenAtHand, tokensAtHand } from './tokens-at-hand.ts';

/** What was said of a token that should be live. */
export interface Introspected {
  readonly token: TokenAtHand;
  readonly answer: IntrospectionAnswer;
  /** The token response and what was said. */
  readonly because: readonly Exchange[];
}

/** Every token at hand, asked about by one caller. */
export interface Trial {
  readonly caller: Caller;
  readonly introspected: readonly Introspected[];
}

/** What those were told who may ask: each in turn until one is told that a token is active. */
export const trials = artifact({
  name: 'trials',
  needs: [callers, introspector, tokensAtHand],
  async obtain({ callers, introspector, tokensAtHand }): Promise<readonly Trial[]> {
    const done: Trial[] = [];
    for (const caller of callers.length > 0 ? callers : [nobody]) {
      const introspected = await Promise.all(
        tokensAtHand.map(async (token): Promise<Introspected> => {
          const answer = await introspector.ask(token.tokens.accessToken, caller);
          return { token, answer, because: [token.exchange, answer.exchange] };
        }),
      );
      done.push({ caller, introspected });
      if (introspected.some(({ answer }) => answer.says === 'active')) break;
    }
    return done;
  },
});

/** The trial of who was told that a token is active, or else the first that was not refused. */
export const heard = artifact({
  name: 'heard',
  needs: [trials],
  obtain({ trials }): Trial {
    const informed = trials.find(({ introspected }) => introspected.some(({ answer }) => answer.says === 'active'));
    const answered = trials.find(({ introspected }) => !introspected.every(({ answer }) => isRefusal(answer)));
    const trial = informed ?? answered;
    if (trial) return trial;
    const [first] = trials;
    if (first?.caller === nobody) {
      throw new Skip('not-configured', 'needs clients.introspection, who may ask: nobody else is answered');
    }
    throw new Block(
      `the introspection endpoint answers none of ${trials.map(({ caller }) => caller.name).join(', ')}`,
      trials.flatMap(({ introspected }) => introspected.slice(0, 1).map(({ answer }) => answer.exchange)),
    );
  },
});

/** What a caller is told who may ask, and to whom some token is active: the control of all that is said of others. */
export interface Control {
  readonly caller: Caller;
  /** Those that are active; at least one. */
  readonly active: readonly Introspected[];
  /** The first of them. */
  readonly first: Introspected;
}

export const control = artifact({
  name: 'control',
  needs: [heard],
  obtain({ heard: { caller, introspected } }): Control {
    const active = introspected.filter(({ answer }) => answer.says === 'active');
    const [first] = active;
    if (first) return { caller, active, first };
    throw new Skip('undecided', 'no live token was said to be active, which introspection/active-boolean judges');
  },
});

/** Tokens that should be live and are said not to be, with the proof of the FHIR API where there is one. */
export interface Denied extends Introspected {
  /** Null when there is nothing known to read. */
  readonly read: Exchange | null;
  /** What became of the token since: it may have been ended, by another test or by a later grant. */
  readonly isDead: boolean;
}

export const denied = artifact({
  name: 'denied',
  needs: [heard, fhirReader],
  obtain({ heard: { introspected }, fhirReader }): Promise<readonly Denied[]> {
    return Promise.all(
      introspected
        .filter(({ answer }) => answer.says !== 'active')
        .map(async (item): Promise<Denied> => {
          const { client, tokens, readable } = item.token;
          const { accessToken } = tokens;
          const read = readable === null ? null : await fhirReader.read(readable, { client, accessToken });
          const because = read ? [...item.because, read] : item.because;
          return { ...item, because, read, isDead: read?.response?.status === 401 };
        }),
    );
  },
});

/** Whether the endpoint would not talk to the caller at all. */
export function isRefusal({ exchange: { response }, says }: IntrospectionAnswer): boolean {
  return says === 'neither' && response !== null && response.status >= 400 && response.status < 500;
}

/** Whether an answer tells of a live token, whatever the status that it comes with. */
export function givesAway({ exchange, says }: IntrospectionAnswer): boolean {
  return says === 'active' || [true, 'true', 1].some((one) => jsonObjectIn(exchange)?.active === one);
}

/** In words: `200, active: true`. */
export function told(answer: IntrospectionAnswer): string {
  const { exchange, members } = answer;
  const { response } = exchange;
  const active = members === null ? 'no JSON object' : `active: ${JSON.stringify(members.active) ?? 'absent'}`;
  if (response?.status === 200) return `200, ${active}`;
  return `${response?.status}${givesAway(answer) ? ', with active: true all the same' : ''}`;
}
