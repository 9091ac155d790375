import { Block, type Client, type Exchange, type HttpClient } from '../kit/index.ts';
import { type Authenticator, type Credentials, credentialsOf, methodOf } from './client-authentication.ts';
import { errorIn } from './error-response.ts';

/** Asks that a token be ended (RFC 7009 section 2.1). */
export interface RevocationRequest {
  readonly client: Client;
  /** `token`, `token_type_hint`; empty for a request that is not well made. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Those of the client unless given. */
  readonly credentials?: Credentials;
}

/**
 * Sends the request, with the headers and parameters that the client's calls always carry.
 *
 * @throws Block when nothing came back
 */
export async function requestRevocation(
  request: RevocationRequest,
  endpoint: URL,
  tokenEndpoint: Authenticator,
  http: HttpClient,
): Promise<Exchange> {
  const { client, credentials } = request;
  const exchange = await send(request, credentials ?? (await credentialsOf(client, tokenEndpoint)), endpoint, http);
  if (credentials || methodOf(client) !== 'private_key_jwt' || errorIn(exchange) !== 'invalid_client') return exchange;
  // RFC 7523 names the token endpoint; some servers want assertions to be for the endpoint that gets them.
  return send(request, await credentialsOf(client, { ...tokenEndpoint, published: endpoint.href }), endpoint, http);
}

async function send(
  { client, parameters }: RevocationRequest,
  proof: Credentials,
  endpoint: URL,
  http: HttpClient,
): Promise<Exchange> {
  const exchange = await http.send({
    method: 'POST',
    url: endpoint,
    redirect: 'manual',
    headers: { accept: 'application/json', ...client.headers, ...proof.headers },
    body: new URLSearchParams({ ...parameters, ...client.params, ...proof.parameters }),
  });
  if (exchange.response) return exchange;
  throw new Block(`the revocation endpoint was not reached: ${exchange.error?.message ?? 'no answer'}`, [exchange]);
}
