/** The FHIR API's dealing with access tokens (RFC 6750). */
import type { AccessDecision } from '../access.ts';
import type { Override } from '../behaviour.ts';
import type { Bearer, Refusal } from '../fhir/bearer.ts';
import { fhirJson, json, oauthError } from '../responses.ts';
import type { Setup } from '../setup.ts';
import { together } from '../together.ts';
import { accessOf } from '../tokens/access-of.ts';
import { nothingFound } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { jwtLike, signedTwin } from './introspection.ts';
import {
  changesAnswers,
  changesAuthorization,
  changesCors,
  changesTokens,
  lacksAuthorizationCheck,
} from './overrides.ts';

const tokens: readonly FaultRow[] = [
  {
    id: 'scopes/token-validated~none-needed',
    level: 'fail',
    summary: 'The FHIR API serves requests without a token',
    also: ['backend-services/token-validated'],
    override: (usual, setup) => ({
      bearer: {
        ...usual.bearer,
        presentedToken: (request) => {
          const presented = usual.bearer.presentedToken(request);
          return presented.kind === 'none' ? { kind: 'token', token: latestToken(setup) } : presented;
        },
      },
    }),
  },
  {
    id: 'scopes/token-validated~head',
    level: 'warn',
    summary: 'The FHIR API answers HEAD without a token',
    override: (usual, setup) => ({
      bearer: {
        ...usual.bearer,
        presentedToken: (request) => {
          const presented = usual.bearer.presentedToken(request);
          return presented.kind === 'none' && request.method === 'HEAD'
            ? { kind: 'token', token: latestToken(setup) }
            : presented;
        },
      },
    }),
  },
  {
    id: 'scopes/token-validated~any',
    level: 'fail',
    summary: 'The FHIR API takes any token for a good one',
    also: ['backend-services/token-validated'],
    override: resolving((token, decision, setup) =>
      decision.kind === 'unknown' && token !== '' ? accessOf(latestToken(setup), setup) : decision,
    ),
  },
  {
    id: 'scopes/token-validated~prefix',
    level: 'fail',
    summary: 'The FHIR API compares the first ten characters of tokens alone',
    also: ['backend-services/token-validated'],
    override: resolving((token, decision, setup) => {
      const alike = [...setup.vault.accessTokens.keys()].find((issued) => issued.startsWith(token.slice(0, 10)));
      return decision.kind === 'unknown' && alike !== undefined ? accessOf(alike, setup) : decision;
    }),
  },
  {
    id: 'scopes/token-validated~longer',
    level: 'fail',
    summary: 'The FHIR API takes whatever begins with a token that was issued',
    override: resolving((token, decision, setup) => {
      const issued = [...setup.vault.accessTokens.keys()].find((one) => token.startsWith(one));
      return decision.kind === 'unknown' && issued !== undefined ? accessOf(issued, setup) : decision;
    }),
  },
  {
    id: 'scopes/token-validated~id-token',
    level: 'fail',
    summary: 'The FHIR API takes an id_token for an access token',
    override: resolving((token, decision, setup) =>
      token.split('.').length === 3 ? accessOf(latestToken(setup), setup) : decision,
    ),
  },
  {
    id: 'scopes/token-validated~refresh-token',
    level: 'fail',
    summary: 'The FHIR API takes a refresh token for an access token',
    override: resolving((token, decision, setup) =>
      setup.vault.refreshTokens.has(token) ? accessOf(latestToken(setup), setup) : decision,
    ),
  },
  ...(
    [
      ['search', 'Searches', ({ method, url }) => method === 'GET' && /\/[A-Z][A-Za-z]+$/.test(new URL(url).pathname)],
      ['post-search', 'Searches by POST', ({ url }) => new URL(url).pathname.endsWith('/_search')],
      ['history', 'Histories', ({ url }) => new URL(url).pathname.includes('/_history')],
      ['batch', 'Batches', ({ method, url }) => method === 'POST' && /\/fhir\/?$/.test(new URL(url).pathname)],
      ['compartment', 'Compartments', ({ url }) => /\/Patient\/[^/]+\/[A-Z]/.test(new URL(url).pathname)],
    ] as const satisfies readonly (readonly [string, string, (request: Request) => boolean])[]
  ).map(
    ([variant, what, isOpen]): FaultRow => ({
      id: `scopes/token-validated~${variant}-open`,
      level: 'fail',
      summary: `${what} are served without a token`,
      also: ['backend-services/token-validated'],
      override: open((request, { kind }) => kind === 'none' && isOpen(request)),
    }),
  ),
  {
    id: 'scopes/token-validated~other-scheme',
    level: 'fail',
    summary: 'Whatever the Authorization header says that is no bearer token, the FHIR API serves it',
    also: ['backend-services/token-validated'],
    override: open(
      ({ headers }, { kind }) => kind === 'none' && /^(?!bearer\b)./i.test(headers.get('authorization') ?? ''),
    ),
  },
  {
    id: 'scopes/token-validated~empty',
    level: 'fail',
    summary: 'An Authorization header without a token is good enough for the FHIR API',
    also: ['backend-services/token-validated'],
    override: open(
      ({ headers }, { kind }) => kind === 'none' && /^bearer *$/i.test(headers.get('authorization') ?? ''),
    ),
  },
  {
    id: 'scopes/token-validated~unsigned',
    level: 'fail',
    summary: 'Access tokens are JWTs, and those with alg none need no signature',
    also: ['backend-services/token-validated'],
    override: together(
      changesTokens(() => ({ newAccessToken: ({ id }) => jwtLike(id) })),
      resolving((token, decision, setup) => {
        const meant = signedTwin(token, [...setup.vault.accessTokens.keys()]);
        return decision.kind === 'unknown' && meant !== undefined ? accessOf(meant, setup) : decision;
      }),
    ),
  },
  {
    id: 'scopes/expired-token-refused~kept',
    level: 'fail',
    summary: 'Access tokens are good beyond expires_in',
    also: ['backend-services/token-validated'],
    override: resolving((token, decision, setup) =>
      decision.kind === 'expired' ? accessOf(token, { ...setup, now: () => 0 }) : decision,
    ),
  },
  {
    id: 'scopes/audience-enforced~ignored',
    level: 'fail',
    summary: 'A token asked for with another server as aud works here',
    also: ['app-launch/aud-supported'],
    override: lacksAuthorizationCheck('aud'),
  },
  {
    id: 'scopes/audience-enforced~beginning',
    level: 'fail',
    summary: 'Any aud will do that begins as the FHIR base URL does',
    also: ['app-launch/aud-supported'],
    override: takingAudience((aud, base) => aud.startsWith(new URL(base).origin)),
  },
  {
    id: 'scopes/audience-enforced~path',
    level: 'fail',
    summary: 'Of aud the path alone is compared',
    also: ['app-launch/aud-supported'],
    override: takingAudience((aud, base) => URL.canParse(aud) && new URL(aud).pathname === new URL(base).pathname),
  },
  {
    id: 'scopes/audience-enforced~same-host',
    level: 'warn',
    summary: 'Any aud of the same origin will do',
    override: takingAudience(
      (aud, base) => URL.canParse(aud) && new URL(aud).origin === new URL(base).origin && !aud.includes('@'),
    ),
  },
];

const challenges: readonly FaultRow[] = [
  {
    id: 'scopes/bearer-invalid-token~403',
    level: 'warn',
    summary: 'An unknown token is answered 403',
    override: refusing((answer, { kind }) => (kind === 'invalid-token' ? { ...answer, status: 403 } : answer)),
  },
  {
    id: 'scopes/bearer-invalid-token~other-error',
    level: 'warn',
    summary: 'An unknown token is refused as unauthorized, which RFC 6750 does not know',
    override: refusing((answer, { kind }) =>
      kind === 'invalid-token' ? { ...answer, challenge: 'Bearer realm="fhir", error="unauthorized"' } : answer,
    ),
  },
  {
    id: 'scopes/bearer-challenge~absent',
    level: 'fail',
    summary: 'A 401 has no WWW-Authenticate',
    also: ['scopes/bearer-invalid-token'],
    override: refusing((answer) => ({ ...answer, challenge: null })),
  },
  {
    id: 'scopes/bearer-challenge~basic',
    level: 'fail',
    summary: 'A 401 challenges for a password',
    also: ['scopes/bearer-invalid-token'],
    override: refusing((answer) => ({ ...answer, challenge: 'Basic realm="fhir"' })),
  },
  {
    id: 'scopes/bearer-challenge-parameter~bare',
    level: 'fail',
    summary: 'The challenge is the word Bearer alone',
    also: ['scopes/bearer-invalid-token'],
    override: refusing((answer) => ({ ...answer, challenge: 'Bearer' })),
  },
  {
    id: 'scopes/bearer-challenge-no-repeats~realm',
    level: 'fail',
    summary: 'The challenge has two realms',
    override: refusing((answer) => ({ ...answer, challenge: `${answer.challenge}, realm="again"` })),
  },
  {
    id: 'scopes/bearer-no-error-without-token~invalid-token',
    level: 'warn',
    summary: 'A request without a token is told that its token is invalid',
    override: refusing((answer, { kind }) =>
      kind === 'no-token' ? { ...answer, challenge: 'Bearer realm="fhir", error="invalid_token"' } : answer,
    ),
  },
];

const insufficient: readonly FaultRow[] = [
  {
    id: 'scopes/bearer-insufficient-scope~401',
    level: 'warn',
    summary: 'A request beyond the scopes is told that its token is invalid',
    override: refusing((answer, { kind }) =>
      kind === 'insufficient-scope' ? { status: 401, challenge: 'Bearer realm="fhir", error="invalid_token"' } : answer,
    ),
  },
  {
    id: 'scopes/bearer-insufficient-scope~no-challenge',
    level: 'warn',
    summary: 'A request beyond the scopes is refused without a challenge',
    override: refusing((answer, { kind }) => (kind === 'insufficient-scope' ? { ...answer, challenge: null } : answer)),
  },
  {
    id: 'scopes/scope-covers-request~empty',
    level: 'warn',
    summary: 'A search for what no scope covers is answered with an empty Bundle',
    override: changesAnswers('fhir', async (answer, { request }, { bearer, resolveAccessToken }, { fhirVersion }) => {
      const usual = await answer();
      const presented = bearer.presentedToken(request);
      const decision = presented.kind === 'token' ? resolveAccessToken(presented.token) : null;
      const isOfUser = decision?.kind === 'granted' && decision.grant.fhirUser !== null;
      const isSearch = request.method === 'GET' && new URL(request.url).searchParams.has('patient');
      return usual.status === 403 && isSearch && isOfUser ? nothingFound(fhirVersion) : usual;
    }),
  },
];

const transport: readonly FaultRow[] = [
  {
    id: 'scopes/bearer-header-accepted~case',
    level: 'fail',
    summary: 'The scheme is read as Bearer only',
    override: presenting((presented, request) =>
      /^Bearer /.test(request.headers.get('authorization') ?? 'Bearer ') ? presented : { kind: 'none' },
    ),
  },
  {
    id: 'scopes/header-names-case-insensitive~exact',
    level: 'fail',
    summary: 'The Authorization header is not known in capitals',
    override: changesAnswers('fhir', (answer, { context }) =>
      context.env.incoming.rawHeaders.includes('AUTHORIZATION')
        ? json(
            { resourceType: 'OperationOutcome' },
            { status: 401, headers: { 'www-authenticate': 'Bearer realm="fhir"' } },
          )
        : answer(),
    ),
  },
  {
    id: 'scopes/bearer-query-private~cacheable',
    level: 'warn',
    summary: 'A token in the query is accepted, and the answer may be kept by anyone',
    also: ['scopes/bearer-one-transport'],
    override: presenting((presented, request) => inQuery(request) ?? presented),
  },
  {
    id: 'scopes/bearer-one-transport~both',
    level: 'warn',
    summary: 'A token is accepted in the header and the query at once',
    also: ['scopes/bearer-query-private'],
    override: presenting((presented, request) =>
      presented.kind === 'none' ? (inQuery(request) ?? presented) : presented,
    ),
  },
  {
    id: 'scopes/cors-fhir-responses~closed',
    level: 'fail',
    summary: 'No page may read what the FHIR API answers',
    also: ['discovery/cors-fhir-preflight'],
    override: changesCors(['fhir'], () => ({ allowOrigin: () => null })),
  },
  {
    id: 'scopes/errors-operation-outcome~oauth',
    level: 'warn',
    summary: 'Errors of the FHIR API are plain OAuth errors',
    override: changesAnswers('fhir', async (answer) => {
      const usual = await answer();
      if (usual.status < 400) return usual;
      const challenge = usual.headers.get('www-authenticate');
      const headers: Record<string, string> = challenge === null ? {} : { 'www-authenticate': challenge };
      return oauthError('invalid_request', 'no', { status: usual.status, headers });
    }),
  },
  {
    id: 'scopes/metadata-open~closed',
    level: 'fail',
    summary: '/metadata wants a token',
    override: changesAnswers('metadata', (_answer, _asked, _usual, { fhirVersion }) =>
      fhirJson({ resourceType: 'OperationOutcome' }, fhirVersion, { status: 401 }),
    ),
  },
];

export const bearerFaults = faultsOf([...tokens, ...challenges, ...insufficient, ...transport]);

function resolving(change: (token: string, decision: AccessDecision, setup: Setup) => AccessDecision): Override {
  return (usual, setup) => ({
    resolveAccessToken: (token) => change(token, usual.resolveAccessToken(token), setup),
  });
}

function latestToken({ vault }: Setup): string {
  return [...vault.accessTokens.keys()].at(-1) ?? '';
}

type Answer = ReturnType<Bearer['refusal']>;

function refusing(change: (answer: Answer, refusal: Refusal) => Answer): Override {
  return ({ bearer }) => ({
    bearer: { ...bearer, refusal: (refusal) => change(bearer.refusal(refusal), refusal) },
  });
}

type Presented = ReturnType<Bearer['presentedToken']>;

function presenting(change: (presented: Presented, request: Request) => Presented): Override {
  return ({ bearer }) => ({
    bearer: { ...bearer, presentedToken: (request) => change(bearer.presentedToken(request), request) },
  });
}

function inQuery(request: Request): Presented | null {
  const token = new URL(request.url).searchParams.get('access_token');
  return token === null ? null : { kind: 'token', token };
}

/** Such requests are served as if they had the token that was issued last. */
function open(isSuch: (request: Request, presented: Presented) => boolean): Override {
  return (usual, setup) => ({
    bearer: {
      ...usual.bearer,
      presentedToken: (request) => {
        const presented = usual.bearer.presentedToken(request);
        return isSuch(request, presented) ? { kind: 'token', token: latestToken(setup) } : presented;
      },
    },
  });
}

/** Other values of aud are as good as the FHIR base URL. */
function takingAudience(isTaken: (aud: string, base: string) => boolean): Override {
  return changesAuthorization(({ checks }, { site }) => ({
    checks: {
      ...checks,
      aud: (parameters, ...more) =>
        isTaken(parameters.get('aud') ?? '', site.fhir) ? null : checks.aud(parameters, ...more),
    },
  }));
}
