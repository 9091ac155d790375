import { artifact, type Exchange, http } from '../kit/index.ts';
import { isLoopback } from '../smart/loopback.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { belowBase } from '../smart/well-known.ts';
import { readDocument } from './document.ts';
import { smartConfigurationExchange } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

export interface SecuredEndpoint {
  /** `/metadata`, or the member of the SMART configuration that names it. */
  readonly name: string;
  readonly url: URL;
}

/** The members that name OAuth endpoints; brand bundles and app-state stores may live elsewhere. */
const oauthMembers = [
  'authorization_endpoint',
  'token_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'registration_endpoint',
  'management_endpoint',
  'jwks_uri',
] as const;

/**
 * /metadata and every OAuth endpoint the server publishes; /metadata alone when there is no SMART configuration to be
 * had, since a bad certificate may be just what keeps it from us.
 */
export const securedEndpoints = artifact({
  name: 'securedEndpoints',
  needs: [fhirBaseUrl, smartConfigurationExchange],
  obtain({ fhirBaseUrl, smartConfigurationExchange: exchange }): readonly SecuredEndpoint[] {
    const document = exchange.response ? readDocument(exchange, 'the SMART configuration') : null;
    const published = document?.kind === 'object' ? document.object : {};
    const oauthEndpoints = oauthMembers.flatMap((name) => {
      const url = endpointUrl(published[name], fhirBaseUrl);
      return url ? [{ name, url }] : [];
    });
    return [{ name: '/metadata', url: new URL(belowBase(fhirBaseUrl, 'metadata')) }, ...oauthEndpoints];
  },
});

export interface HttpsAnswer {
  readonly endpoint: SecuredEndpoint;
  readonly exchange: Exchange;
}

/** One answer over https from each origin among the endpoints, with the TLS versions of today. */
export const httpsAnswers = artifact({
  name: 'httpsAnswers',
  needs: [securedEndpoints, http],
  obtain({ securedEndpoints, http }): Promise<readonly HttpsAnswer[]> {
    const byOrigin = new Map(
      securedEndpoints
        .filter(({ url }) => url.protocol === 'https:')
        .reverse()
        .map((endpoint) => [endpoint.url.origin, endpoint] as const),
    );
    const ask = async (endpoint: SecuredEndpoint) => {
      const exchange = await http.send({ url: endpoint.url, redirect: 'manual' });
      return { endpoint, exchange };
    };
    return Promise.all([...byOrigin.values()].map(ask));
  },
});

/** Whether an endpoint is plain http on this machine, where TLS is not asked for. */
export function isLoopbackHttp({ url }: SecuredEndpoint): boolean {
  return url.protocol === 'http:' && isLoopback(url);
}
