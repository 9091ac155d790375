import { artifact, configuration, type Exchange, http, Skip } from '../kit/index.ts';
import { endpointUrl } from '../smart/smart-configuration.ts';
import { belowBase, wellKnown } from '../smart/well-known.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';

/** An origin that no server has been told about. */
export const anyOrigin = 'https://any-origin.smart-check.test';

/**
 * The browser app for which CORS is asked: the configured client with a web origin, which binds the server, or none
 * known by name where only client-public is advertised, which does not (app-launch, "Considerations for CORS support").
 */
export const browserApp = artifact({
  name: 'browserApp',
  needs: [configuration, capabilities],
  obtain({ configuration: { clients }, capabilities }) {
    const { public: publicClient, appState, others = [] } = clients;
    const origin = [publicClient, appState, ...others].find((client) => client?.origin)?.origin ?? null;
    if (origin || capabilities.includes('client-public')) return { origin };
    throw new Skip(
      'not-advertised',
      'no client that runs purely in a browser is configured (clients.public.origin), and client-public is not advertised',
    );
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
      const [answer, preflight] = await Promise.all([
        http.send({ url, headers: { accept: 'application/json', origin: anyOrigin } }),
        http.send(preflightRequest(url, anyOrigin, 'GET')),
      ]);
      return { url, answer, preflight };
    };
    const [smartConfiguration, metadata] = await Promise.all([
      ask(wellKnown(fhirBaseUrl, 'smart-configuration')),
      ask(belowBase(fhirBaseUrl, 'metadata')),
    ]);
    return { smartConfiguration, metadata };
  },
});

/** An erroneous token request from the app's page, and the preflight for one. */
export const tokenEndpointAcrossOrigins = artifact({
  name: 'tokenEndpointAcrossOrigins',
  needs: [registeredOrigin, smartConfiguration, fhirBaseUrl, http],
  async obtain({ registeredOrigin: origin, smartConfiguration: { document }, fhirBaseUrl, http }) {
    const url = endpointUrl(document.token_endpoint, fhirBaseUrl);
    if (!url) throw new Skip('not-advertised', 'the SMART configuration names no token endpoint');
    const [error, preflight] = await Promise.all([
      http.send({
        method: 'POST',
        url,
        headers: { origin },
        body: new URLSearchParams({ grant_type: 'authorization_code' }),
      }),
      http.send(preflightRequest(url.href, origin, 'POST', ['content-type', 'authorization'])),
    ]);
    return { error, preflight };
  },
});

/** The preflight for a read with an access token from the app's page. */
export const fhirPreflight = artifact({
  name: 'fhirPreflight',
  needs: [registeredOrigin, fhirBaseUrl, http],
  obtain({ registeredOrigin, fhirBaseUrl, http }) {
    return http.send(preflightRequest(belowBase(fhirBaseUrl, 'Patient'), registeredOrigin, 'GET', ['authorization']));
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
