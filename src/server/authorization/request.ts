import type { RegisteredClient } from '../clients.ts';

/** An authorization request that was found to be in order (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly client: RegisteredClient;
  readonly redirectUri: string;
  readonly state: string | null;
  /** As asked for. */
  readonly scopes: readonly string[];
  readonly launch: string | null;
  readonly nonce: string | null;
  readonly challenge: string | null;
  readonly parameters: URLSearchParams;
}

/** Why a request cannot be served: an error of RFC 6749 section 4.1.2.1. */
export interface AuthorizationProblem {
  readonly error: string;
  readonly description: string;
}
