import { contextMembers } from '../authorization/launch-context.ts';
import { authenticateClient, type ClientRules } from '../client-authentication.ts';
import type { RegisteredClient } from '../clients.ts';
import { conformantBearer } from '../fhir/bearer.ts';
import type { JsonObject } from '../json.ts';
import { oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { IssuedToken } from '../vault.ts';
import { accessOf } from './access-of.ts';

/** Whom the introspection endpoint answers, and with what; each rule is a decision of its own, which a fault may change. */
export interface IntrospectionRules {
  /** Who asks, by a bearer token or by authentication as a client; null when it is nobody that is known. */
  caller(request: Request, parameters: URLSearchParams, clients: ClientRules): Promise<RegisteredClient | null>;
  /** RFC 7662 section 2.1; token-introspection, "Authorization to perform Token Introspection". */
  mayAsk(caller: RegisteredClient | null): boolean;
  refusal(request: Request, clients: ClientRules): Response;
  /** What a token is good for now; null when for nothing. `hint` is the token_type_hint. */
  live(token: string, hint: string | null): IssuedToken | null;
  /** What is said of a token that is good (RFC 7662 section 2.2; token-introspection). */
  active(issued: IssuedToken, caller: RegisteredClient | null): JsonObject;
  inactive(token: string): JsonObject;
}

export function conformantIntrospection(setup: Setup): IntrospectionRules {
  const { vault } = setup;
  const live = (token: string) =>
    accessOf(token, setup).kind === 'granted' ? (vault.accessTokens.get(token) ?? null) : null;
  return {
    async caller(request, parameters, clients) {
      const bearer = conformantBearer.presentedToken(request);
      if (bearer.kind === 'malformed') return null;
      if (bearer.kind === 'token') return live(bearer.token)?.grant.client ?? null;
      const presented = await authenticateClient(request, parameters, setup, clients);
      return presented === null || presented.proof === 'nothing' ? null : presented.client;
    },
    mayAsk: (caller) => caller?.role === 'backend',
    refusal: (request, clients) =>
      conformantBearer.presentedToken(request).kind === 'none' ? clients.refusal(request) : invalidToken(),
    live,
    active: ({ grant, scopes, issuedAt, expiresAt, response }) => ({
      active: true,
      token_type: 'Bearer',
      scope: typeof response.scope === 'string' ? response.scope : scopes.join(' '),
      client_id: grant.client.clientId,
      iat: Math.floor(issuedAt / 1000),
      exp: Math.floor(expiresAt / 1000),
      ...contextIn(response),
      ...claimsIn(response.id_token),
    }),
    inactive: () => ({ active: false }),
  };
}

/** RFC 7662 section 2.3, by way of RFC 6750 section 3. */
function invalidToken(): Response {
  return oauthError('invalid_token', 'the bearer may not introspect', {
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="oauth", error="invalid_token"' },
  });
}

const contextNames = Object.keys(
  contextMembers({
    patient: '',
    encounter: '',
    fhirContext: [],
    needPatientBanner: true,
    intent: '',
    smartStyleUrl: '',
    tenant: '',
  }),
);

/** Launch context as the token response had it. */
function contextIn(response: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(response).filter(([name]) => contextNames.includes(name)));
}

/** What the id_token of the token response said of the user. */
function claimsIn(idToken: unknown): JsonObject {
  const [, payload = ''] = typeof idToken === 'string' ? idToken.split('.') : [];
  const claims = objectIn(Buffer.from(payload, 'base64url').toString('utf8'));
  const repeated = ['iss', 'sub', 'fhirUser'];
  return Object.fromEntries(Object.entries(claims).filter(([name]) => repeated.includes(name)));
}

function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
