import { type Exchange, Skip } from '../../src/kit/index.ts';
import { madeUpToken } from '../../src/oauth/altered-token.ts';
import { errorIn } from '../../src/oauth/error-response.ts';
import type { IntrospectionAnswer } from '../../src/oauth/introspection-request.ts';
import type { Caller, Introspector } from './callers.ts';
import { givesAway, told } from './introspected.ts';

/** What somebody is told of a live token, and of one that is none. */
export interface Told {
  readonly live: IntrospectionAnswer;
  readonly unknown: IntrospectionAnswer;
  /** What differs where nothing should, in words; null when nothing does. */
  readonly difference: string | null;
  readonly because: readonly Exchange[];
}

/** Tokens that were active, and who was told so. */
interface WereActive {
  readonly active: readonly {
    readonly token: { readonly tokens: { readonly accessToken: string } };
    readonly because: readonly Exchange[];
  }[];
  readonly caller: Caller;
}

/**
 * Asks about a token that is live then: some end early, by another test or a later grant, and then it shows nothing who is
 * told that they are not active.
 *
 * @throws Skip when none is live any more
 */
export async function ofLive<Answer>(
  { active, caller }: WereActive,
  introspector: { ask(token: string, caller: Caller): Promise<Pick<IntrospectionAnswer, 'says'>> },
  askAbout: (token: string, because: readonly Exchange[]) => Promise<Answer>,
  isTold: (answer: Answer) => boolean,
): Promise<Answer> {
  for (const { token, because } of active) {
    const { accessToken } = token.tokens;
    const answer = await askAbout(accessToken, because);
    if (isTold(answer)) return answer;
    const control = await introspector.ask(accessToken, caller);
    if (control.says !== 'inactive') return answer;
  }
  throw new Skip('undecided', 'no token is active any more of those that were, whoever asks: another test ended them');
}

/** What somebody is told of a token that is live then. */
export function askOfLive(control: WereActive, introspector: Pick<Introspector, 'ask'>, caller: Caller): Promise<Told> {
  return ofLive(
    control,
    introspector,
    (token, because) => ask(introspector, token, caller, because),
    ({ live }) => givesAway(live),
  );
}

export async function ask(
  introspector: Pick<Introspector, 'ask'>,
  token: string,
  caller: Caller,
  because: readonly Exchange[],
): Promise<Told> {
  const unknown = await introspector.ask(madeUpToken, caller);
  const live = await introspector.ask(token, caller);
  const another = await introspector.ask(alsoMadeUp, caller);
  const asked = [unknown.exchange, live.exchange, another.exchange];
  return {
    live,
    unknown,
    difference: differenceOf({ token, unknown, live, another }),
    because: [...because, ...asked],
  };
}

/** Nobody has issued this one, either. */
const alsoMadeUp = [...madeUpToken].reverse().join('');

/** Where bodies are alike for two made-up tokens, before and after, another body tells a live one from them. */
function differenceOf({
  token,
  unknown,
  live,
  another,
}: Readonly<Record<'unknown' | 'live' | 'another', IntrospectionAnswer>> & { readonly token: string }): string | null {
  if (sayable(live) !== sayable(unknown)) {
    return `${sayable(live)} for a live token, ${sayable(unknown)} for a made-up one`;
  }
  const bodyOf = ({ exchange: { response } }: IntrospectionAnswer, about: string) =>
    response?.body.replaceAll(about, '');
  const usual = bodyOf(unknown, madeUpToken);
  if (usual !== bodyOf(another, alsoMadeUp) || usual === bodyOf(live, token)) return null;
  return `${sayable(live)} for both, with another text for a live token than for made-up ones`;
}

/** All of an answer that a caller could draw a conclusion from. */
export function sayable(answer: IntrospectionAnswer): string {
  const error = errorIn(answer.exchange);
  return error === null ? told(answer) : `${told(answer)} ${error}`;
}
