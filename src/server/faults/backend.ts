/** Backend services: tokens by client_credentials (backend-services). */
import type { Override } from '../behaviour.ts';
import { authenticateClient } from '../client-authentication.ts';
import { isService, type RegisteredClient } from '../clients.ts';
import type { Attempt } from '../fhir/fhir-access.ts';
import { resourceTypes } from '../fhir/resource-types.ts';
import type { JsonObject } from '../json.ts';
import { json, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { accessOf } from '../tokens/access-of.ts';
import type { ClaimCheck } from '../tokens/client-assertion.ts';
import { type Grant, unguessable } from '../vault.ts';
import { errorPage, nothingFound } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { offeringNo } from './operations.ts';
import {
  answersTokenRequests,
  changesAccess,
  changesAnswers,
  changesClaimCheck,
  changesClientRules,
  changesTokenResponse,
  changesTokenScopes,
  changesTokens,
  having,
  without,
} from './overrides.ts';

const onService = (change: (members: JsonObject, grant: Grant, setup: Setup) => JsonObject) =>
  changesTokenResponse((members, grant, grantType, setup) =>
    grantType === 'client_credentials' ? change(members, grant, setup) : members,
  );

const responses: readonly FaultRow[] = [
  {
    id: 'backend-services/token-obtained~refused',
    level: 'fail',
    summary: 'Backend services are refused every scope',
    override: changesTokens(() => ({ serviceScopes: () => [] })),
  },
  {
    id: 'backend-services/authority-registered-beforehand~sign-in',
    level: 'fail',
    summary: 'Backend services are sent to the sign-in page',
    also: ['backend-services/token-obtained'],
    override: changesAnswers('token', async (answer, { request }, _usual, { site }) => {
      const form = new URLSearchParams(await request.clone().text());
      return form.get('grant_type') === 'client_credentials'
        ? new Response(null, { status: 302, headers: { location: site.authorize } })
        : answer();
    }),
  },
  {
    id: 'backend-services/response-json~text-plain',
    level: 'fail',
    summary: 'Tokens of backend services come as text/plain',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      if (form.get('grant_type') !== 'client_credentials' || usual.status !== 200) return usual;
      return json(JSON.parse(await usual.text()), { headers: { 'content-type': 'text/plain' } });
    }),
  },
  {
    id: 'backend-services/access-token-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no access_token',
    override: onService(without('access_token')),
  },
  {
    id: 'backend-services/access-token-present~dead',
    level: 'fail',
    summary: 'Access tokens of backend services do not work',
    override: onService((members, _grant, { vault }) => {
      vault.accessTokens.delete(String(members.access_token));
      return members;
    }),
  },
  {
    id: 'backend-services/token-type-bearer~mac',
    level: 'fail',
    summary: 'token_type of a backend service’s token is mac',
    override: onService(having({ token_type: 'mac' })),
  },
  {
    id: 'backend-services/expires-in-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no expires_in',
    override: onService(without('expires_in')),
  },
  {
    id: 'backend-services/expires-in-present~string',
    level: 'fail',
    summary: 'expires_in of a backend service’s token is a string',
    override: onService(having({ expires_in: '300' })),
  },
  {
    id: 'backend-services/expires-in-at-most-300~hour',
    level: 'warn',
    summary: 'Tokens of backend services are good for an hour',
    also: ['backend-services/token-short-lived'],
    override: changesTokens(() => ({ lifetime: () => 3600 })),
  },
  {
    id: 'backend-services/token-short-lived~year',
    level: 'fail',
    summary: 'Tokens of backend services are good for a year',
    also: ['backend-services/expires-in-at-most-300'],
    override: onService(having({ expires_in: 31_536_000 })),
  },
  {
    id: 'backend-services/scope-present~absent',
    level: 'fail',
    summary: 'The token response of a backend service has no scope',
    override: onService(without('scope')),
  },
  {
    id: 'backend-services/scope-present~empty',
    level: 'fail',
    summary: 'scope of a backend service’s token is empty',
    override: onService(having({ scope: '' })),
  },
  {
    id: 'backend-services/no-refresh-token~always',
    level: 'warn',
    summary: 'Backend services get refresh tokens',
    override: onService(renewable),
  },
  {
    id: 'backend-services/no-refresh-token~offline',
    level: 'warn',
    summary: 'Backend services get refresh tokens when they ask for offline_access',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      const isOffline = form.get('scope')?.split(' ').includes('offline_access');
      if (form.get('grant_type') !== 'client_credentials' || usual.status !== 200 || !isOffline) return usual;
      return json({ ...JSON.parse(await usual.text()), refresh_token: unguessable() });
    }),
  },
];

const refusals: readonly FaultRow[] = [
  {
    id: 'backend-services/errors-oauth~html',
    level: 'fail',
    summary: 'A request without assertion is answered by a page of HTML',
    override: onServiceRequest((form) => (form.has('client_assertion') ? null : errorPage(401))),
  },
  {
    id: 'backend-services/errors-oauth~status-500',
    level: 'fail',
    summary: 'A request without scope is answered 500',
    override: onServiceRequest((form) =>
      form.has('scope') ? null : oauthError('invalid_scope', 'no', { status: 500 }),
    ),
  },
  {
    id: 'backend-services/errors-oauth~grant-type',
    level: 'fail',
    summary: 'A request without grant_type is answered by an error of the server’s own',
    also: ['app-launch/token-error-form'],
    override: answersTokenRequests((form) =>
      form.has('client_assertion') && !form.has('grant_type') ? oauthError('bad_request', 'what?') : null,
    ),
  },
  {
    id: 'backend-services/errors-oauth~any-grant-type',
    level: 'fail',
    summary: 'A service is given a token whatever its grant_type',
    override: takesForClientCredentials((grantType) => grantType?.startsWith('urn:') === true),
  },
  {
    id: 'backend-services/errors-oauth~no-grant-type',
    level: 'fail',
    summary: 'A service may leave grant_type out',
    also: ['app-launch/token-error-form'],
    override: takesForClientCredentials((grantType) => grantType === null),
  },
  {
    id: 'backend-services/errors-oauth~unsupported',
    level: 'warn',
    summary: 'A request without grant_type is said to have an unsupported one',
    override: answersTokenRequests((form) =>
      form.has('client_assertion') && !form.has('grant_type') ? oauthError('unsupported_grant_type', 'what?') : null,
    ),
  },
  {
    id: 'backend-services/errors-oauth~scope-client',
    level: 'warn',
    summary: 'A service that asks for scopes that it may not have is told that it did not authenticate',
    override: refusingScopesOfServices(() => oauthError('invalid_client', 'no such scope', { status: 401 })),
  },
  {
    id: 'backend-services/errors-oauth~scope-crash',
    level: 'fail',
    summary: 'A service that asks for scopes that it may not have is answered by a failure of the server',
    also: ['backend-services/errors-explained'],
    override: refusingScopesOfServices(() => errorPage(500)),
  },
  {
    id: 'backend-services/errors-explained~bare',
    level: 'warn',
    summary: 'Refusals of the token endpoint are the bare error code',
    override: changesAnswers('token', async (answer) => {
      const usual = await answer();
      if (usual.status < 400) return usual;
      const { error_description: _, ...bare } = JSON.parse(await usual.text());
      return json(bare, { status: usual.status, headers: Object.fromEntries(usual.headers) });
    }),
  },
  {
    id: 'backend-services/client-credentials-authenticated~public',
    level: 'fail',
    summary: 'Public clients obtain tokens by client_credentials',
    override: changesTokens(({ isService, serviceScopes }) => ({
      isService: (client) => isService(client) || !isConfidential(client),
      serviceScopes: (requested, client) => (isConfidential(client) ? serviceScopes(requested, client) : requested),
    })),
  },
  {
    id: 'backend-services/client-credentials-authenticated~client-id',
    level: 'fail',
    summary: 'The id of a backend service is enough for a token',
    override: changesClientRules(({ needsProof }) => ({
      needsProof: (client) => needsProof(client) && !isService(client),
    })),
  },
  {
    id: 'backend-services/client-credentials-authenticated~empty-secret',
    level: 'fail',
    summary: 'An empty secret is that of a client that has none',
    override: changesClientRules(({ isSecret }) => ({
      isSecret: (client, secret, ...more) =>
        isSecret(client, secret, ...more) || secret === (client.clientSecret ?? ''),
    })),
  },
  {
    id: 'backend-services/client-credentials-authenticated~made-up-secret',
    level: 'fail',
    summary: 'Any secret is that of a client that has none',
    override: changesClientRules(({ isSecret }) => ({
      isSecret: (client, secret, ...more) =>
        isSecret(client, secret, ...more) || (client.clientSecret === undefined && secret !== ''),
    })),
  },
  {
    id: 'backend-services/assertion-validated~expired',
    level: 'fail',
    summary: 'Backend services are served whatever the age of their assertions',
    also: ['client-asymmetric/expired-refused'],
    override: lacksForServices('expired'),
  },
  {
    id: 'backend-services/assertion-validated~audience',
    level: 'fail',
    summary: 'Backend services are served by assertions for other servers',
    also: ['client-asymmetric/aud-is-token-endpoint'],
    override: lacksForServices('audience'),
  },
];

const scopes: readonly FaultRow[] = [
  {
    id: 'backend-services/unauthorized-scope-refused~any',
    level: 'fail',
    summary: 'Backend services are granted every system scope they ask for',
    override: changesTokens(() => ({
      serviceScopes: (requested) => requested.filter((scope) => scope.startsWith('system/')),
    })),
  },
  {
    id: 'backend-services/unauthorized-scope-refused~by-type',
    level: 'fail',
    summary: 'Backend services are granted every permission on the types that they have one for',
    override: changesTokens(() => ({
      serviceScopes: (requested, { scope = '' }) =>
        requested.filter((one) => scope.split(' ').some((allowed) => allowed.split('.')[0] === one.split('.')[0])),
    })),
  },
  {
    id: 'backend-services/unauthorized-scope-refused~wildcard',
    level: 'fail',
    summary: 'Backend services are granted wildcards, whatever types they may read',
    override: changesTokens(({ serviceScopes }) => ({
      serviceScopes: (requested, client) => [
        ...serviceScopes(requested, client),
        ...requested.filter((scope) => /^system\/\*\.(rs|read)$/.test(scope)),
      ],
    })),
  },
  {
    id: 'backend-services/unauthorized-scope-refused~echoed',
    level: 'fail',
    summary: 'The token response of a backend service names every scope that was asked for, if one of them is allowed',
    override: changesAnswers('token', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      const usual = await answer();
      if (form.get('grant_type') !== 'client_credentials' || usual.status !== 200) return usual;
      return json({ ...JSON.parse(await usual.text()), scope: form.get('scope') });
    }),
  },
  {
    id: 'backend-services/unauthorized-scope-refused~usable',
    level: 'fail',
    summary: 'Tokens of backend services read encounters, whatever their scope says',
    override: onService(reachingToo('system/Encounter.rs')),
  },
  {
    id: 'backend-services/requested-scopes-restrict~none-is-all',
    level: 'fail',
    summary: 'Scopes for data narrow what the token of a service is good for, and unknown ones alone leave it all',
    also: ['backend-services/unauthorized-scope-refused'],
    override: together(
      changesTokens(({ serviceScopes }) => ({
        serviceScopes: (requested, client) => {
          const usual = serviceScopes(requested, client);
          return usual.length > 0 ? usual : requested.filter((scope) => !scope.includes('/'));
        },
      })),
      changesTokenScopes((scopes, grantType) =>
        grantType === 'client_credentials' && !scopes.some((scope) => scope.includes('/'))
          ? [...scopes, 'system/*.rs']
          : scopes,
      ),
    ),
  },
  {
    id: 'backend-services/scope-limited-to-request~registered',
    level: 'warn',
    summary: 'Backend services are granted all they may have, though they ask for less',
    override: changesTokens(({ serviceScopes }) => ({
      serviceScopes: (requested, client) =>
        serviceScopes(requested, client).length > 0 ? (client.scope?.split(' ') ?? []) : [],
    })),
  },
];

const api: readonly FaultRow[] = [
  {
    id: 'backend-services/requested-scopes-restrict~registered',
    level: 'fail',
    summary: 'Tokens of backend services serve all that the service may have, whatever was asked for',
    override: onService((members, grant, setup) =>
      reachingToo(...(grant.client.scope?.split(' ') ?? []))(members, grant, setup),
    ),
  },
  {
    id: 'backend-services/requested-scopes-restrict~read',
    level: 'fail',
    summary: 'Scopes of backend services are checked in searches alone',
    override: reachesAnyType(({ interaction }) => interaction === 'read'),
  },
  {
    id: 'backend-services/requested-scopes-restrict~revinclude',
    level: 'fail',
    summary: 'Scopes of backend services do not hold for what _revinclude brings',
    override: reachesAnyType(({ by }) => by === '_revinclude'),
  },
  {
    id: 'backend-services/requested-scopes-restrict~post-search',
    level: 'fail',
    summary: 'Scopes of backend services are not checked in searches by POST',
    override: reachesAnyType(({ path }) => path.at(-1) === '_search'),
  },
  {
    id: 'backend-services/requested-scopes-restrict~history',
    level: 'fail',
    summary: 'Scopes of backend services are not checked in histories',
    override: reachesAnyType(({ interaction }) => /^(vread|history-instance|history-type)$/.test(interaction)),
  },
  {
    id: 'backend-services/requested-scopes-restrict~system-search',
    level: 'fail',
    summary: 'Scopes of backend services are not checked in searches of the whole system',
    override: reachesAnyType(({ interaction }) => interaction === 'search-system'),
  },
  {
    id: 'backend-services/requested-scopes-restrict~batch',
    level: 'fail',
    summary: 'Scopes of backend services are not checked in batches',
    override: reachesAnyType(({ entryOf }) => entryOf === 'batch'),
  },
  {
    id: 'backend-services/requested-scopes-restrict~creates',
    level: 'fail',
    summary: 'Tokens of backend services create patients, though their scope is to read',
    override: onService(reachingToo('system/Patient.cd')),
  },
  {
    id: 'backend-services/requested-scopes-restrict~creates-unlisted',
    level: 'fail',
    summary: 'Tokens of backend services create patients with a scope to read, and /metadata says that nobody may',
    override: together(onService(reachingToo('system/Patient.cd')), offeringNo('create')),
  },
  {
    id: 'backend-services/out-of-scope-fails-at-once~empty',
    level: 'warn',
    summary: 'A backend service that searches for what its token does not cover is answered with nothing',
    override: changesAnswers('fhir', async (answer, { request }, _usual, { vault, fhirVersion }) => {
      const usual = await answer();
      const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
      const isOfService = vault.accessTokens.get(token)?.grant.person === null;
      return isOfService && request.method === 'GET' && usual.status === 403 ? nothingFound(fhirVersion) : usual;
    }),
  },
  {
    id: 'backend-services/unsupported-type-fails-at-once~empty',
    level: 'warn',
    summary: 'A search for a type that the server does not have is answered with nothing',
    override: changesAnswers('fhir', async (answer, { context }, _usual, { fhirVersion }) => {
      const usual = await answer();
      const type = context.req.path.split('/').at(-1) ?? '';
      const isKnown = resourceTypes(fhirVersion).some((known) => known.type === type);
      return usual.status >= 400 && /^[A-Z][A-Za-z]+$/.test(type) && !isKnown ? nothingFound(fhirVersion) : usual;
    }),
  },
  {
    id: 'backend-services/token-validated~prefix',
    level: 'fail',
    summary: 'Tokens of backend services are told by their first ten characters',
    override: resolvingOfServices((token, { vault }) =>
      [...vault.accessTokens.keys()].find((issued) => issued.startsWith(token.slice(0, 10))),
    ),
  },
  {
    id: 'backend-services/token-validated~expired',
    level: 'fail',
    summary: 'Tokens of backend services are good for ever',
    override: (usual, setup) => ({
      resolveAccessToken(token) {
        const isOfService = setup.vault.accessTokens.get(token)?.grant.person === null;
        return isOfService ? accessOf(token, { ...setup, now: () => 0 }) : usual.resolveAccessToken(token);
      },
    }),
  },
];

/** Another answer than `invalid_scope` to services. */
function refusingScopesOfServices(refusal: () => Response): Override {
  return changesAnswers('token', async (answer, { request }) => {
    const form = new URLSearchParams(await request.clone().text());
    const usual = await answer();
    const isRefused = form.get('grant_type') === 'client_credentials' && usual.status === 400;
    return isRefused && (await usual.clone().json()).error === 'invalid_scope' ? refusal() : usual;
  });
}

export const backendFaults = faultsOf([...responses, ...refusals, ...scopes, ...api]);

function renewable(members: JsonObject, grant: Grant, { vault }: Setup): JsonObject {
  const refreshToken = unguessable();
  vault.refreshTokens.set(refreshToken, { grant, used: false });
  return { ...members, refresh_token: refreshToken };
}

function isConfidential({ clientSecret, keys }: RegisteredClient): boolean {
  return clientSecret !== undefined || keys !== undefined;
}

/** Assertions of backend services are taken without this check. */
function lacksForServices(name: ClaimCheck): Override {
  return changesClaimCheck(
    name,
    (check) => (assertion, client) => (isService(client) ? null : check(assertion, client)),
  );
}

/** Answers some requests for client_credentials before the endpoint does. */
function onServiceRequest(answer: (form: URLSearchParams) => Response | null): Override {
  return answersTokenRequests((form) => (form.get('grant_type') === 'client_credentials' ? answer(form) : null));
}

/** The token does more than the response says. */
function reachingToo(...more: readonly string[]) {
  return (members: JsonObject, _grant: Grant, { vault }: Setup): JsonObject => {
    const token = String(members.access_token);
    const issued = vault.accessTokens.get(token);
    if (issued) vault.accessTokens.set(token, { ...issued, scopes: [...issued.scopes, ...more] });
    return members;
  };
}

/** System scopes reach every type in such attempts. */
function reachesAnyType(isSuch: (attempt: Attempt) => boolean): Override {
  return changesAccess(({ coversType }) => ({
    coversType: (scope, attempt) => (scope.level === 'system' && isSuch(attempt)) || coversType(scope, attempt),
  }));
}

/** Tokens that are unknown, taken for one that a service has. */
function resolvingOfServices(find: (token: string, setup: Setup) => string | undefined): Override {
  return (usual, setup) => ({
    resolveAccessToken(token) {
      const decision = usual.resolveAccessToken(token);
      const alike = decision.kind === 'unknown' ? find(token, setup) : undefined;
      const isOfService = alike !== undefined && setup.vault.accessTokens.get(alike)?.grant.person === null;
      return isOfService ? accessOf(alike, setup) : decision;
    },
  });
}

/** Takes another grant_type of who signs an assertion for client_credentials. */
function takesForClientCredentials(isTaken: (grantType: string | null) => boolean): Override {
  return changesAnswers('token', async (answer, { request }, usual, setup) => {
    const form = new URLSearchParams(await request.clone().text());
    const isSuch = form.has('client_assertion') && isTaken(form.get('grant_type'));
    if (!isSuch) return answer();
    const presented = await authenticateClient(request.clone(), form, setup, usual.clients);
    const scopes = presented ? usual.tokens.serviceScopes(form.get('scope')?.split(' ') ?? [], presented.client) : [];
    if (!presented || scopes.length === 0) return answer();
    return json({ access_token: unguessable(), token_type: 'Bearer', expires_in: 300, scope: scopes.join(' ') });
  });
}
