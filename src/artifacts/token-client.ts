import { jsonObjectIn } from '../http/json-object-in.ts';
import { artifact, attempted, type Client, http, isRecord, isUnobtainable, Skip, seed } from '../kit/index.ts';
import { whyUnableToSign } from '../oauth/client-assertion.ts';
import { keyMaterial } from '../oauth/jwk.ts';
import type { SendTokenRequest, TokenKeeper } from '../oauth/token-keeper.ts';
import { requestToken, type TokenAnswer, type TokenEndpoint, type TokenRequest } from '../oauth/token-request.ts';
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
    const send: SendTokenRequest = async (request) => {
      const { client } = request;
      const check = checked.get(client.clientId) ?? checkKeys(client);
      checked.set(client.clientId, check);
      await check;
      return requestToken(request, tokenEndpoint, http);
    };
    return { endpoint: tokenEndpoint, request: (request) => tokenKeeper.request(request, send), send };
  },
});
