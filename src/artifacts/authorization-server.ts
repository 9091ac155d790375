import { artifact, Block, Skip } from '../kit/index.ts';
import type { TokenEndpoint } from '../oauth/client-authentication.ts';
import { endpointUrl, isAbsoluteUrl, readCapabilities } from '../smart/smart-configuration.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** The token endpoint that the SMART configuration names. */
export const tokenEndpoint = artifact({
  name: 'tokenEndpoint',
  needs: [smartConfiguration, fhirBaseUrl],
  obtain({ smartConfiguration: { document, exchange }, fhirBaseUrl }): TokenEndpoint {
    const url = endpointUrl(document.token_endpoint, fhirBaseUrl);
    if (!url) throw new Block('the SMART configuration names no token endpoint', [exchange]);
    // A relative one, which discovery judges, is no audience for an assertion.
    const published = String(document.token_endpoint);
    return { url, published: isAbsoluteUrl(published) ? published : url.href, takesPlainBasic: new Set() };
  },
});

/** The authorization endpoint that the SMART configuration names. */
export const authorizationEndpoint = artifact({
  name: 'authorizationEndpoint',
  needs: [smartConfiguration, fhirBaseUrl],
  obtain({ smartConfiguration: { document, exchange }, fhirBaseUrl }): URL {
    const url = endpointUrl(document.authorization_endpoint, fhirBaseUrl);
    if (url) return url;
    if (
      document.authorization_endpoint === undefined &&
      readCapabilities(document.capabilities)?.launchesApps === false
    ) {
      throw new Skip('not-advertised', 'neither launches nor an authorization endpoint are advertised');
    }
    throw new Block('the SMART configuration names no authorization endpoint', [exchange]);
  },
});
