import { artifact, Block, http, isRecord, Skip } from '../kit/index.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { readDocument } from './document.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** Both media types under which a JWK Set may be served (RFC 7517 section 8.5). */
export const acceptJwks = { accept: 'application/jwk-set+json, application/json' };

/** What the server's jwks_uri serves, whatever it is. */
export const jwksDocument = artifact({
  name: 'jwksDocument',
  needs: [smartConfiguration, fhirBaseUrl, http],
  async obtain({ smartConfiguration: { document }, fhirBaseUrl, http }) {
    const url = endpointUrl(document.jwks_uri, fhirBaseUrl);
    if (!url) throw new Skip('not-advertised', 'the SMART configuration names no jwks_uri');
    return readDocument(await http.send({ url, headers: acceptJwks }), 'the JWK Set');
  },
});

/** The server's public keys, each an object; members of `keys` that are none are left out. */
export const jwks = artifact({
  name: 'jwks',
  needs: [jwksDocument],
  obtain({ jwksDocument: { exchange, ...document } }) {
    if (document.kind === 'other') {
      throw new Block(`there is no JWK Set: ${exchange.request.url} answered ${document.instead}`, [exchange]);
    }
    const { keys } = document.object;
    if (Array.isArray(keys)) return { keys: keys.filter(isRecord), exchange };
    throw new Block(`there is no JWK Set: ${exchange.request.url} serves an object without an array "keys"`, [
      exchange,
    ]);
  },
});
