import type { Override } from '../behaviour.ts';
import { json, oauthError, operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';
import type { Site } from '../site.ts';
import { together } from '../together.ts';
import { errorPage, loginPage, notFound, retold } from './answers.ts';
import { noTokens } from './consequences.ts';
import { breakingToo, type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesSmartConfiguration, having, lacking, listing, without } from './overrides.ts';

/** Where the same endpoint is named a second and a third time. */
const otherNamings = ['discovery/oauth-uris-do-not-contradict', 'discovery/oauth-uris-agree'];
const openidToo = ['discovery/openid-documents-agree', ...otherNamings];

const absolute: readonly FaultRow[] = [
  {
    id: 'discovery/absolute-urls~token-endpoint-relative',
    level: 'fail',
    summary: 'token_endpoint is only a path',
    also: openidToo,
    override: names('token_endpoint', ({ site }) => pathOf(site.token)),
  },
  {
    id: 'discovery/absolute-urls~relative-in-2-0',
    level: 'warn',
    specVersion: '2.0',
    summary: 'token_endpoint is only a path, which guide 2.0 does not forbid',
    also: openidToo,
    override: names('token_endpoint', ({ site }) => pathOf(site.token)),
  },
  {
    id: 'discovery/absolute-urls~authorization-endpoint-relative',
    level: 'fail',
    summary: 'authorization_endpoint is relative to the FHIR base URL',
    also: openidToo,
    override: names('authorization_endpoint', () => '../oauth/authorize'),
  },
  {
    id: 'discovery/absolute-urls~introspection-endpoint-without-scheme',
    level: 'fail',
    summary: 'introspection_endpoint starts with //',
    also: otherNamings,
    override: names('introspection_endpoint', ({ site }) => site.introspect.replace(/^https?:/, '')),
  },
  {
    id: 'discovery/absolute-urls~management-endpoint-only-host',
    level: 'fail',
    summary: 'management_endpoint starts with its host, without scheme or //',
    also: ['discovery/management-endpoint', 'discovery/endpoints-answer', ...otherNamings],
    override: names('management_endpoint', ({ site }) => site.manage.replace(/^https?:\/\//, '')),
  },
  {
    id: 'discovery/absolute-urls~one-slash',
    level: 'fail',
    summary: 'revocation_endpoint has one slash after the scheme, which browsers repair and RFC 3986 does not',
    also: ['discovery/endpoints-answer', ...otherNamings],
    override: names('revocation_endpoint', ({ site }) => site.revoke.replace('//', '/')),
  },
  {
    id: 'discovery/absolute-urls~revocation-endpoint-empty',
    level: 'fail',
    summary: 'revocation_endpoint is an empty string',
    also: ['discovery/revocation-endpoint', ...otherNamings],
    override: names('revocation_endpoint', () => ''),
  },
  {
    id: 'discovery/absolute-urls~revocation-endpoint-no-string',
    level: 'fail',
    summary: 'revocation_endpoint is an object with a url',
    also: ['discovery/revocation-endpoint', ...otherNamings],
    override: names('revocation_endpoint', ({ site }) => ({ url: site.revoke })),
  },
  {
    id: 'discovery/absolute-urls~jwks-uri-relative',
    level: 'fail',
    summary: 'jwks_uri is only a path',
    also: ['discovery/openid-documents-agree'],
    override: names('jwks_uri', ({ site }) => pathOf(site.jwks)),
  },
  {
    id: 'discovery/absolute-urls~issuer-relative',
    level: 'fail',
    summary: 'issuer is only a path',
    also: ['discovery/issuer', 'discovery/openid-issuer-url', 'discovery/openid-issuer-equal'],
    override: names('issuer', ({ site }) => pathOf(site.issuer)),
  },
  {
    id: 'discovery/absolute-urls~associated-endpoint-relative',
    level: 'fail',
    summary: 'The url of an associated endpoint is only a path',
    also: ['discovery/associated-endpoints'],
    override: names('associated_endpoints', () => [{ url: '/state', capabilities: ['smart-app-state'] }]),
  },
  {
    id: 'discovery/absolute-urls~brand-bundle-relative',
    level: 'warn',
    summary: 'user_access_brand_bundle is only a path',
    also: ['discovery/brand-bundle'],
    override: names('user_access_brand_bundle', ({ site }) => pathOf(site.brands)),
  },
];

const answering: readonly FaultRow[] = [
  {
    id: 'discovery/endpoints-answer~introspection-endpoint-not-found',
    level: 'fail',
    summary: 'introspection_endpoint answers 404',
    also: ['discovery/introspection-endpoint'],
    override: changesAnswers('introspect', notFound),
  },
  {
    id: 'discovery/endpoints-answer~introspection-endpoint-moved-away',
    level: 'fail',
    summary: 'introspection_endpoint names an address where nothing is',
    also: ['discovery/introspection-endpoint', ...otherNamings],
    override: names('introspection_endpoint', ({ site }) => `${site.introspect}ion`),
  },
  {
    id: 'discovery/endpoints-answer~revocation-endpoint-refuses-post',
    level: 'fail',
    summary: 'revocation_endpoint answers POST with 405',
    also: ['discovery/revocation-endpoint'],
    override: changesAnswers('revoke', () => new Response(null, { status: 405, headers: { allow: 'GET' } })),
  },
  {
    id: 'discovery/endpoints-answer~revocation-endpoint-server-error',
    level: 'warn',
    summary: 'revocation_endpoint answers 500',
    also: ['discovery/revocation-endpoint'],
    override: changesAnswers('revoke', () => errorPage(500)),
  },
  {
    id: 'discovery/endpoints-answer~authorization-endpoint-not-found',
    level: 'warn',
    summary: 'authorization_endpoint answers 404',
    also: ['discovery/authorization-endpoint'],
    override: changesAnswers('authorize', notFound),
  },
  {
    id: 'discovery/management-endpoint~not-found',
    level: 'warn',
    summary: 'management_endpoint answers 404',
    override: changesAnswers('manage', () => errorPage(404)),
  },
  {
    id: 'discovery/endpoints-answer~brand-bundle-not-found',
    level: 'warn',
    summary: 'user_access_brand_bundle answers 404',
    also: ['discovery/brand-bundle'],
    override: changesAnswers('brands', notFound),
  },
];

const authorization: readonly FaultRow[] = [
  {
    id: 'discovery/authorization-endpoint~absent',
    level: 'fail',
    summary: 'authorization_endpoint is missing although apps can be launched',
    also: ['discovery/conveys-endpoints-and-capabilities', ...openidToo],
    override: changesSmartConfiguration(without('authorization_endpoint')),
  },
  {
    id: 'discovery/authorization-endpoint~absent-standalone-only',
    level: 'fail',
    summary: 'authorization_endpoint is missing although launch-standalone is advertised, and launch-ehr is not',
    also: [
      'discovery/conveys-endpoints-and-capabilities',
      'discovery/patient-access-ehr',
      'discovery/clinician-access-ehr',
      ...openidToo,
    ],
    override: together(
      changesSmartConfiguration(without('authorization_endpoint')),
      changesSmartConfiguration(listing('capabilities', lacking('launch-ehr'))),
    ),
  },
  {
    id: 'discovery/authorization-endpoint~null',
    level: 'fail',
    summary: 'authorization_endpoint is null',
    also: ['discovery/conveys-endpoints-and-capabilities', 'discovery/absolute-urls', ...openidToo],
    override: changesSmartConfiguration(having({ authorization_endpoint: null })),
  },
  {
    id: 'discovery/authorization-endpoint~empty',
    level: 'fail',
    summary: 'authorization_endpoint is an empty string',
    also: ['discovery/conveys-endpoints-and-capabilities', 'discovery/absolute-urls', ...openidToo],
    override: changesSmartConfiguration(having({ authorization_endpoint: '' })),
  },
  {
    id: 'discovery/authorization-endpoint~array',
    level: 'fail',
    summary: 'authorization_endpoint is an array with one URL',
    also: ['discovery/conveys-endpoints-and-capabilities', 'discovery/absolute-urls', ...openidToo],
    override: names('authorization_endpoint', ({ site }) => [site.authorize]),
  },
];

/** Most of these answer no request as they should. */
const token = breakingToo(
  [
    ...noTokens,
    'backend-services/authority-registered-beforehand',
    'backend-services/response-json',
    'backend-services/access-token-present',
    'backend-services/errors-explained',
  ],
  [
    {
      id: 'discovery/token-endpoint~absent',
      level: 'fail',
      summary: 'token_endpoint is missing',
      also: ['discovery/conveys-endpoints-and-capabilities', ...openidToo],
      override: changesSmartConfiguration(without('token_endpoint')),
    },
    {
      id: 'discovery/token-endpoint~null',
      level: 'fail',
      summary: 'token_endpoint is null',
      also: ['discovery/conveys-endpoints-and-capabilities', 'discovery/absolute-urls', ...openidToo],
      override: changesSmartConfiguration(having({ token_endpoint: null })),
    },
    {
      id: 'discovery/token-endpoint~object',
      level: 'fail',
      summary: 'token_endpoint is an object with a url',
      also: ['discovery/conveys-endpoints-and-capabilities', 'discovery/absolute-urls', ...openidToo],
      override: names('token_endpoint', ({ site }) => ({ url: site.token })),
    },
    {
      id: 'discovery/token-endpoint~not-found',
      level: 'fail',
      summary: 'token_endpoint answers 404',
      also: ['discovery/endpoints-answer'],
      override: changesAnswers('token', notFound),
    },
    {
      id: 'discovery/token-endpoint~oauth-error-404',
      level: 'fail',
      summary: 'token_endpoint answers an empty form with 404, though with an OAuth error',
      also: ['discovery/endpoints-answer'],
      override: changesAnswers('token', () => oauthError('invalid_request', 'no such client', { status: 404 })),
    },
    {
      id: 'discovery/token-endpoint~post-not-allowed',
      level: 'fail',
      summary: 'token_endpoint answers POST with 405',
      override: changesAnswers('token', () => json({ error: 'use GET' }, { status: 405, headers: { allow: 'GET' } })),
    },
    {
      id: 'discovery/token-endpoint~html-error',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with 400 and a page of HTML',
      override: changesAnswers('token', () => errorPage(400)),
    },
    {
      id: 'discovery/token-endpoint~server-error',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with 500 and a page of HTML',
      also: ['discovery/endpoints-answer'],
      override: changesAnswers('token', () => errorPage(500)),
    },
    {
      id: 'discovery/token-endpoint~login-page',
      level: 'fail',
      summary: 'token_endpoint answers with a page to sign in at',
      override: changesAnswers('token', loginPage),
    },
    {
      id: 'discovery/token-endpoint~redirects-to-login-page',
      level: 'warn',
      summary: 'token_endpoint redirects to a page where a user would sign in',
      also: ['discovery/cors-token-endpoint-errors'],
      override: together(
        changesAnswers('token', () => new Response(null, { status: 302, headers: { location: '/login' } })),
        changesAnswers('elsewhere', (otherwise, { context }) =>
          context.req.path === '/login' ? loginPage() : otherwise(),
        ),
      ),
    },
    {
      id: 'discovery/token-endpoint~empty-answer',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with 400 and nothing',
      override: changesAnswers('token', () => new Response(null, { status: 400 })),
    },
    {
      id: 'discovery/token-endpoint~success',
      level: 'fail',
      summary: 'token_endpoint answers an empty form with 200 and an empty JSON object',
      override: changesAnswers('token', () => json({})),
    },
    {
      id: 'discovery/token-endpoint~operation-outcome',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with an OperationOutcome in place of an OAuth error',
      override: changesAnswers('token', (_answer, _asked, _usual, { fhirVersion }) =>
        operationOutcome(fhirVersion, 'invalid', 'grant_type is missing', { status: 400 }),
      ),
    },
    {
      id: 'discovery/token-endpoint~error-is-object',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with JSON whose error is no code but an object',
      override: changesAnswers('token', () => json({ error: { code: 400, message: 'Bad Request' } }, { status: 400 })),
    },
    {
      id: 'discovery/token-endpoint~form-encoded-error',
      level: 'warn',
      summary: 'token_endpoint answers an empty form with a form-encoded error',
      override: changesAnswers('token', async (answer) =>
        retold(await answer(), { text: 'error=invalid_request', type: 'application/x-www-form-urlencoded' }),
      ),
    },
  ],
);

const unregistrable = ['client-asymmetric/registration-answers-201', 'client-asymmetric/registration-error-form'];

const registration: readonly FaultRow[] = [
  {
    id: 'discovery/registration-endpoint~not-found',
    level: 'warn',
    summary: 'registration_endpoint is published and answers 404',
    also: ['discovery/endpoints-answer', ...unregistrable],
    override: names('registration_endpoint', ({ site }) => `${site.issuer}/register`),
  },
  {
    id: 'discovery/registration-endpoint~post-not-allowed',
    level: 'warn',
    summary: 'registration_endpoint is published and answers POST with 405',
    also: unregistrable,
    override: registers((method) =>
      method === 'POST' ? new Response(null, { status: 405, headers: { allow: 'GET' } }) : errorPage(200),
    ),
  },
  {
    id: 'discovery/registration-endpoint~server-error',
    level: 'warn',
    summary: 'registration_endpoint is published and answers an empty registration with 500',
    also: ['discovery/endpoints-answer', ...unregistrable],
    override: registers(() => errorPage(500)),
  },
];

const appState: readonly FaultRow[] = [
  {
    id: 'discovery/app-state-endpoint-deprecated~only-pointer',
    level: 'warn',
    summary: 'smart_app_state_endpoint, which is deprecated, is all that points to app state',
    override: together(
      changesSmartConfiguration(without('associated_endpoints')),
      changesSmartConfiguration(listing('capabilities', lacking('smart-app-state'))),
      names('smart_app_state_endpoint', ({ site }) => site.fhir),
    ),
  },
  {
    id: 'discovery/app-state-endpoint-deprecated~associated-endpoint-for-something-else',
    level: 'warn',
    summary: 'smart_app_state_endpoint stands beside an associated endpoint that is not for app state',
    override: together(
      changesSmartConfiguration(listing('capabilities', lacking('smart-app-state'))),
      names('smart_app_state_endpoint', ({ site }) => site.fhir),
      names('associated_endpoints', ({ site }) => [{ url: site.fhir, capabilities: ['launch-ehr'] }]),
    ),
  },
];

const associated: readonly FaultRow[] = [
  associates('without-capabilities', 'An associated endpoint lacks its capabilities', ({ fhir }) => [{ url: fhir }]),
  associates('capabilities-string', 'The capabilities of an associated endpoint are a string', ({ fhir }) => [
    { url: fhir, capabilities: 'smart-app-state' },
  ]),
  associates('capabilities-no-strings', 'The capabilities of an associated endpoint are numbers', ({ fhir }) => [
    { url: fhir, capabilities: [1] },
  ]),
  associates('second-malformed', 'The second of two associated endpoints lacks its capabilities', (site) => [
    { url: site.appState, capabilities: ['smart-app-state'] },
    { url: site.fhir },
  ]),
  associates('without-url', 'An associated endpoint lacks its url', () => [{ capabilities: ['smart-app-state'] }]),
  associates('object', 'associated_endpoints is one object, not an array', ({ fhir }) => ({
    url: fhir,
    capabilities: ['smart-app-state'],
  })),
  associates('urls', 'associated_endpoints is an array of URLs', ({ fhir }) => [fhir]),
  { ...associates('null', 'associated_endpoints is null', () => null), level: 'warn' },
  associates('null-member', 'associated_endpoints holds null', () => [null]),
];

const recommended: readonly FaultRow[] = [
  {
    id: 'discovery/brand-bundle~absent',
    level: 'warn',
    summary: 'user_access_brand_bundle is missing',
    override: changesSmartConfiguration(without('user_access_brand_bundle')),
  },
  {
    id: 'discovery/brand-bundle~array',
    level: 'warn',
    summary: 'user_access_brand_bundle is an array with one URL',
    also: ['discovery/absolute-urls'],
    override: names('user_access_brand_bundle', ({ site }) => [site.brands]),
  },
  {
    id: 'discovery/brand-bundle~empty',
    level: 'warn',
    summary: 'user_access_brand_bundle is an empty string',
    also: ['discovery/absolute-urls'],
    override: names('user_access_brand_bundle', () => ''),
  },
  {
    id: 'discovery/brand-identifier~absent',
    level: 'warn',
    summary: 'user_access_brand_identifier is missing',
    also: ['brands/identifier-with-several-brands'],
    override: changesSmartConfiguration(without('user_access_brand_identifier')),
  },
  {
    id: 'discovery/brand-identifier~string',
    level: 'fail',
    summary: 'user_access_brand_identifier is a string, not an Identifier',
    override: names('user_access_brand_identifier', () => 'https://harbour-clinic.smart-check.test'),
  },
  {
    id: 'discovery/brand-identifier~array',
    level: 'fail',
    summary: 'user_access_brand_identifier is an array of Identifiers',
    override: changesSmartConfiguration((document) => ({
      ...document,
      user_access_brand_identifier: [document.user_access_brand_identifier],
    })),
  },
  {
    id: 'discovery/management-endpoint~absent',
    level: 'warn',
    summary: 'management_endpoint is missing',
    also: otherNamings,
    override: changesSmartConfiguration(without('management_endpoint')),
  },
  {
    id: 'discovery/management-endpoint~json',
    level: 'warn',
    summary: 'management_endpoint answers with JSON that no user can read',
    override: changesAnswers('manage', () => json({ grants: [] })),
  },
  {
    id: 'discovery/introspection-endpoint~absent',
    level: 'warn',
    summary: 'introspection_endpoint is missing',
    also: otherNamings,
    override: changesSmartConfiguration(without('introspection_endpoint')),
  },
  {
    id: 'discovery/revocation-endpoint~absent',
    level: 'warn',
    summary: 'revocation_endpoint is missing',
    also: otherNamings,
    override: changesSmartConfiguration(without('revocation_endpoint')),
  },
];

const conveys: readonly FaultRow[] = [
  {
    id: 'discovery/conveys-endpoints-and-capabilities~only-in-metadata',
    level: 'fail',
    summary: 'Only the CapabilityStatement names the authorize and token endpoints, as in guide 1.0',
    also: ['discovery/authorization-endpoint', 'discovery/token-endpoint', ...openidToo],
    override: changesSmartConfiguration(without('authorization_endpoint', 'token_endpoint')),
  },
];

/** Which endpoints the SMART configuration names, and whether anything is there. */
export const endpointFaults = faultsOf([
  ...absolute,
  ...answering,
  ...authorization,
  ...token,
  ...registration,
  ...appState,
  ...associated,
  ...recommended,
  ...conveys,
]);

/** Gives one member of the SMART configuration, and of no other document, another value. */
function names(member: string, value: (setup: Setup) => unknown): Override {
  return changesSmartConfiguration((document, setup) => ({ ...document, [member]: value(setup) }));
}

function associates(variant: string, summary: string, value: (site: Site) => unknown): FaultRow {
  return {
    id: `discovery/associated-endpoints~${variant}`,
    level: 'fail',
    summary,
    also: ['discovery/absolute-urls'],
    override: names('associated_endpoints', ({ site }) => value(site)),
  };
}

function registers(answer: (method: string) => Response): Override {
  const path = '/oauth/register';
  return together(
    names('registration_endpoint', ({ site }) => `${site.baseUrl}${path}`),
    changesAnswers('elsewhere', (otherwise, { request, context }) =>
      context.req.path.endsWith(path) ? answer(request.method) : otherwise(),
    ),
  );
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}
