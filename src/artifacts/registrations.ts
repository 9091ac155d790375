import { randomBytes } from 'node:crypto';
import { type Caught, caughtFrom } from '../browser/caught.ts';
import type { JourneyOutcome } from '../browser/journey.ts';
import { placeOf } from '../browser/place-of.ts';
import { textOf } from '../browser/plain/read-form.ts';
import {
  artifact,
  attempted,
  type Block,
  type Configuration,
  configuration,
  type Exchange,
  type HttpClient,
  http,
  isUnobtainable,
  type Skip,
} from '../kit/index.ts';
import { authorizationRequest, navigationOf } from '../oauth/authorization-request.ts';
import { createPkce } from '../oauth/pkce.ts';
import type { TokenRequest } from '../oauth/token-request.ts';
import { backendScope } from '../smart/backend-scope.ts';
import { launchScopes } from '../smart/launch-scopes.ts';
import type { Capabilities, SmartConfiguration } from '../smart/smart-configuration.ts';
import { answeredWith } from './authorization-outcome.ts';
import { authorizationEndpoint } from './authorization-server.ts';
import { createDoubts, type Doubts, refusing } from './doubts.ts';
import { type NamedClient, namedClients } from './named-clients.ts';
import { capabilities, smartConfiguration } from './smart-configuration.ts';
import { fhirBaseUrl } from './target.ts';
import { type TokenClient, tokenClient } from './token-client.ts';

/** What the server makes of a client of the configuration, tried without a browser and without a user. */
export interface Registration {
  /** `clients.public` */
  readonly entry: string;
  /** `open`: the answer does not tell. */
  readonly verdict: 'known' | 'refused' | 'open';
  /** What was sent and what came back. */
  readonly seen: string;
  /** Which entries may be wrong. */
  readonly hint: string | null;
}

/**
 * Asks for a token with a code that nobody issued, or by client_credentials, and begins an authorization. Where a client
 * does not authenticate or its redirect URI is not registered, that is said before anything else (RFC 6749 sections 4.1.2.1
 * and 5.2).
 */
export const registrations = artifact({
  name: 'registrations',
  needs: [
    configuration,
    fhirBaseUrl,
    http,
    smartConfiguration,
    attempted(capabilities),
    attempted(tokenClient),
    attempted(authorizationEndpoint),
  ],
  async obtain(surroundings): Promise<readonly Registration[]> {
    const doubts = createDoubts(surroundings.configuration);
    const tried = namedClients(surroundings.configuration).flatMap((client) => {
      const { redirectUri } = client;
      const token = askForToken(client, surroundings, doubts);
      return redirectUri === undefined
        ? [token]
        : [token, beginAuthorization({ ...client, redirectUri }, surroundings, doubts)];
    });
    return Promise.all(tried);
  },
});

interface Surroundings {
  readonly configuration: Configuration;
  readonly fhirBaseUrl: string;
  readonly http: HttpClient;
  readonly smartConfiguration: SmartConfiguration;
  readonly capabilities: Capabilities | Skip | Block;
  readonly tokenClient: TokenClient | Skip | Block;
  readonly authorizationEndpoint: URL | Skip | Block;
}

async function askForToken(
  client: NamedClient,
  { configuration, smartConfiguration, tokenClient }: Surroundings,
  doubts: Doubts,
): Promise<Registration> {
  const { entry, redirectUri } = client;
  if (isUnobtainable(tokenClient)) return open(entry, tokenClient.message);
  const isService = redirectUri === undefined || client.clientId === configuration.clients.backend?.clientId;
  const parameters: TokenRequest['parameters'] = isService
    ? { grant_type: 'client_credentials', scope: backendScope(client, smartConfiguration.document) }
    : {
        grant_type: 'authorization_code',
        code: randomBytes(24).toString('base64url'),
        redirect_uri: redirectUri,
        code_verifier: createPkce().verifier,
      };
  try {
    const answer = await tokenClient.send({ client, parameters });
    doubts.see(answer.exchange);
    const isKnown = answer.kind === 'granted' || (answer.kind === 'refused' && answer.error === 'invalid_grant');
    const what = isService ? 'a request for a token' : 'a request to redeem a code that nobody issued';
    return judged(entry, isKnown, `${what} is answered ${answeredWith(answer)}`, doubts, answer.exchange);
  } catch (error) {
    if (isUnobtainable(error)) return open(entry, error.message);
    throw error;
  }
}

async function beginAuthorization(
  client: NamedClient & { readonly redirectUri: string },
  { configuration, fhirBaseUrl, http, capabilities, authorizationEndpoint }: Surroundings,
  doubts: Doubts,
): Promise<Registration> {
  const { entry, redirectUri } = client;
  if (isUnobtainable(authorizationEndpoint)) return open(entry, authorizationEndpoint.message);
  const scope = isUnobtainable(capabilities)
    ? (client.scope ?? 'launch/patient')
    : launchScopes(client, capabilities, 'standalone', configuration.specVersion);
  const request = authorizationRequest({ client, endpoint: authorizationEndpoint, aud: fhirBaseUrl, scope });
  const exchange = await http.send({
    url: navigationOf(request).url,
    redirect: 'manual',
    headers: { accept: 'text/html', ...client.headers },
  });
  const { response, error } = exchange;
  if (!response) return open(entry, `the authorization endpoint was not reached: ${error?.message}`);
  const to = destinationOf(exchange);
  doubts.seeJourney(asJourney(exchange, to, redirectUri));
  const goesOn = to ? !to.parameters.has('error') : response.status === 200 && !isRefusingPage(response.body);
  const seen = `an authorization request is answered ${response.status}${to ? `, on to ${shown(to)}` : ''}`;
  return judged(entry, goesOn, seen, doubts, exchange);
}

function open(entry: string, seen: string): Registration {
  return { entry, verdict: 'open', seen, hint: null };
}

function judged(entry: string, isKnown: boolean, seen: string, doubts: Doubts, { id }: Exchange): Registration {
  const hint = isKnown ? null : doubts.hintFor([id]);
  return { entry, verdict: isKnown ? 'known' : hint === null ? 'open' : 'refused', seen, hint };
}

/** What a browser would have come to, had it stopped here. */
function asJourney(exchange: Exchange, to: Caught | null, redirectUri: string): JourneyOutcome {
  const { response } = exchange;
  const travelled = { exchanges: [exchange], strip: [] };
  if (to && placeOf(to.url) === placeOf(redirectUri)) return { kind: 'returned', ...to, ...travelled };
  const status = response?.status ?? null;
  const isError = status !== null && status >= 400;
  return {
    kind: 'stopped',
    cause: isError ? 'error-page' : 'stuck',
    message: to === null ? textOf(response?.body ?? '') : '',
    lastStatus: status,
    ...travelled,
  };
}

/** Where it leads, and what goes along. */
function destinationOf({ request, response }: Exchange): Caught | null {
  const { location } = response?.headers ?? {};
  if (location === undefined || !URL.canParse(location, request.url)) return null;
  return caughtFrom({ url: new URL(location, request.url).href, method: 'GET', body: null });
}

/** Without what may be of one session. */
function shown({ url, parameters }: Caught): string {
  const { origin, protocol } = new URL(url);
  const error = parameters.get('error');
  return `${origin === 'null' ? protocol : origin}${error === null ? '' : ` with error=${error}`}`;
}

/** A page that says so, and on which there is nothing to fill in. */
function isRefusingPage(html: string): boolean {
  return refusing.test(textOf(html)) && !/<(input|button)\b/i.test(html);
}
