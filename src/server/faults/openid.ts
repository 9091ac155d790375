import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json } from '../responses.ts';
import { together } from '../together.ts';
import { loginPage, notFound, retold } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { strangerKey } from './jwks.ts';
import {
  changesAnswers,
  changesOpenidConfiguration,
  changesSmartConfiguration,
  changesTransport,
  having,
  listing,
  without,
} from './overrides.ts';

const retrieval: readonly FaultRow[] = [
  {
    id: 'discovery/openid-configuration~not-found',
    level: 'fail',
    summary: 'There is no OpenID configuration below the issuer',
    override: changesAnswers('openid-configuration', notFound),
  },
  {
    id: 'discovery/openid-configuration~path-after-well-known',
    level: 'fail',
    summary: 'The OpenID configuration is where RFC 8414 would put it, not below the issuer',
    override: together(
      changesAnswers('openid-configuration', notFound),
      changesAnswers('elsewhere', (otherwise, { context }, usual) =>
        context.req.path === '/.well-known/openid-configuration/oauth'
          ? json(usual.openidConfiguration())
          : otherwise(),
      ),
    ),
  },
  {
    id: 'discovery/openid-configuration~needs-token',
    level: 'fail',
    summary: 'The OpenID configuration is 401',
    override: changesAnswers('openid-configuration', () => json({ error: 'unauthorized' }, { status: 401 })),
  },
  {
    id: 'discovery/openid-configuration~html',
    level: 'fail',
    summary: 'A page of HTML stands in place of the OpenID configuration, with status 200',
    override: changesAnswers('openid-configuration', loginPage),
  },
  {
    id: 'discovery/openid-configuration~array',
    level: 'fail',
    summary: 'The OpenID configuration is wrapped in a JSON array',
    override: changesText((text) => `[${text}]`),
  },
  {
    id: 'discovery/openid-configuration~truncated',
    level: 'fail',
    summary: 'The OpenID configuration breaks off in the middle',
    override: changesText((text) => text.slice(0, text.length / 2)),
  },
  {
    id: 'discovery/openid-configuration~text-plain',
    level: 'fail',
    summary: 'The OpenID configuration is sent as text/plain',
    override: changesAnswers('openid-configuration', async (answer) => retold(await answer(), { type: 'text/plain' })),
  },
  {
    id: 'discovery/openid-configuration~jwt',
    level: 'fail',
    summary: 'The OpenID configuration is sent as application/jwt',
    override: changesAnswers('openid-configuration', async (answer) =>
      retold(await answer(), { type: 'application/jwt' }),
    ),
  },
];

const issuer: readonly FaultRow[] = [
  {
    id: 'discovery/openid-issuer-equal~slash',
    level: 'fail',
    summary: 'The issuer in the OpenID configuration ends in a slash that the SMART configuration does not have',
    override: changesOpenidConfiguration((document, { site }) => ({ ...document, issuer: `${site.issuer}/` })),
  },
  {
    id: 'discovery/openid-issuer-equal~slash-in-smart-configuration',
    level: 'fail',
    summary: 'The issuer in the SMART configuration ends in a slash that the OpenID configuration does not have',
    override: changesSmartConfiguration((document, { site }) => ({ ...document, issuer: `${site.issuer}/` })),
  },
  {
    id: 'discovery/openid-issuer-equal~odd-case',
    level: 'fail',
    summary: 'The issuer in the OpenID configuration is written in another case',
    override: changesOpenidConfiguration((document, { site }) => ({
      ...document,
      issuer: site.issuer.replace(/oauth$/, 'OAuth'),
    })),
  },
  {
    id: 'discovery/openid-issuer-equal~other-tenant',
    level: 'fail',
    summary: 'The OpenID configuration names the issuer of another tenant',
    override: changesOpenidConfiguration((document, { site }) => ({ ...document, issuer: `${site.baseUrl}/acme` })),
  },
  {
    id: 'discovery/openid-issuer-equal~absent',
    level: 'fail',
    summary: 'issuer is missing from the OpenID configuration',
    also: ['discovery/openid-metadata'],
    override: changesOpenidConfiguration(without('issuer')),
  },
  {
    id: 'discovery/openid-issuer-url~query',
    level: 'fail',
    summary: 'The issuer has a query',
    also: ['discovery/openid-configuration'],
    override: everywhereIssuer((url) => `${url}?tenant=acme`),
  },
  {
    id: 'discovery/openid-issuer-url~fragment',
    level: 'fail',
    summary: 'The issuer has a fragment',
    also: ['discovery/openid-configuration'],
    override: everywhereIssuer((url) => `${url}#acme`),
  },
  {
    id: 'discovery/openid-issuer-url~empty-query',
    level: 'fail',
    summary: 'The issuer ends in a question mark',
    also: ['discovery/openid-configuration'],
    override: everywhereIssuer((url) => `${url}?`),
  },
  {
    id: 'discovery/openid-issuer-url~plain-http',
    level: 'fail',
    summary: 'The issuer is an http URL, not at a loopback address',
    also: ['discovery/https', 'discovery/plain-http-refused'],
    // The system takes it to loopback all the same, where it must be found by plain http.
    override: together(
      everywhereIssuer((url) => url.replace(/^https?:\/\/127\.0\.0\.1/, 'http://0.0.0.0')),
      changesTransport(() => ({ plainHttpToo: true })),
    ),
  },
];

const members: readonly FaultRow[] = [
  ...['authorization_endpoint', 'token_endpoint', 'jwks_uri'].map((member) =>
    openidWithout(member, ['discovery/openid-documents-agree']),
  ),
  openidWithout('response_types_supported'),
  openidWithout('subject_types_supported'),
  openidWithout('id_token_signing_alg_values_supported'),
  {
    id: 'discovery/openid-metadata~null',
    level: 'fail',
    summary: 'subject_types_supported of the OpenID configuration is null',
    override: changesOpenidConfiguration(having({ subject_types_supported: null })),
  },
  {
    id: 'discovery/openid-metadata~string',
    level: 'fail',
    summary: 'subject_types_supported of the OpenID configuration is a string',
    override: changesOpenidConfiguration(having({ subject_types_supported: 'public' })),
  },
  {
    id: 'discovery/openid-metadata~no-rs256',
    level: 'fail',
    summary: 'id_token_signing_alg_values_supported of the OpenID configuration lacks RS256',
    override: changesOpenidConfiguration(having({ id_token_signing_alg_values_supported: ['ES384'] })),
  },
  {
    id: 'discovery/openid-metadata~algorithms-string',
    level: 'fail',
    summary: 'id_token_signing_alg_values_supported of the OpenID configuration is the string RS256',
    override: changesOpenidConfiguration(having({ id_token_signing_alg_values_supported: 'RS256' })),
  },
  {
    id: 'discovery/openid-metadata~alg-none',
    level: 'warn',
    summary: 'id_token_signing_alg_values_supported of the OpenID configuration lists none',
    override: changesOpenidConfiguration(having({ id_token_signing_alg_values_supported: ['RS256', 'none'] })),
  },
  {
    id: 'discovery/openid-metadata~no-code-flow',
    level: 'fail',
    summary: 'response_types_supported of the OpenID configuration lacks code',
    override: changesOpenidConfiguration(having({ response_types_supported: ['id_token', 'code id_token'] })),
  },
];

const agreement: readonly FaultRow[] = [
  {
    id: 'discovery/openid-documents-agree~token-endpoint',
    level: 'warn',
    summary: 'The OpenID configuration names another token endpoint',
    override: changesOpenidConfiguration((document, { site }) => ({ ...document, token_endpoint: `${site.token}/v2` })),
  },
  {
    id: 'discovery/openid-documents-agree~authorization-endpoint',
    level: 'warn',
    summary: 'The OpenID configuration names another authorization endpoint',
    override: changesOpenidConfiguration((document, { site }) => ({
      ...document,
      authorization_endpoint: `${site.authorize}/v2`,
    })),
  },
  {
    id: 'discovery/openid-documents-agree~keys',
    level: 'warn',
    summary: 'The OpenID configuration names a JWK Set with other keys',
    override: together(
      changesOpenidConfiguration((document, { site }) => ({ ...document, jwks_uri: `${site.jwks}/v2` })),
      changesAnswers('elsewhere', (otherwise, { context }) =>
        context.req.path.endsWith('/oauth/jwks/v2') ? json({ keys: [strangerKey('other-rsa')] }) : otherwise(),
      ),
    ),
  },
];

const emptyArrays: readonly FaultRow[] = [
  emptyMember('acr_values_supported', 'fail'),
  emptyMember('claims_supported', 'fail'),
  emptyMember('ui_locales_supported', 'fail'),
  emptyMember('acme_features_supported', 'warn'),
];

/** The OpenID configuration. */
export const openidFaults = faultsOf([...retrieval, ...issuer, ...members, ...agreement, ...emptyArrays]);

function openidWithout(member: string, also: readonly string[] = []): FaultRow {
  return {
    id: `discovery/openid-metadata~no-${member.replaceAll('_', '-')}`,
    level: 'fail',
    summary: `${member} is missing from the OpenID configuration`,
    also,
    override: changesOpenidConfiguration(without(member)),
  };
}

function emptyMember(member: string, level: FaultRow['level']): FaultRow {
  return {
    id: `discovery/openid-no-empty-arrays~${member.replaceAll('_', '-')}`,
    level,
    summary: `${member} of the OpenID configuration is an empty array`,
    override: changesOpenidConfiguration(listing(member, () => [])),
  };
}

/** Both documents name the same issuer, a wrong one. */
function everywhereIssuer(change: (issuer: string) => string): Override {
  const changed = (document: JsonObject): JsonObject => ({ ...document, issuer: change(String(document.issuer)) });
  return together(changesSmartConfiguration(changed), changesOpenidConfiguration(changed));
}

function changesText(change: (text: string) => string): Override {
  return changesAnswers('openid-configuration', async (answer) => {
    const usual = await answer();
    return retold(usual, { text: change(await usual.text()) });
  });
}
