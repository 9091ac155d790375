/** The forms most faults take: a document changed before it is sent, an answer changed after it was made. */
import type { AppStateRules } from '../app-state/rules.ts';
import type { AuthorizationRules } from '../authorization/rules.ts';
import type { Asked, Behaviour, Override } from '../behaviour.ts';
import type { ClientRules } from '../client-authentication.ts';
import type { CorsPolicy } from '../cors.ts';
import type { EndpointName } from '../endpoint.ts';
import type { FhirAccess } from '../fhir/fhir-access.ts';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import type { Transport } from '../tls/transport.ts';
import type { AssertionRules } from '../tokens/client-assertion.ts';
import type { IdTokenRules } from '../tokens/id-token.ts';
import type { IntrospectionRules } from '../tokens/introspection.ts';
import type { RevocationRules } from '../tokens/revocation.ts';
import type { GrantType, TokenRules } from '../tokens/rules.ts';
import type { Grant } from '../vault.ts';

type Change = (document: JsonObject, setup: Setup) => JsonObject;

export function changesSmartConfiguration(change: Change): Override {
  return (usual, setup) => ({ smartConfiguration: () => change(usual.smartConfiguration(), setup) });
}

export function changesOpenidConfiguration(change: Change): Override {
  return (usual, setup) => ({ openidConfiguration: () => change(usual.openidConfiguration(), setup) });
}

export function changesBrandBundle(change: Change): Override {
  return (usual, setup) => ({ brandBundle: () => change(usual.brandBundle(), setup) });
}

/** `change` gets the published keys and the private ones, in the same order. */
export function changesKeys(
  change: (keys: readonly JsonObject[], privateKeys: readonly JsonObject[]) => readonly JsonObject[],
): Override {
  return (usual, { signingKeys }) => ({
    jwks: () => {
      const keys = usual.jwks().keys;
      const privateKeys = signingKeys.map(({ privateJwk }) => privateJwk);
      return { ...usual.jwks(), keys: change(Array.isArray(keys) ? keys : [], privateKeys) };
    },
  });
}

/** The answers of one endpoint; preflights are not among them. */
export function changesAnswers(
  endpoint: EndpointName,
  change: (
    answer: () => Promise<Response>,
    asked: Asked,
    usual: Behaviour,
    setup: Setup,
  ) => Response | Promise<Response>,
): Override {
  return (usual, setup) => ({
    respond: async (asked, answer) => {
      const usualAnswer = () => usual.respond(asked, answer);
      return asked.endpoint === endpoint ? change(usualAnswer, asked, usual, setup) : usualAnswer();
    },
  });
}

/** Has another request answered than the one that came. */
export function replaceRequest({ context }: Pick<Asked, 'context'>, url: URL, init: RequestInit): void {
  context.req.raw = new Request(url, init);
  Object.defineProperty(context.req, 'path', { value: url.pathname, configurable: true });
}

export function changesCors(
  endpoints: readonly EndpointName[],
  change: (policy: CorsPolicy) => Partial<CorsPolicy>,
): Override {
  return (usual) => ({
    cors: (endpoint) => {
      const policy = usual.cors(endpoint);
      return endpoints.includes(endpoint) ? { ...policy, ...change(policy) } : policy;
    },
  });
}

export function changesTransport(change: (transport: Transport) => Partial<Transport>): Override {
  return (usual) => ({ transport: () => ({ ...usual.transport(), ...change(usual.transport()) }) });
}

export function changesAuthorization(
  change: (rules: AuthorizationRules, setup: Setup) => Partial<AuthorizationRules>,
): Override {
  return (usual, setup) => ({ authorization: { ...usual.authorization, ...change(usual.authorization, setup) } });
}

/** The authorization endpoint no longer objects for this reason. */
export function lacksAuthorizationCheck(...names: readonly (keyof AuthorizationRules['checks'])[]): Override {
  return changesAuthorization(({ checks }) => ({ checks: { ...checks, ...silenced(names) } }));
}

export function changesTokens(change: (rules: TokenRules, setup: Setup) => Partial<TokenRules>): Override {
  return (usual, setup) => ({ tokens: { ...usual.tokens, ...change(usual.tokens, setup) } });
}

/** The members of successful token responses, changed. */
export function changesTokenResponse(
  change: (members: JsonObject, ...of: [Grant, GrantType, Setup]) => JsonObject,
): Override {
  return changesTokens((rules, setup) => ({
    response: (members, grant, grantType) => change(rules.response(members, grant, grantType), grant, grantType, setup),
  }));
}

/** The patient/ scopes that were asked for, whatever the user has deselected. */
export function askedOfPatient(grant: Grant, { codes }: Setup['vault']): readonly string[] {
  const code = [...codes.values()].find((one) => one.grant === grant);
  const asked = code?.request.parameters.get('scope')?.split(' ') ?? [];
  return asked.filter((scope) => scope.startsWith('patient/'));
}

/** What access tokens are good for, whatever the response says. */
export function changesTokenScopes(
  change: (scopes: readonly string[], grantType: GrantType, grant: Grant, setup: Setup) => readonly string[],
): Override {
  return changesTokenResponse((members, grant, grantType, setup) => {
    const { vault } = setup;
    const token = String(members.access_token);
    const issued = vault.accessTokens.get(token);
    if (issued) vault.accessTokens.set(token, { ...issued, scopes: change(issued.scopes, grantType, grant, setup) });
    return members;
  });
}

/** Codes are redeemed without this check. */
export function lacksCodeCheck(...names: readonly (keyof TokenRules['codeChecks'])[]): Override {
  return changesTokens(({ codeChecks }) => ({ codeChecks: { ...codeChecks, ...silenced(names) } }));
}

export function lacksRefreshCheck(...names: readonly (keyof TokenRules['refreshChecks'])[]): Override {
  return changesTokens(({ refreshChecks }) => ({ refreshChecks: { ...refreshChecks, ...silenced(names) } }));
}

export function changesClientRules(change: (rules: ClientRules, setup: Setup) => Partial<ClientRules>): Override {
  return (usual, setup) => ({ clients: { ...usual.clients, ...change(usual.clients, setup) } });
}

export function changesAssertions(change: (rules: AssertionRules, setup: Setup) => Partial<AssertionRules>): Override {
  return changesClientRules(({ assertions }, setup) => ({
    assertions: { ...assertions, ...change(assertions, setup) },
  }));
}

/** Assertions are taken without this check. */
export function lacksAssertionCheck(...names: readonly (keyof AssertionRules['claimChecks'])[]): Override {
  return changesAssertions(({ claimChecks }) => ({ claimChecks: { ...claimChecks, ...silenced(names) } }));
}

type AssertionCheck = AssertionRules['claimChecks'][keyof AssertionRules['claimChecks']];
type CheckChange = (check: AssertionCheck, setup: Setup) => AssertionCheck;

/** One rule for the claims of assertions, changed. */
export function changesClaimCheck(name: keyof AssertionRules['claimChecks'], change: CheckChange): Override {
  return changesAssertions(({ claimChecks }, setup) => ({
    claimChecks: { ...claimChecks, [name]: change(claimChecks[name], setup) },
  }));
}

/** One rule for the headers of assertions, changed. */
export function changesHeaderCheck(name: keyof AssertionRules['headerChecks'], change: CheckChange): Override {
  return changesAssertions(({ headerChecks }, setup) => ({
    headerChecks: { ...headerChecks, [name]: change(headerChecks[name], setup) },
  }));
}

/** Token requests that are answered before they are looked at, where `answer` has one. */
export function answersTokenRequests(answer: (form: URLSearchParams, asked: Asked) => Response | null): Override {
  return changesAnswers('token', async (usual, asked) => {
    const form = new URLSearchParams(await asked.request.clone().text());
    return answer(form, asked) ?? usual();
  });
}

export function changesIdTokens(change: (rules: IdTokenRules, setup: Setup) => Partial<IdTokenRules>): Override {
  return (usual, setup) => ({ idTokens: { ...usual.idTokens, ...change(usual.idTokens, setup) } });
}

export function changesIntrospection(
  change: (rules: IntrospectionRules, setup: Setup) => Partial<IntrospectionRules>,
): Override {
  return (usual, setup) => ({ introspection: { ...usual.introspection, ...change(usual.introspection, setup) } });
}

export function changesRevocation(
  change: (rules: RevocationRules, setup: Setup) => Partial<RevocationRules>,
): Override {
  return (usual, setup) => ({ revocation: { ...usual.revocation, ...change(usual.revocation, setup) } });
}

/** What scopes allow at the FHIR API. */
export function changesAccess(change: (access: FhirAccess, setup: Setup) => Partial<FhirAccess>): Override {
  return (usual, setup) => ({ fhirAccess: { ...usual.fhirAccess, ...change(usual.fhirAccess, setup) } });
}

function silenced<Name extends string>(names: readonly Name[]): Readonly<Record<Name, () => null>> {
  return Object.fromEntries(names.map((name) => [name, () => null])) as Record<Name, () => null>;
}

export function changesAppState(change: (rules: AppStateRules, setup: Setup) => Partial<AppStateRules>): Override {
  return (usual, setup) => ({ appState: { ...usual.appState, ...change(usual.appState, setup) } });
}

/** State is stored without this check. */
export function lacksStateCheck(...names: readonly (keyof AppStateRules['contentChecks'])[]): Override {
  return changesAppState(({ contentChecks }) => ({ contentChecks: { ...contentChecks, ...silenced(names) } }));
}

/** State is changed without this check. */
export function lacksStateChangeCheck(...names: readonly (keyof AppStateRules['changeChecks'])[]): Override {
  return changesAppState(({ changeChecks }) => ({ changeChecks: { ...changeChecks, ...silenced(names) } }));
}

/** A change that needs to know nothing else. */
type Edit = (document: JsonObject) => JsonObject;

export function having(members: JsonObject): Edit {
  return (document) => ({ ...document, ...members });
}

export function without(...names: readonly string[]): Edit {
  return (document) => Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));
}

/** The values of one member that is an array of strings, changed. */
export function listing(member: string, change: (values: readonly string[]) => unknown): Edit {
  return (document) => ({ ...document, [member]: change(strings(document[member])) });
}

/** An array of strings without those that `unwanted` names or fits. */
export function lacking(...unwanted: readonly (string | RegExp)[]): (values: readonly string[]) => readonly string[] {
  const isUnwanted = (value: string) =>
    unwanted.some((wish) => (typeof wish === 'string' ? wish === value : wish.test(value)));
  return (values) => values.filter((value) => !isUnwanted(value));
}

/** An array of strings with more of them. */
export function plus(...more: readonly string[]): (values: readonly string[]) => readonly string[] {
  return (values) => [...values, ...more];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
