import { tokenEndpoint } from '../../src/artifacts/authorization-server.ts';
import { type BackendGrant, backendToken } from '../../src/artifacts/backend.ts';
import { type Launch, usualLaunches } from '../../src/artifacts/launches.ts';
import { smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import {
  artifact,
  attempted,
  Block,
  type Client,
  type Clients,
  configuration,
  http,
  type IntrospectionCredentials,
  isUnobtainable,
  Skip,
} from '../../src/kit/index.ts';
import {
  type AuthenticationMethod,
  type Authenticator,
  type Credentials,
  credentialsOf,
  methodOf,
} from '../../src/oauth/client-authentication.ts';
import { type IntrospectionAnswer, requestIntrospection } from '../../src/oauth/introspection-request.ts';
import { endpointUrl } from '../../src/smart/smart-configuration.ts';

/** Where the server tells about tokens. */
export const introspectionEndpoint = artifact({
  name: 'introspectionEndpoint',
  needs: [configuration, fhirBaseUrl, attempted(smartConfiguration)],
  obtain({ configuration: { introspectionUrl }, fhirBaseUrl, smartConfiguration }): URL {
    const known = !isUnobtainable(smartConfiguration);
    const published = known ? endpointUrl(smartConfiguration.document.introspection_endpoint, fhirBaseUrl) : null;
    if (published) return published;
    if (introspectionUrl !== undefined) return new URL(introspectionUrl);
    if (!known) throw smartConfiguration;
    throw new Skip('not-advertised', 'introspection_endpoint is not published, nor is introspectionUrl configured');
  },
});

/** Someone who asks about tokens. */
export interface Caller {
  readonly kind: 'bearer' | 'client' | 'headers' | 'nobody';
  /** For findings: `the bearer token of my-service`. */
  readonly name: string;
  /** Whose tokens are their own; null when that is not known. */
  readonly clientId: string | null;
  /** For one request: an assertion serves once. */
  credentials(): Promise<Credentials>;
}

const nothing: Credentials = { headers: {}, parameters: {} };

/** Whoever does not say who it is. */
export const nobody: Caller = {
  kind: 'nobody',
  name: 'a caller without credentials',
  clientId: null,
  credentials: async () => nothing,
};

/** Somebody with any bearer token. */
export function bearing(token: string, name: string, clientId: string | null = null): Caller {
  return {
    kind: 'bearer',
    name,
    clientId,
    credentials: async () => ({ headers: { authorization: `Bearer ${token}` }, parameters: {} }),
  };
}

/** Asks at the introspection endpoint, with what every call there carries. */
export interface Introspector {
  /**
   * @throws Block when nothing came back
   * @throws Skip when the caller, who has been answered, is turned away whatever it asks: its own token has ended meanwhile
   */
  ask(token: string, caller: Caller, hint?: string): Promise<IntrospectionAnswer>;
}

export const introspector = artifact({
  name: 'introspector',
  needs: [configuration, introspectionEndpoint, http],
  obtain({ configuration: { clients }, introspectionEndpoint, http }): Introspector {
    const { introspection } = clients;
    const holder = introspection?.bearer === undefined ? null : clientNamed(introspection.bearer, clients);
    // Headers that stand alone are the credentials.
    const always = { ...holder?.headers, ...(isByHeaders(introspection) ? {} : introspection?.headers) };
    const answered = new Set<Caller>();
    const askNow = async (token: string, { headers, parameters }: Credentials, hint?: string) => {
      const form = {
        ...(hint !== undefined && { token_type_hint: hint }),
        ...holder?.params,
        ...introspection?.params,
        ...parameters,
      };
      const request = { token, headers: { ...always, ...headers }, parameters: form };
      return requestIntrospection(request, introspectionEndpoint, http);
    };
    const askAboutItself = async ({ name }: Caller, credentials: Credentials) => {
      const own = (credentials.headers.authorization ?? '').replace(/^bearer +/i, '');
      const answer = await askNow(own, credentials);
      if (answer.exchange.response?.status !== 401) return;
      const reason = `${name} is not let in any more: it has ended, for one reason or another`;
      throw new Skip('undecided', reason, [answer.exchange]);
    };
    return {
      async ask(token, caller, hint) {
        const credentials = await caller.credentials();
        const answer = await askNow(token, credentials, hint);
        if (answer.exchange.response?.status !== 401) answered.add(caller);
        else if (caller.kind === 'bearer' && answered.has(caller)) await askAboutItself(caller, credentials);
        return answer;
      },
    };
  },
});

/**
 * Who may ask, by the configuration, the way first that the guide has for it; empty when it names nobody.
 *
 * @throws Block when the bearer token could not be had
 */
export const callers = artifact({
  name: 'callers',
  needs: [configuration, attempted(usualLaunches), attempted(backendToken), attempted(tokenEndpoint)],
  obtain({ configuration: { clients }, usualLaunches, backendToken, tokenEndpoint }): readonly Caller[] {
    const { introspection } = clients;
    if (!introspection) return [];
    const at = isUnobtainable(tokenEndpoint) ? nowhere : tokenEndpoint;
    const { bearer, clientId, clientSecret, headers } = introspection;
    if (bearer !== undefined) {
      const client = clientNamed(bearer, clients);
      const usual = methodOf(client);
      return [
        bearerOf(client, backendToken, usualLaunches),
        ...waysOf(usual).map((method) => authenticated(client, method, at)),
      ];
    }
    if (clientId !== undefined) {
      const client = { clientId, ...(clientSecret !== undefined && { clientSecret }) };
      return bySecret.map((method) => authenticated(client, method, at));
    }
    return headers ? [byHeaders(headers)] : [];
  },
});

const nowhere: Authenticator = { published: '', takesPlainBasic: new Set() };

const bySecret: readonly AuthenticationMethod[] = ['client_secret_basic', 'client_secret_post'];

/** How a client may authenticate: a secret goes in the header or in the form. */
function waysOf(usual: AuthenticationMethod): readonly AuthenticationMethod[] {
  if (usual === 'none') return [];
  return [usual, ...bySecret.filter((method) => bySecret.includes(usual) && method !== usual)];
}

function isByHeaders(introspection: IntrospectionCredentials | undefined): boolean {
  return introspection?.bearer === undefined && introspection?.clientId === undefined;
}

function clientNamed(name: string, { introspection: _, others: __, ...clients }: Clients): Client {
  const client = new Map(Object.entries(clients)).get(name);
  if (client) return client;
  throw new Skip('not-configured', `clients.introspection.bearer is to name one of clients, which ${name} is not`);
}

function bearerOf(
  client: Client,
  backend: BackendGrant | Skip | Block,
  launched: readonly Launch[] | Skip | Block,
): Caller {
  const { clientId } = client;
  const name = `the bearer token of ${clientId}`;
  if (client.redirectUri !== undefined) {
    if (isUnobtainable(launched)) throw launched;
    const launch = launched.find((candidate) => candidate.client.clientId === clientId);
    if (launch) return bearing(launch.tokens.accessToken, name, clientId);
    throw new Block(`there is no bearer token for introspection: the launch of ${clientId} did not complete`);
  }
  if (isUnobtainable(backend)) throw backend;
  if (backend.client.clientId === clientId) return bearing(backend.tokens.accessToken, name, clientId);
  throw new Skip('not-configured', 'clients.introspection.bearer is to name a client that launches, or backend');
}

function authenticated(client: Client, method: AuthenticationMethod, at: Authenticator): Caller {
  const { clientId } = client;
  return {
    kind: 'client',
    name: `${clientId} with ${method}`,
    clientId,
    credentials: () => credentialsOf(client, at, method),
  };
}

function byHeaders(headers: Readonly<Record<string, string>>): Caller {
  const authorization = new Headers(headers).get('authorization') ?? '';
  return {
    kind: /^bearer /i.test(authorization) ? 'bearer' : 'headers',
    name: 'the configured headers',
    clientId: null,
    credentials: async () => ({ headers, parameters: {} }),
  };
}
