import { artifact, type Configuration, configuration, isUnobtainable } from '../kit/index.ts';
import type { TokenResponse } from '../oauth/token-request.ts';
import { covers, isMalformed, isPermission } from '../smart/scope.ts';

/**
 * Some servers keep what a user once allowed an app, and grant later requests that much of them without asking.
 * `prompt=consent` has the user asked anew (OpenID Connect Core section 3.1.2.1).
 */
export interface AskingAnew {
  /**
   * What comes of asking once more, where less was granted than was asked for and that brings more.
   *
   * @param asked - the scopes of the request
   * @param isLess - whether an answer leaves out what the user could allow
   * @param again - sends the request once more, changed so
   */
  forMore<Answer>(
    first: Answer,
    asked: string,
    isLess: (answer: Answer) => boolean,
    again: (change: (parameters: URLSearchParams) => void) => Promise<Answer>,
  ): Promise<Answer>;
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
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async forMore(first, asked, isLess, again) {
      if (drive === 'manual' || !mayPrompt(asked) || !isLess(first)) return first;
      const once = async () => {
        if (!hasHelped && inVain >= mostInVain) return first;
        const second = await again(promptForConsent).catch(ifUnobtainable);
        if (second === null || isLess(second)) {
          inVain += 1;
          return first;
        }
        hasHelped = true;
        return second;
      };
      if (hasHelped) return once();
      const mine = turn.then(once);
      turn = mine.catch(() => undefined);
      return mine;
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

/** The parameter belongs to requests of OpenID Connect. */
export function mayPrompt(asked: string): boolean {
  return asked.split(' ').includes('openid');
}

/** Whether a token response leaves out what was asked for: data, or a refresh token. */
export function bringsLess(
  asked: string,
  { scopes, refreshToken }: Pick<TokenResponse, 'scopes' | 'refreshToken'>,
): boolean {
  const wantsToRefresh = asked.split(' ').some((scope) => scope === 'offline_access' || scope === 'online_access');
  return (wantsToRefresh && refreshToken === null) || lacksData(asked, scopes ?? asked.split(' '));
}

/** Whether scopes for data were asked for and not granted. */
export function lacksData(asked: string, granted: readonly string[]): boolean {
  return asked.split(' ').some((scope) => isPermission(scope) && !isMalformed(scope) && !covers(granted, scope));
}
