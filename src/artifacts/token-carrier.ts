import { Block, type Client, type Exchange } from '../kit/index.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import type { TokenAnswer, TokenRequest } from '../oauth/token-request.ts';
import type { Authorization, Launcher } from './launcher.ts';
import type { TokenClient } from './token-client.ts';

/** What came of a token request that may have been too much for the server. */
export type CarriedAnswer = TokenAnswer | { readonly kind: 'unanswered'; readonly exchange: Exchange };

/**
 * A token request that lacks nothing but the client's credentials, and can be made again and again: what is refused is
 * refused for them.
 */
export interface TokenCarrier {
  readonly client: Client;
  readonly grantType: 'client_credentials' | 'refresh_token' | 'authorization_code';
  /**
   * @throws Skip when the client's `jwksUrl` does not serve its keys, or there is no further code
   */
  send(credentials: Credentials): Promise<CarriedAnswer>;
}

/** A service asks for itself (RFC 6749 section 4.4.2). */
export function serviceCarrier(client: Client, scope: string, tokenClient: TokenClient): TokenCarrier {
  return {
    client,
    grantType: 'client_credentials',
    send: (credentials) =>
      answerTo(() =>
        tokenClient.request({ client, credentials, parameters: { grant_type: 'client_credentials', scope } }),
      ),
  };
}

/** An app uses its refresh token (RFC 6749 section 6), the next one where it was replaced; one request at a time. */
export function refreshCarrier(client: Client, refreshToken: string, launcher: Pick<Launcher, 'token'>): TokenCarrier {
  let current = refreshToken;
  const refresh = async (credentials: Credentials): Promise<CarriedAnswer> => {
    const parameters: TokenRequest['parameters'] = { grant_type: 'refresh_token', refresh_token: current };
    const answer = await answerTo(() => launcher.token({ client, credentials, parameters }));
    if (answer.kind === 'granted') current = answer.tokens.refreshToken ?? current;
    return answer;
  };
  return { client, grantType: 'refresh_token', send: oneAtATime(refresh) };
}

/** An app redeems a code (RFC 6749 section 4.1.3), a fresh one for each request: a refusal may have spent it. */
export function codeCarrier(
  client: Client,
  newCode: () => Promise<Authorization>,
  launcher: Pick<Launcher, 'redeem'>,
): TokenCarrier {
  return {
    client,
    grantType: 'authorization_code',
    async send(credentials) {
      const authorization = await newCode();
      return answerTo(() => launcher.redeem(authorization, { client, credentials }));
    },
  };
}

async function answerTo(request: () => Promise<TokenAnswer>): Promise<CarriedAnswer> {
  try {
    return await request();
  } catch (error) {
    // What the server makes of an odd request is a finding, also when it makes nothing of it.
    const exchange = error instanceof Block ? error.exchanges.at(-1) : undefined;
    if (exchange && !exchange.response) return { kind: 'unanswered', exchange };
    throw error;
  }
}

function oneAtATime<Argument, Value>(task: (argument: Argument) => Promise<Value>) {
  let last: Promise<unknown> = Promise.resolve();
  return (argument: Argument): Promise<Value> => {
    const turn = last.then(() => task(argument));
    last = turn.catch(() => undefined);
    return turn;
  };
}
