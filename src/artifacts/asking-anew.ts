import { artifact, type Configuration, configuration, isUnobtainable } from '../kit/index.ts';
import type { TokenResponse } from '../oauth/token-request.ts';
import { lacksData } from '../smart/scope.ts';

type Change = (parameters: URLSearchParams) => void;

/** How much an answer brings of what was asked for; what was refused in words brings nothing, and is decided. */
export type Yield = 'all' | 'less' | 'nothing';

/**
 * Some servers keep what a user once allowed an app, and grant later requests that much of them without asking.
 * `prompt=consent` has the user asked anew (OpenID Connect Core section 3.1.2.1); a server that does not know it is to
 * ignore it (RFC 6749 section 3.1).
 */
export interface AskingAnew {
  /**
   * What comes of a request: sent once more where it brings less than was asked for, and the user may be asked anew.
   *
   * @param request - sends it, changed where that is given
   */
  inFull<Answer>(yieldOf: (answer: Answer) => Yield, request: (change?: Change) => Promise<Answer>): Promise<Answer>;
}

/** Times that it brings no more, until it is tried no more: most servers grant less because that is their policy. */
const mostInVain = 3;

export const askingAnew = artifact({
  name: 'askingAnew',
  needs: [configuration],
  obtain: ({ configuration: { authorize } }) => createAskingAnew(authorize.drive),
});

/** @param drive - nobody at the wheel (`manual`) is to do everything twice */
export function createAskingAnew(drive: Configuration['authorize']['drive']): AskingAnew {
  let hasHelped = false;
  let inVain = 0;
  /** Who asks anew asks alone: what is allowed to one request would be taken from another. */
  let turn: Promise<unknown> = Promise.resolve();
  const underWay = new Set<Promise<unknown>>();

  const together = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    for (let waitedFor: unknown; waitedFor !== turn; ) {
      waitedFor = turn;
      await turn;
    }
    const sent = send();
    const settled: Promise<unknown> = sent.catch(() => undefined).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return sent;
  };
  const alone = <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    const mine = turn.then(async () => {
      await Promise.all(underWay);
      return send();
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    async inFull(yieldOf, request) {
      const first = await together(() => request());
      if (drive === 'manual' || yieldOf(first) !== 'less') return first;
      return alone(async () => {
        if (!hasHelped && inVain >= mostInVain) return first;
        const second = await request(promptForConsent).catch(ifUnobtainable);
        const isMore = second !== null && yieldOf(second) === 'all';
        if (isMore) hasHelped = true;
        else inVain += 1;
        return isMore ? second : first;
      });
    },
  };
}

function ifUnobtainable(thrown: unknown): null {
  if (isUnobtainable(thrown)) return null;
  throw thrown;
}

/** Has the user asked for consent, whatever was allowed before. */
export function promptForConsent(parameters: URLSearchParams): void {
  parameters.set('prompt', 'consent');
}

/** What a token response brings of what was asked for: of data, and whether there is a refresh token. */
export function yieldOfTokens(
  asked: string,
  { scopes, refreshToken }: Pick<TokenResponse, 'scopes' | 'refreshToken'>,
): Yield {
  const wantsToRefresh = asked.split(' ').some((scope) => scope === 'offline_access' || scope === 'online_access');
  const isLess = (wantsToRefresh && refreshToken === null) || lacksData(asked, scopes ?? asked.split(' '));
  return isLess ? 'less' : 'all';
}
