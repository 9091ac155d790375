/** Token introspection (RFC 7662; token-introspection). */
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json, notStored, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { accessOf } from '../tokens/access-of.ts';
import { type IssuedToken, unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAnswers,
  changesIntrospection,
  changesSmartConfiguration,
  changesTokens,
  having,
  without,
} from './overrides.ts';

/** What is said of a live token, changed. */
const saying = (change: (members: JsonObject) => JsonObject): Override =>
  changesIntrospection(({ active }) => ({ active: (issued, caller) => change(active(issued, caller)) }));

/** One member of it, where it is there. */
const changing = (name: string, change: (value: unknown) => unknown): Override =>
  saying((members) => (name in members ? { ...members, [name]: change(members[name]) } : members));

const unheard = ['introspection/form-post-answered-json', 'introspection/active-boolean'];

const answers: readonly FaultRow[] = [
  {
    id: 'introspection/form-post-answered-json~text',
    level: 'fail',
    summary: 'Introspection answers text/plain',
    override: changesAnswers('introspect', async (answer) => {
      const usual = await answer();
      if (usual.status === 200) usual.headers.set('content-type', 'text/plain');
      return usual;
    }),
  },
  {
    id: 'introspection/form-post-answered-json~array',
    level: 'fail',
    summary: 'Introspection answers an array',
    override: changesAnswers('introspect', async (answer) => {
      const usual = await answer();
      return usual.status === 200 ? json([await usual.json()]) : usual;
    }),
  },
  {
    id: 'introspection/form-post-answered-json~created',
    level: 'fail',
    summary: 'Introspection answers 201',
    override: changesAnswers('introspect', async (answer) => {
      const usual = await answer();
      return usual.status === 200 ? new Response(usual.body, { status: 201, headers: usual.headers }) : usual;
    }),
  },
  {
    id: 'introspection/active-boolean~string',
    level: 'fail',
    summary: 'active is the string "true"',
    also: ['introspection/member-types'],
    override: saying(having({ active: 'true' })),
  },
  {
    id: 'introspection/active-boolean~absent',
    level: 'fail',
    summary: 'active is missing',
    override: saying(without('active')),
  },
  {
    id: 'introspection/active-boolean~never',
    level: 'fail',
    summary: 'No token is active',
    also: ['introspection/any-clients-tokens'],
    override: changesIntrospection(({ inactive }) => ({ active: () => inactive('') })),
  },
  {
    id: 'introspection/member-types~nbf-date',
    level: 'fail',
    summary: 'nbf is a date in words',
    override: saying(having({ nbf: '2026-01-01T00:00:00Z' })),
  },
  {
    id: 'introspection/member-types~aud-number',
    level: 'fail',
    summary: 'aud is a number',
    override: saying(having({ aud: 7 })),
  },
  {
    id: 'introspection/member-types~username-null',
    level: 'warn',
    summary: 'username is null',
    override: saying(having({ username: null })),
  },
  {
    id: 'introspection/over-tls~plain',
    level: 'fail',
    summary: 'introspection_endpoint is an http URL, not at a loopback address',
    also: ['discovery/https', 'discovery/oauth-uris-do-not-contradict', 'discovery/oauth-uris-agree'],
    override: changesSmartConfiguration((document) => ({
      ...document,
      introspection_endpoint: 'http://ehr.smart-check.test/oauth/introspect',
    })),
  },
];

const requiredMembers: readonly FaultRow[] = [
  {
    id: 'introspection/scope-as-granted~absent',
    level: 'fail',
    summary: 'scope is missing',
    override: saying(without('scope')),
  },
  {
    id: 'introspection/scope-as-granted~array',
    level: 'fail',
    summary: 'scope is an array',
    also: ['introspection/member-types'],
    override: changing('scope', (scope) => String(scope).split(' ')),
  },
  {
    id: 'introspection/scope-as-granted~wider',
    level: 'fail',
    summary: 'scope names more than was granted',
    override: changing('scope', (scope) => `${scope} user/*.cruds`),
  },
  {
    id: 'introspection/scope-as-granted~narrower',
    level: 'fail',
    summary: 'scope leaves out the last of those that were granted',
    override: changing('scope', (scope) => String(scope).split(' ').slice(0, -1).join(' ')),
  },
  {
    id: 'introspection/client-id-as-requested~absent',
    level: 'fail',
    summary: 'client_id is missing',
    override: saying(without('client_id')),
  },
  {
    id: 'introspection/client-id-as-requested~caller',
    level: 'fail',
    summary: 'client_id is that of the caller',
    override: changesIntrospection(({ active }) => ({
      active: (issued, caller) => ({ ...active(issued, caller), client_id: caller?.clientId }),
    })),
  },
  {
    id: 'introspection/exp-integer~milliseconds',
    level: 'fail',
    summary: 'exp is in milliseconds',
    override: changing('exp', (exp) => Number(exp) * 1000),
  },
  {
    id: 'introspection/exp-integer~string',
    level: 'fail',
    summary: 'exp is a string',
    also: ['introspection/member-types'],
    override: changing('exp', String),
  },
  {
    id: 'introspection/exp-integer~fraction',
    level: 'fail',
    summary: 'exp has a fraction',
    override: changing('exp', (exp) => Number(exp) + 0.25),
  },
  {
    id: 'introspection/exp-integer~absent',
    level: 'fail',
    summary: 'exp is missing',
    override: saying(without('exp')),
  },
  {
    id: 'introspection/exp-fits-expires-in~hour-later',
    level: 'fail',
    summary: 'exp is an hour after what expires_in says',
    override: changing('exp', (exp) => Number(exp) + 3600),
  },
  {
    id: 'introspection/exp-fits-expires-in~now',
    level: 'fail',
    summary: 'exp is the time at which the token was issued',
    override: saying((members) => ({ ...members, exp: members.iat })),
  },
];

const context: readonly FaultRow[] = [
  {
    id: 'introspection/patient-repeated~absent',
    level: 'fail',
    summary: 'patient is left out',
    override: saying(without('patient')),
  },
  {
    id: 'introspection/patient-repeated~reference',
    level: 'fail',
    summary: 'patient is a reference, not an id as in the token response',
    override: changing('patient', (patient) => `Patient/${patient}`),
  },
  {
    id: 'introspection/encounter-repeated~absent',
    level: 'fail',
    summary: 'encounter is left out',
    override: saying(without('encounter')),
  },
  {
    id: 'introspection/other-context-repeated~absent',
    level: 'fail',
    summary: 'Launch context but patient and encounter is left out',
    override: saying(without('fhirContext', 'need_patient_banner', 'intent', 'smart_style_url', 'tenant')),
  },
  {
    id: 'introspection/other-context-repeated~banner-string',
    level: 'fail',
    summary: 'need_patient_banner is a string',
    override: changing('need_patient_banner', String),
  },
  {
    id: 'introspection/other-context-repeated~fhir-context-cut',
    level: 'fail',
    summary: 'fhirContext is an empty array',
    override: changing('fhirContext', () => []),
  },
  {
    id: 'introspection/issuer-repeated~absent',
    level: 'fail',
    summary: 'iss is left out',
    override: saying(without('iss')),
  },
  {
    id: 'introspection/issuer-repeated~other',
    level: 'fail',
    summary: 'iss is not that of the id_token',
    override: changing('iss', (iss) => `${iss}/realm`),
  },
  {
    id: 'introspection/subject-repeated~absent',
    level: 'fail',
    summary: 'sub is left out',
    override: saying(without('sub')),
  },
  {
    id: 'introspection/subject-repeated~login-name',
    level: 'fail',
    summary: 'sub is the name with which the user signs in',
    override: changesIntrospection(({ active }) => ({
      active: (issued, caller) => ({ ...active(issued, caller), sub: issued.grant.person?.username }),
    })),
  },
  {
    id: 'introspection/fhir-user-repeated~absent',
    level: 'warn',
    summary: 'fhirUser is left out',
    override: saying(without('fhirUser')),
  },
  {
    id: 'introspection/fhir-user-repeated~other',
    level: 'fail',
    summary: 'fhirUser is another user',
    override: changing('fhirUser', (fhirUser) => `${fhirUser}-2`),
  },
  {
    id: 'introspection/fhir-user-repeated~other-base',
    level: 'warn',
    summary: 'fhirUser is the same user at another address',
    override: changing('fhirUser', (fhirUser) => String(fhirUser).replace('/fhir/', '/internal/fhir/')),
  },
];

function isUnknownHint(hint: string | null): boolean {
  return hint !== null && !/^(access|refresh)_token$/.test(hint);
}

const tokens: readonly FaultRow[] = [
  {
    id: 'introspection/token-type-hint-harmless~only-hinted',
    level: 'fail',
    summary: 'An access token is not found with token_type_hint=refresh_token',
    override: changesIntrospection(({ live }) => ({
      live: (token, hint) => (hint === 'refresh_token' ? null : live(token, hint)),
    })),
  },
  {
    id: 'introspection/token-type-hint-harmless~refused',
    level: 'fail',
    summary: 'A token_type_hint is refused',
    override: changesAnswers('introspect', async (answer, { request }) =>
      (await request.clone().text()).includes('token_type_hint')
        ? oauthError('invalid_request', 'unknown parameter token_type_hint')
        : answer(),
    ),
  },
  {
    id: 'introspection/token-type-hint-harmless~unknown-inactive',
    level: 'fail',
    summary: 'With an unknown token_type_hint no token is found',
    override: changesIntrospection(({ live }) => ({
      live: (token, hint) => (isUnknownHint(hint) ? null : live(token, hint)),
    })),
  },
  {
    id: 'introspection/token-type-hint-harmless~unknown-refused',
    level: 'warn',
    summary: 'An unknown token_type_hint is refused',
    override: changesAnswers('introspect', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      return isUnknownHint(form.get('token_type_hint'))
        ? oauthError('invalid_request', 'unknown token_type_hint')
        : answer();
    }),
  },
  ...[400, 404].map(
    (status): FaultRow => ({
      id: `introspection/unusable-token-inactive~${status}`,
      level: 'fail',
      summary: `An unknown token is answered ${status}`,
      override: changesAnswers('introspect', async (answer) => {
        const usual = await answer();
        const isInactive = usual.status === 200 && !(await usual.clone().text()).includes('"active":true');
        return isInactive ? oauthError('invalid_token', 'unknown', { status }) : usual;
      }),
    }),
  ),
  {
    id: 'introspection/unusable-token-inactive~any',
    level: 'fail',
    summary: 'Whatever token is asked about is active',
    override: changesIntrospection(({ live }, { vault }) => ({
      live: (token, hint) => live(token, hint) ?? [...vault.accessTokens.values()].at(-1) ?? null,
    })),
  },
  ...(
    [
      ['code', 'An authorization code', (token, { vault }) => vault.codes.get(token)?.redeemed === false],
      ['id-token', 'An id_token', (token) => /^[\w-]+\.[\w-]{99,}\.[\w-]+$/.test(token)],
      ['quotes', 'What ends a text in a query of a database', (token) => token.includes("'")],
    ] as const satisfies readonly (readonly [string, string, (token: string, setup: Setup) => boolean])[]
  ).map(
    ([variant, what, isSuch]): FaultRow => ({
      id: `introspection/unusable-token-inactive~${variant}`,
      level: variant === 'id-token' ? 'warn' : 'fail',
      summary: `${what} is active`,
      override: changesIntrospection(({ live }, setup) => ({
        live: (token, hint) =>
          live(token, hint) ?? (isSuch(token, setup) ? ([...setup.vault.accessTokens.values()].at(-1) ?? null) : null),
      })),
    }),
  ),
  {
    id: 'introspection/unusable-token-inactive~breaks',
    level: 'warn',
    summary: 'A token with signs that no token has breaks the endpoint',
    override: changesAnswers('introspect', async (answer, { request }) => {
      const form = new URLSearchParams(await request.clone().text());
      return form.get('token')?.includes('"') ? new Response('broken', { status: 500 }) : answer();
    }),
  },
  {
    id: 'introspection/unusable-token-inactive~prefix',
    level: 'fail',
    summary: 'The first ten characters of a token are compared',
    override: changesIntrospection(({ live }, { vault }) => ({
      live: (token, hint) => {
        const alike = [...vault.accessTokens].find(([issued]) => issued.startsWith(token.slice(0, 10)));
        return live(token, hint) ?? alike?.[1] ?? null;
      },
    })),
  },
  {
    id: 'introspection/unusable-token-inactive~signature',
    level: 'fail',
    summary: 'Access tokens are JWTs, and their signature is not checked',
    override: (usual, setup) => ({
      ...changesTokens(() => ({ newAccessToken: ({ id }) => jwtLike(id) }))(usual, setup),
      ...changesIntrospection(({ live }, { vault }) => ({
        live: (token, hint) => {
          const claims = token.slice(0, token.lastIndexOf('.'));
          const alike = [...vault.accessTokens].find(([issued]) => claims !== '' && issued.startsWith(`${claims}.`));
          return live(token, hint) ?? alike?.[1] ?? null;
        },
      }))(usual, setup),
    }),
  },
  {
    id: 'introspection/unusable-token-inactive~claims',
    level: 'fail',
    summary: 'Access tokens are JWTs, and what their signature is for is not checked',
    override: (usual, setup) => ({
      ...changesTokens(() => ({ newAccessToken: ({ id }) => jwtLike(id) }))(usual, setup),
      ...changesIntrospection(({ live }, { vault }) => ({
        live: (token, hint) => {
          const signature = token.slice(token.lastIndexOf('.'));
          const alike = [...vault.accessTokens].find(([issued]) => signature.length > 9 && issued.endsWith(signature));
          return live(token, hint) ?? alike?.[1] ?? null;
        },
      }))(usual, setup),
    }),
  },
  {
    id: 'introspection/unusable-token-inactive~unsigned',
    level: 'fail',
    summary: 'Access tokens are JWTs, and those with alg none need no signature',
    override: together(
      changesTokens(() => ({ newAccessToken: ({ id }) => jwtLike(id) })),
      changesIntrospection(({ live }, { vault }) => ({
        live: (token, hint) => {
          const meant = signedTwin(token, [...vault.accessTokens.keys()]);
          return live(token, hint) ?? (meant === undefined ? null : (vault.accessTokens.get(meant) ?? null));
        },
      })),
    ),
  },
  {
    id: 'introspection/unusable-token-inactive~expired',
    level: 'fail',
    summary: 'Expired tokens are active',
    override: changesIntrospection(({ live }, { vault }) => ({
      live: (token, hint) => {
        const isAlive = accessOf(token, { vault, now: () => 0 }).kind === 'granted';
        return live(token, hint) ?? (isAlive ? (vault.accessTokens.get(token) ?? null) : null);
      },
    })),
  },
  {
    id: 'introspection/unusable-token-inactive~revoked',
    level: 'fail',
    summary: 'Revoked tokens are active',
    override: changesIntrospection(({ live }, { vault }) => ({
      live: (token, hint) => {
        const issued = vault.accessTokens.get(token);
        return live(token, hint) ?? (issued?.revoked ? issued : null);
      },
    })),
  },
  {
    id: 'introspection/unusable-token-inactive~revoked-refresh-token',
    level: 'fail',
    summary: 'Refresh tokens are active, also when they have been revoked',
    override: changesIntrospection(({ live }, { vault }) => ({
      live: (token, hint) => {
        const refresh = vault.refreshTokens.get(token);
        const isOfGrant = ({ grant }: IssuedToken) => grant === refresh?.grant;
        return live(token, hint) ?? [...vault.accessTokens.values()].find(isOfGrant) ?? null;
      },
    })),
  },
  {
    id: 'introspection/inactive-says-no-more~reason',
    level: 'warn',
    summary: 'Of an inactive token it is said why',
    override: changesIntrospection(() => ({ inactive: () => ({ active: false, error: 'unknown token' }) })),
  },
  {
    id: 'introspection/inactive-says-no-more~expired-client',
    level: 'warn',
    summary: 'Of an expired token it is said whose it was',
    override: changesIntrospection(({ inactive }, { vault }) => ({
      inactive: (token) => {
        const issued = vault.accessTokens.get(token);
        return { ...inactive(token), ...(issued && { client_id: issued.grant.client.clientId }) };
      },
    })),
  },
];

/** A client that may introspect, and authenticates with its secret. */
export const askedBySecret = {
  override: changesIntrospection(() => ({ mayAsk: (caller) => caller?.role === 'symmetric' })),
  description: ({ clients, ...usual }) => {
    const { clientId, clientSecret } = clients.symmetric;
    return {
      ...usual,
      clients: { ...clients, introspection: { clientId, ...(clientSecret !== undefined && { clientSecret }) } },
    };
  },
} as const satisfies Pick<FaultRow, 'override' | 'description'>;

const secrets: readonly FaultRow[] = [
  {
    id: 'introspection/bad-credentials-refused~any-secret',
    level: 'fail',
    summary: 'Any secret opens introspection',
    description: askedBySecret.description,
    override: together(
      askedBySecret.override,
      changesIntrospection(({ caller }) => ({
        caller: (request, parameters, clients) => caller(request, parameters, { ...clients, isSecret: () => true }),
      })),
    ),
  },
  {
    id: 'introspection/bad-credentials-refused~wrong-secret-forbidden',
    level: 'fail',
    summary: 'To a wrong secret introspection answers 403',
    description: askedBySecret.description,
    override: together(
      askedBySecret.override,
      changesIntrospection(({ refusal }) => ({
        refusal: (request, clients) =>
          request.headers.has('authorization')
            ? oauthError('access_denied', 'this client may not introspect', { status: 403 })
            : refusal(request, clients),
      })),
    ),
  },
  {
    id: 'introspection/bad-credentials-refused~wrong-secret-inactive',
    level: 'warn',
    summary: 'To a wrong secret every token is inactive',
    description: askedBySecret.description,
    override: together(
      askedBySecret.override,
      changesIntrospection(() => ({ refusal: () => json({ active: false }, { headers: notStored }) })),
    ),
  },
];

function isByBearer(request: Request): boolean {
  return /^bearer /i.test(request.headers.get('authorization') ?? '');
}

const callers: readonly FaultRow[] = [
  {
    id: 'introspection/caller-authorized~open',
    level: 'warn',
    summary: 'Anyone may introspect',
    override: changesIntrospection(() => ({ mayAsk: () => true })),
  },
  {
    id: 'introspection/caller-authorized~oracle',
    level: 'warn',
    summary: 'Whoever may not introspect learns which tokens are live from the status',
    override: (usual, setup) => ({
      ...changesAnswers('introspect', async (answer, { request }) => {
        const form = new URLSearchParams(await request.clone().text());
        const refused = await answer();
        const isLive = usual.introspection.live(form.get('token') ?? '', null) !== null;
        return refused.status === 401 && !isLive ? json({ active: false }, { headers: notStored }) : refused;
      })(usual, setup),
    }),
    also: ['introspection/bad-credentials-refused'],
  },
  {
    id: 'introspection/bad-credentials-refused~any-bearer',
    level: 'fail',
    summary: 'Any bearer token opens introspection',
    override: changesAnswers('introspect', async (answer, { request }, usual) => {
      const bearer = usual.bearer.presentedToken(request);
      const form = new URLSearchParams(await request.clone().text());
      const issued = usual.introspection.live(form.get('token') ?? '', null);
      return bearer.kind === 'token' && issued ? json(usual.introspection.active(issued, null)) : answer();
    }),
  },
  {
    id: 'introspection/bad-credentials-refused~prefix',
    level: 'fail',
    summary: 'The first ten characters of the bearer token are compared',
    override: changesIntrospection(({ caller }, { vault }) => ({
      async caller(request, ...more) {
        const [, token] = /^bearer (.*)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
        const alike = [...vault.accessTokens].find(([issued]) => token && issued.startsWith(token.slice(0, 10)));
        return (await caller(request, ...more)) ?? alike?.[1].grant.client ?? null;
      },
    })),
  },
  {
    id: 'introspection/bad-credentials-refused~any-basic',
    level: 'fail',
    summary: 'Whatever is sent in HTTP Basic opens introspection',
    override: openingTo(({ headers }) => /^basic /i.test(headers.get('authorization') ?? '')),
  },
  {
    id: 'introspection/bad-credentials-refused~named',
    level: 'fail',
    summary: 'Whoever names a client that may introspect may introspect',
    override: openingTo((_request, parameters) => parameters.get('client_id') === 'smart-check-service'),
  },
  {
    id: 'introspection/bad-credentials-refused~inactive',
    level: 'warn',
    summary: 'To bad credentials every token is inactive',
    override: changesIntrospection(() => ({ refusal: () => json({ active: false }, { headers: notStored }) })),
  },
  {
    id: 'introspection/bearer-authorization-accepted~clients-only',
    level: 'fail',
    summary: 'Introspection takes client authentication alone, no bearer token',
    override: changesIntrospection(({ caller }) => ({
      caller: async (request, ...more) => (isByBearer(request) ? null : caller(request, ...more)),
    })),
  },
  {
    id: 'introspection/bearer-authorization-accepted~inactive',
    level: 'fail',
    summary: 'Introspection takes client authentication alone, and tells bearer tokens that every token is inactive',
    override: changesIntrospection(({ caller, refusal }) => ({
      caller: async (request, ...more) => (isByBearer(request) ? null : caller(request, ...more)),
      refusal: (request, clients) =>
        isByBearer(request) ? json({ active: false }, { headers: notStored }) : refusal(request, clients),
    })),
  },
  {
    id: 'introspection/any-clients-tokens~own-only',
    level: 'fail',
    summary: 'A client learns about its own tokens alone',
    also: unheard,
    override: changesIntrospection(({ active, inactive }) => ({
      active: (issued, caller) =>
        issued.grant.client.clientId === caller?.clientId ? active(issued, caller) : inactive(''),
    })),
  },
];

/** The issued token of which another is the same without signature and with alg none. */
export function signedTwin(token: string, issued: readonly string[]): string | undefined {
  const [header = '', claims, ...rest] = token.split('.');
  const isUnsigned = /"alg" *: *"none"/i.test(Buffer.from(header, 'base64url').toString('utf8'));
  return isUnsigned && rest.length > 0 ? issued.find((one) => one.split('.')[1] === claims) : undefined;
}

export function jwtLike(id: string): string {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [encoded({ alg: 'RS256', typ: 'at+jwt' }), encoded({ jti: unguessable(), grant: id }), unguessable()].join(
    '.',
  );
}

export const introspectionFaults = faultsOf([
  ...answers,
  ...requiredMembers,
  ...context,
  ...tokens,
  ...callers,
  ...secrets,
]);

/** Those are answered as well. */
function openingTo(isLetIn: (request: Request, parameters: URLSearchParams) => boolean): Override {
  return changesIntrospection(({ caller }, { clients }) => ({
    caller: async (request, parameters, rules) =>
      (await caller(request, parameters, rules)) ??
      (isLetIn(request, parameters) ? (clients.find(({ role }) => role === 'backend') ?? null) : null),
  }));
}
