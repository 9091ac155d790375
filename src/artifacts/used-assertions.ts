import { randomUUID } from 'node:crypto';
import { artifact } from '../kit/index.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import { type AssertionProber, assertionProber } from './assertion-prober.ts';
import type { CarriedAnswer } from './token-carrier.ts';

/** An assertion that can be sent again, and what came of its first use. */
export interface UsedAssertion {
  readonly jti: string;
  /** By the server's clock, in seconds since the epoch. */
  readonly exp: number;
  readonly usedAt: number;
  readonly same: { readonly credentials: Credentials };
  readonly first: CarriedAnswer;
}

/** In seconds: no replay of the one is refused for its age, and the other comes to its end while a run goes on. */
export const lifetimes = { lasting: 280, brief: 3 };

/** Uses an assertion that is good for so many seconds. */
export async function useAssertion(
  { secondsNow, credentials, send }: Pick<AssertionProber, 'secondsNow' | 'credentials' | 'send'>,
  lifetime: number,
): Promise<UsedAssertion> {
  const [jti, usedAt] = [randomUUID(), secondsNow()];
  const exp = usedAt + lifetime;
  const same = { credentials: credentials({ claims: { exp, iat: usedAt, jti } }) };
  return { jti, exp, usedAt, same, first: await send(same) };
}

/** One that is good for minutes, and one that soon is not: used early in a run, so that nobody waits for it later. */
export const usedAssertions = artifact({
  name: 'usedAssertions',
  needs: [assertionProber],
  obtain: async ({ assertionProber }) => ({
    lasting: await useAssertion(assertionProber, lifetimes.lasting),
    brief: await useAssertion(assertionProber, lifetimes.brief),
  }),
});
