import type { AccessDecision } from './access.ts';
import { type AppStateRules, conformantAppState } from './app-state/rules.ts';
import type { LaunchContext } from './authorization/launch-context.ts';
import { type AuthorizationRules, conformantAuthorization } from './authorization/rules.ts';
import { type ClientRules, conformantClientRules } from './client-authentication.ts';
import type { CorsPolicy } from './cors.ts';
import { conformantCors } from './cors.ts';
import type { EndpointName, RequestContext } from './endpoint.ts';
import { brandBundle } from './endpoints/brands.ts';
import { capabilityStatement } from './endpoints/metadata.ts';
import { openidConfiguration } from './endpoints/openid-configuration.ts';
import { smartConfiguration } from './endpoints/smart-configuration.ts';
import { type SpokenVersions, spokenVersions } from './endpoints/versions.ts';
import { type Bearer, conformantBearer } from './fhir/bearer.ts';
import { conformantFhirAccess, type FhirAccess } from './fhir/fhir-access.ts';
import type { JsonObject } from './json.ts';
import type { Setup } from './setup.ts';
import { conformantTransport, type Transport } from './tls/transport.ts';
import { together } from './together.ts';
import { accessOf } from './tokens/access-of.ts';
import { conformantIdTokens, type IdTokenRules } from './tokens/id-token.ts';
import { conformantIntrospection, type IntrospectionRules } from './tokens/introspection.ts';
import { conformantRevocation, type RevocationRules } from './tokens/revocation.ts';
import { conformantTokens, type TokenRules } from './tokens/rules.ts';

/**
 * Every decision of the server in which a fault may step in, each a small function. Endpoints ask here and never know of
 * faults; a fault replaces one or a few of them, usually by way of the conformant one.
 */
export interface Behaviour {
  /** The document at the FHIR base URL (conformance, "Metadata"). */
  smartConfiguration(): JsonObject;
  capabilityStatement(): JsonObject;
  /** The answer to `$versions`. */
  spokenVersions(): SpokenVersions;
  /** OpenID Connect Discovery 1.0 section 3. */
  openidConfiguration(): JsonObject;
  jwks(): JsonObject;
  /** The user-access brand bundle. */
  brandBundle(): JsonObject;
  cors(endpoint: EndpointName): CorsPolicy;
  /** The answer to a request that is no preflight, before pages are let in; `answer` makes the usual one. */
  respond(asked: Asked, answer: () => Promise<Response>): Promise<Response>;
  /** Of a server that speaks https. */
  transport(): Transport;
  /** What the authorization endpoint insists on, and what it sends back. */
  readonly authorization: AuthorizationRules;
  /** What the token endpoint insists on and gives. */
  readonly tokens: TokenRules;
  readonly clients: ClientRules;
  readonly idTokens: IdTokenRules;
  readonly introspection: IntrospectionRules;
  readonly revocation: RevocationRules;
  resolveAccessToken(token: string): AccessDecision;
  /** How the FHIR API takes access tokens, and what their scopes allow there. */
  readonly bearer: Bearer;
  readonly fhirAccess: FhirAccess;
  /** The context of a launch that begins with a Task. */
  taskContext(context: LaunchContext): LaunchContext;
  readonly appState: AppStateRules;
}

/** What was asked for. */
export interface Asked {
  readonly endpoint: EndpointName;
  readonly request: Request;
  readonly context: RequestContext;
}

/** Changes a server's behaviour in part. `usual` is what it would do otherwise. */
export type Override = (usual: Behaviour, setup: Setup) => Partial<Behaviour>;

/** What guide 2.2 asks for, with the overrides laid over it in their order. */
export function behaviourOf(setup: Setup, overrides: readonly Override[]): Behaviour {
  const conformant = conformantBehaviour(setup);
  return { ...conformant, ...together(...overrides)(conformant, setup) };
}

function conformantBehaviour(setup: Setup): Behaviour {
  return {
    smartConfiguration: () => smartConfiguration(setup),
    capabilityStatement: () => capabilityStatement(setup),
    spokenVersions: () => spokenVersions(setup),
    openidConfiguration: () => openidConfiguration(setup),
    jwks: () => ({ keys: setup.signingKeys.map(({ publicJwk }) => publicJwk) }),
    brandBundle: () => brandBundle(setup),
    cors: conformantCors(setup),
    respond: (_asked, answer) => answer(),
    transport: () => conformantTransport(setup),
    authorization: conformantAuthorization(setup),
    tokens: conformantTokens(setup),
    clients: conformantClientRules(setup),
    idTokens: conformantIdTokens(setup),
    introspection: conformantIntrospection(setup),
    revocation: conformantRevocation(setup),
    resolveAccessToken: (token) => accessOf(token, setup),
    bearer: conformantBearer,
    fhirAccess: conformantFhirAccess(setup),
    appState: conformantAppState(setup),
    taskContext: (context) => context,
  };
}
