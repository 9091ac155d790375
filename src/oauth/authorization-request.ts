import { randomBytes } from 'node:crypto';
import type { Client } from '../kit/index.ts';
import { createPkce, type Pkce } from './pkce.ts';

/** An authorization request (RFC 6749 section 4.1.1; app-launch, "Obtain authorization code") and what its sender remembers. */
export interface AuthorizationRequest {
  readonly client: Client & { readonly redirectUri: string };
  readonly endpoint: URL;
  readonly method: 'GET' | 'POST';
  /** As they are sent. */
  readonly parameters: URLSearchParams;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly pkce: Pkce;
}

export interface AuthorizationRequestOptions {
  readonly client: Client & { readonly redirectUri: string };
  readonly endpoint: URL;
  /** The FHIR base URL. */
  readonly aud: string;
  readonly scope: string;
  /** What the EHR handed over, in a launch from there. */
  readonly launch?: string;
  /** GET unless given. */
  readonly method?: 'GET' | 'POST';
  readonly state?: string;
  readonly pkce?: Pkce;
  /** Changes what is about to be sent, for requests that are not well made. */
  readonly change?: (parameters: URLSearchParams) => void;
}

export function authorizationRequest(options: AuthorizationRequestOptions): AuthorizationRequest {
  const { client, endpoint, aud, scope, launch, method = 'GET', pkce = createPkce() } = options;
  const { redirectUri } = client;
  const state = options.state ?? unguessable();
  const nonce = unguessable();
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    ...(launch !== undefined && { launch }),
    scope,
    state,
    aud,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...(scope.split(' ').includes('openid') && { nonce }),
    ...client.params,
  });
  options.change?.(parameters);
  return { client, endpoint, method, parameters, redirectUri, state, nonce, pkce };
}

/** For launches of which no ID token is asked anything: there are servers that a nonce gets into trouble later. */
export const withoutNonce = (parameters: URLSearchParams): void => parameters.delete('nonce');

/** Where the browser goes: the endpoint keeps a query of its own (RFC 6749 section 3.1). */
export function navigationOf({ endpoint, method, parameters }: AuthorizationRequest): {
  url: string;
  form?: URLSearchParams;
} {
  if (method === 'POST') return { url: endpoint.href, form: parameters };
  const url = new URL(endpoint);
  url.search = [url.search.slice(1), parameters.toString()].filter((part) => part !== '').join('&');
  return { url: url.href };
}

function unguessable(): string {
  return randomBytes(24).toString('base64url');
}
