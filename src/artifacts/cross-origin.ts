import { namedType } from '../fhir/interactions.ts';
import { artifact, configuration, type Exchange, type HttpClient, http, Skip } from '../kit/index.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { belowBase, wellKnown } from '../smart/well-known.ts';
import { metadataDocument } from './capability-statement.ts';
import { readDocument } from './document.ts';
import {
  advertisedBy,
  noSmartConfiguration,
  smartConfiguration,
  smartConfigurationExchange,
} from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** An origin that no server has been told about. */
export const anyOrigin = 'https://any-origin.smart-check.test';

/**
 * The browser app for which CORS is asked: the configured client with a web origin, which binds the server, or none
 * known by name where only client-public is advertised, which does not (app-launch, "Considerations for CORS support").
 */
export const browserApp = artifact({
  name: 'browserApp',
  needs: [configuration, smartConfigurationExchange],
  obtain({ configuration: { clients }, smartConfigurationExchange: exchange }) {
    const { public: publicClient, appState, others = [] } = clients;
    const client = [publicClient, appState, ...others].find((one) => one?.origin);
    // As browsers write it: in lower case, without a default port.
    if (client?.origin) return { origin: new URL(client.origin).origin, client };
    const document = readDocument(exchange, 'the SMART configuration');
    if (document.kind === 'other') throw noSmartConfiguration(document);
    if (advertisedBy({ document: document.object, exchange }).includes('client-public'))
      return { origin: null, client: null };
    throw new Skip(
      'not-advertised',
      'no client that runs purely in a browser is configured (clients.public.origin), and client-public is not advertised',
    );
  },
});

/** The browser app whose origin is registered. */
export const registeredApp = artifact({
  name: 'registeredApp',
  needs: [browserApp],
  obtain({ browserApp: { client } }) {
    if (client) return client;
    throw new Skip('not-configured', 'needs clients.public.origin, the web origin registered for a browser app');
  },
});

/** The origin registered for the browser app. */
export const registeredOrigin = artifact({
  name: 'registeredOrigin',
  needs: [browserApp],
  obtain({ browserApp: { origin } }) {
    if (origin) return origin;
    throw new Skip('not-configured', 'needs clients.public.origin, the web origin registered for a browser app');
  },
});

/** The public documents as a page of any origin asks for them, and the preflights for that. */
export const publicDocumentsAcrossOrigins = artifact({
  name: 'publicDocumentsAcrossOrigins',
  needs: [browserApp, fhirBaseUrl, http],
  async obtain({ fhirBaseUrl, http }) {
    const ask = async (url: string) => {
      const [hops, preflight] = await Promise.all([
        askFollowing(url, anyOrigin, http),
        http.send(preflightRequest(url, anyOrigin, 'GET')),
      ]);
      return { url, hops, preflight };
    };
    const [smartConfiguration, metadata] = await Promise.all([
      ask(wellKnown(fhirBaseUrl, 'smart-configuration')),
      ask(belowBase(fhirBaseUrl, 'metadata')),
    ]);
    return { smartConfiguration, metadata };
  },
});

/** How many redirects are followed. */
const maxHops = 5;

/** A GET as a page of that origin sends it, with every redirect on the way: a browser wants each hop to allow it. */
export async function askFollowing(
  url: string,
  origin: string,
  http: HttpClient,
  limits: { readonly maxBodyBytes?: number } = {},
): Promise<readonly Exchange[]> {
  const hops: Exchange[] = [];
  for (let next: string | null = url; next !== null && hops.length <= maxHops; ) {
    const answer: Exchange = await http.send({
      url: next,
      redirect: 'manual',
      headers: { accept: 'application/json', origin },
      ...limits,
    });
    hops.push(answer);
    next = redirectTarget(answer);
  }
  return hops;
}

function redirectTarget({ request, response }: Exchange): string | null {
  const location = response?.headers.location;
  if (!response || ![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return null;
  const target = URL.canParse(location, request.url) ? new URL(location, request.url) : null;
  return target && /^https?:$/.test(target.protocol) ? target.href : null;
}

/** An erroneous token request from the app's page, and the preflight for one. A server may know origins by client. */
export const tokenEndpointAcrossOrigins = artifact({
  name: 'tokenEndpointAcrossOrigins',
  needs: [registeredOrigin, registeredApp, smartConfiguration, fhirBaseUrl, http],
  async obtain({ registeredOrigin: origin, registeredApp, smartConfiguration: { document }, fhirBaseUrl, http }) {
    const { clientId, params, headers } = registeredApp;
    const url = endpointUrl(document.token_endpoint, fhirBaseUrl);
    if (!url) throw new Skip('not-advertised', 'the SMART configuration names no token endpoint');
    const [error, preflight] = await Promise.all([
      http.send({
        method: 'POST',
        url,
        headers: { ...headers, origin },
        body: new URLSearchParams({ grant_type: 'authorization_code', client_id: clientId, ...params }),
      }),
      http.send(preflightRequest(url.href, origin, 'POST', ['authorization'])),
    ]);
    return { error, preflight };
  },
});

/** A resource type that the server knows, Patient where nothing is known. */
export const aResourceType = artifact({
  name: 'aResourceType',
  needs: [metadataDocument],
  obtain: ({ metadataDocument }) =>
    (metadataDocument.kind === 'object' ? namedType(metadataDocument.object) : null) ?? 'Patient',
});

/** The preflight for a read with an access token from the app's page. */
export const fhirPreflight = artifact({
  name: 'fhirPreflight',
  needs: [registeredOrigin, aResourceType, fhirBaseUrl, http],
  obtain({ registeredOrigin, aResourceType, fhirBaseUrl, http }) {
    const url = belowBase(fhirBaseUrl, aResourceType);
    return http.send(preflightRequest(url, registeredOrigin, 'GET', ['authorization']));
  },
});

/** A CORS preflight (Fetch, "CORS-preflight fetch"). */
export function preflightRequest(url: string, origin: string, method: string, headers: readonly string[] = []) {
  return {
    method: 'OPTIONS',
    url,
    redirect: 'manual' as const,
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers.length > 0 && { 'access-control-request-headers': headers.join(',') }),
    },
  };
}

/** Whether an answer lets a page of that origin read it (Fetch, "CORS check", without credentials). */
export function allowsOrigin({ response }: Exchange, origin: string): boolean {
  const allowed = response?.headers['access-control-allow-origin'];
  return allowed === '*' || allowed === origin;
}
