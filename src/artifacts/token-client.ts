import { jsonObjectIn } from '../http/json-object-in.ts';
import { artifact, attempted, Block, type Client, http, isRecord, isUnobtainable, Skip, seed } from '../kit/index.ts';
import { whyUnableToSign } from '../oauth/client-assertion.ts';
import { inBasic, inPlainBasic, isFormEncoded, methodOf, type TokenEndpoint } from '../oauth/client-authentication.ts';
import { keyMaterial } from '../oauth/jwk.ts';
import type { SendTokenRequest, TokenKeeper } from '../oauth/token-keeper.ts';
import { requestToken, type TokenAnswer, type TokenRequest } from '../oauth/token-request.ts';
import { tokenEndpoint } from './authorization-server.ts';
import { jwksHost } from './jwks-host.ts';

/** Obtains anew what a server ended because something later was given. */
export const tokenKeeper = seed<TokenKeeper>()('tokenKeeper');

/** Sends token requests, once it is sure that the server can know the client's keys. */
export interface TokenClient {
  readonly endpoint: TokenEndpoint;
  /**
   * @throws Block when nothing comes back
   * @throws Skip when the client's keys cannot sign, or its `jwksUrl` does not serve them
   */
  request(request: TokenRequest): Promise<TokenAnswer>;
  /** The same, and nothing is obtained anew. */
  send: SendTokenRequest;
}

export const tokenClient = artifact({
  name: 'tokenClient',
  needs: [tokenEndpoint, http, attempted(jwksHost), tokenKeeper],
  obtain({ tokenEndpoint, http, jwksHost, tokenKeeper }): TokenClient {
    const checked = new Map<string, Promise<void>>();

    const checkKeys = async (client: Client): Promise<void> => {
      const { clientId, jwksUrl, keys } = client;
      const unable = whyUnableToSign(client);
      if (unable !== null) throw new Skip('not-configured', unable);
      if (jwksUrl === undefined) return;
      if (isUnobtainable(jwksHost)) throw jwksHost;
      if (jwksHost !== null) return;
      const exchange = await http.send({ url: jwksUrl, headers: { accept: 'application/json' } });
      // Where we cannot reach it, the server may all the same.
      if (exchange.response?.status !== 200) return;
      const served = jsonObjectIn(exchange)?.keys;
      const known = Array.isArray(served) ? served.filter(isRecord).map(keyMaterial) : [];
      if (keys?.keys.some((key) => known.includes(keyMaterial(key)))) return;
      throw new Skip('not-configured', `the JWK Set at ${jwksUrl} holds none of the keys of ${clientId}`);
    };
    // A refresh token that nobody issued: no code is put at risk to learn whether the client is known.
    const isKnown = async (client: Client, way: typeof inBasic): Promise<boolean | null> => {
      const credentials = way(client.clientId, client.clientSecret ?? '');
      const parameters = { grant_type: 'refresh_token', refresh_token: 'smart-check-no-such-token' };
      const answer = await requestToken({ client, credentials, parameters }, tokenEndpoint, http).catch(unlessBlocked);
      return answer?.kind === 'refused' ? answer.error !== 'invalid_client' : null;
    };
    const learnSpelling = async (client: Client): Promise<void> => {
      if (methodOf(client) !== 'client_secret_basic' || !isFormEncoded(client)) return;
      if ((await isKnown(client, inBasic)) !== false || !(await isKnown(client, inPlainBasic))) return;
      tokenEndpoint.takesPlainBasic.add(client.clientId);
    };
    const prepare = async (client: Client): Promise<void> => {
      await checkKeys(client);
      await learnSpelling(client);
    };
    const send: SendTokenRequest = async (request) => {
      const { client } = request;
      const check = checked.get(client.clientId) ?? prepare(client);
      checked.set(client.clientId, check);
      await check;
      return requestToken(request, tokenEndpoint, http);
    };
    return { endpoint: tokenEndpoint, request: (request) => tokenKeeper.request(request, send), send };
  },
});

/** @throws what was thrown, unless nothing came back */
function unlessBlocked(thrown: unknown): null {
  if (thrown instanceof Block) return null;
  throw thrown;
}
