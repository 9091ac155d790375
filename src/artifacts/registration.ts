import { jsonObjectIn } from '../http/json-object-in.ts';
import { artifact, Block, configuration, type Exchange, type HttpClient, http, Skip } from '../kit/index.ts';
import { publicPart } from '../oauth/jwk.ts';
import { createStranger } from '../oauth/stranger.ts';
import { endpointUrl, isAbsoluteUrl } from '../smart/smart-configuration.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** A dynamic registration (RFC 7591 section 3.1), and what came of it. */
export interface Registration {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly exchange: Exchange;
}

/** Registers clients at the server\u2019s registration endpoint, and takes away again what it registered. */
export interface Registrar {
  register(metadata: Readonly<Record<string, unknown>>): Promise<Registration>;
}

export const registrar = artifact({
  name: 'registrar',
  needs: [configuration, smartConfiguration, fhirBaseUrl, http],
  obtain({ configuration: { allowWrites }, smartConfiguration: { document }, fhirBaseUrl, http }) {
    const url = endpointUrl(document.registration_endpoint, fhirBaseUrl);
    if (!url) throw new Skip('not-advertised', 'registration_endpoint is absent');
    if (!allowWrites) throw new Skip('not-allowed', 'a registration leaves a client behind: it takes allowWrites');
    const registered: Exchange[] = [];
    return {
      async register(metadata: Registration['metadata']): Promise<Registration> {
        const exchange = await http.send({
          method: 'POST',
          url,
          redirect: 'manual',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify(metadata),
        });
        if (!exchange.response)
          throw new Block(`the registration endpoint was not reached: ${exchange.error?.message}`, [exchange]);
        if (exchange.response.status < 300) registered.push(exchange);
        return { metadata, exchange };
      },
      async release() {
        await Promise.all(registered.map((exchange) => unregister(exchange, http)));
      },
    } satisfies Registrar & { release(): Promise<void> };
  },
  release: (value) => value.release(),
});

/** The registration of an app such as the guide has it: with keys of its own, by value. */
export const registration = artifact({
  name: 'registration',
  needs: [configuration, registrar],
  async obtain({ configuration: { clients }, registrar }): Promise<Registration> {
    const { jwk } = await createStranger('ES384');
    return registrar.register({
      client_name: 'smart-check',
      redirect_uris: [clients.public?.redirectUri ?? 'https://smart-check.example/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicPart(jwk)] },
    });
  },
});

/** Takes a client away again (RFC 7592 section 2.3). */
export async function unregister(exchange: Exchange, http: HttpClient): Promise<void> {
  const { registration_client_uri: uri, registration_access_token: token } = jsonObjectIn(exchange) ?? {};
  if (!isAbsoluteUrl(uri) || typeof token !== 'string') return;
  await http.send({ method: 'DELETE', url: uri, headers: { authorization: `Bearer ${token}` } });
}
