import {
  artifact,
  attempted,
  Block,
  type Client,
  configuration,
  type Exchange,
  isUnobtainable,
  Skip,
} from '../kit/index.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import type { TokenAnswer, TokenResponse } from '../oauth/token-request.ts';
import { backendScope } from '../smart/backend-scope.ts';
import { whyNoToken } from './launcher.ts';
import { smartConfiguration } from './smart-configuration.ts';
import { type TokenClient, tokenClient } from './token-client.ts';

/** The client that acts for itself, without a user (backend-services). */
export const backendClient = artifact({
  name: 'backendClient',
  needs: [configuration, attempted(smartConfiguration)],
  obtain({ configuration: { clients }, smartConfiguration }): Client {
    if (clients.backend) return clients.backend;
    const isRead = !isUnobtainable(smartConfiguration);
    const grantTypes = isRead ? smartConfiguration.document.grant_types_supported : undefined;
    if (Array.isArray(grantTypes) && !grantTypes.includes('client_credentials')) {
      throw new Skip('not-advertised', 'grant_types_supported lacks client_credentials, and clients.backend is absent');
    }
    throw new Skip('not-configured', 'needs clients.backend, a client with keys that is registered for system/ scopes');
  },
});

/** What a request departs in from the one that the client is registered for. */
export interface BackendDeparture {
  readonly client?: Client;
  /** Null leaves it out. */
  readonly scope?: string | null;
  readonly credentials?: Credentials;
  readonly change?: (form: URLSearchParams) => void;
}

/** Asks for tokens by client_credentials (RFC 6749 section 4.4). */
export interface BackendRequester {
  readonly client: Client;
  /** That of every request that does not depart in it. */
  readonly scope: string;
  /** @throws Block when nothing comes back */
  request(departure?: BackendDeparture): Promise<TokenAnswer>;
}

export const backendRequester = artifact({
  name: 'backendRequester',
  needs: [backendClient, smartConfiguration, tokenClient],
  obtain({ backendClient: client, smartConfiguration: { document }, tokenClient }): BackendRequester {
    const scope = backendScope(client, document);
    return { client, scope, request: (departure) => requestWith(tokenClient, { client, scope, ...departure }) };
  },
});

/** The well-made request, and what came of it: whatever else is asked departs from it in one thing. */
export const backendAnswer = artifact({
  name: 'backendAnswer',
  perishes: true,
  needs: [backendRequester],
  obtain: ({ backendRequester }): Promise<TokenAnswer> => backendRequester.request(),
});

/** A token that was given to the backend service. */
export interface BackendGrant {
  readonly client: Client;
  /** As asked for; `tokens.scopes` is what was granted. */
  readonly scope: string;
  readonly exchange: Exchange;
  readonly tokens: TokenResponse;
}

/** What the well-made request brought: the token of all who need one. @throws Block when it was refused */
export const backendToken = artifact({
  name: 'backendToken',
  needs: [backendRequester, backendAnswer],
  obtain({ backendRequester: { client, scope }, backendAnswer: answer }): BackendGrant {
    const { exchange } = answer;
    if (answer.kind === 'granted') return { client, scope, exchange, tokens: answer.tokens };
    throw new Block(`the backend service ${client.clientId} got no token: ${whyNoToken(answer)}`, [exchange]);
  },
});

function requestWith(
  tokenClient: TokenClient,
  { client, scope, credentials, change }: BackendDeparture & { readonly client: Client; readonly scope: string | null },
): Promise<TokenAnswer> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== null && { scope }) });
  change?.(form);
  return tokenClient.request({ client, parameters: form, ...(credentials && { credentials }) });
}
