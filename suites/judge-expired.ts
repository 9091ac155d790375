import { answered, isSuccess } from '../src/artifacts/document.ts';
import { letsIn, resourcesGivenAway } from '../src/fhir/served.ts';
import { Block, type Exchange, type Judge, type Time } from '../src/kit/index.ts';

/** Uses of an access token after its time. */
export interface ExpiredToken {
  /** Seconds for which it was good. */
  readonly lifetime: number;
  /** Milliseconds since the epoch. */
  readonly expiredAt: number;
  /** Its issuance, and a use of it that was accepted before. */
  readonly because: readonly Exchange[];
  /** How it was used as soon as it had expired, and can be used again. */
  readonly atOnce: Exchange;
  readonly use: () => Promise<Exchange>;
}

/** A token that expires soon. */
export interface BriefToken {
  /** Seconds for which it is good. */
  readonly lifetime: number;
  readonly granted: Exchange;
  readonly use: () => Promise<Exchange>;
}

/** How many tokens are asked for where they expire before they are used, as happens on a busy machine. */
const mostTokens = 3;

/**
 * Uses a token, waits for it to expire, and uses it again.
 *
 * @param obtain - asks for one more
 * @throws Block when none let in while it was good
 */
export async function expire(obtain: () => Promise<BriefToken>): Promise<ExpiredToken> {
  for (let tokens = 1; ; tokens += 1) {
    const { lifetime, granted, use } = await obtain();
    const expiredAt = Date.now() + lifetime * 1000;
    const control = await use();
    const because = [granted, control];
    if (isSuccess(control)) {
      await new Promise((resolve) => setTimeout(resolve, expiredAt + 1000 - Date.now()));
      return { lifetime, expiredAt, because, atOnce: await use(), use };
    }
    const mayHaveExpired = Date.now() >= Date.parse(granted.startedAt) + lifetime * 1000;
    if (!mayHaveExpired) throw new Block('the short-lived token could not read while it was fresh', because);
    if (tokens === mostTokens) {
      throw new Block(`${mostTokens} tokens of ${lifetime} s expired before they could be used`, because);
    }
  }
}

/**
 * Seconds by which the clock of whoever takes tokens may be behind that of whoever issues them: some let what has expired
 * pass for so long (RFC 7519 section 4.1.4).
 */
const leeway = 60;

/** Passes where the token was refused as soon as it had expired; where not, clocks that differ may be why. */
export function judgeAtOnce<Id extends string>(
  id: Id,
  { lifetime, because, atOnce }: ExpiredToken,
  { must, undecided }: Pick<Judge<Id>, 'must' | 'undecided'>,
): void {
  const shown = [...because, atOnce];
  if (letsIn(atOnce)) {
    const taken = `a token of ${lifetime} s was taken a second after its time, as it may be where clocks differ`;
    undecided(id, { message: `${taken}; whether it is ${leeway} s after it, another test tells`, because: shown });
    return;
  }
  must(id, true, {
    expected: `a token of ${lifetime} s to be refused after its time`,
    actual: answered(atOnce),
    because: shown,
    expired: 'meant',
  });
}

/** Fails where the token was still taken when clocks that differ were no excuse any more; who refused it before has done so. */
export async function judgeLater<Id extends string>(
  id: Id,
  { lifetime, expiredAt, because, atOnce, use }: ExpiredToken,
  time: Time,
  { must }: Pick<Judge<Id>, 'must'>,
): Promise<void> {
  const isEarly = !letsIn(atOnce);
  const later = isEarly ? atOnce : await time.until(new Date(expiredAt + (leeway + 1) * 1000), use);
  must(id, !letsIn(later), {
    expected: `a token of ${lifetime} s to be refused ${leeway + 1} s after its time`,
    actual: isEarly ? 'it was before' : withWhatItCarries(later),
    because: [...because, atOnce, ...(isEarly ? [] : [later])],
    expired: 'meant',
  });
}

/** A refusal that lets data out says so in its body alone. */
function withWhatItCarries(exchange: Exchange): string {
  const carried = resourcesGivenAway(exchange).map(({ resourceType }) => String(resourceType));
  return carried.length > 0
    ? `${answered(exchange)}, and ${[...new Set(carried)].join(', ')} in it`
    : answered(exchange);
}
