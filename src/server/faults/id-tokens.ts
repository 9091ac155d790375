/** Defects of single id_tokens that a lenient reader overlooks (OpenID Connect Core sections 2, 3.1.3 and 12.2). */
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { launchesBegin } from './consequences.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import {
  changesAuthorization,
  changesIdTokens,
  changesKeys,
  changesTokenResponse,
  changesTokens,
  without,
} from './overrides.ts';

const launching: readonly FaultRow[] = [
  {
    id: 'openid-connect/id-token-issued~openid-dropped',
    level: 'fail',
    summary: 'openid is dropped from every grant, and no id_token comes',
    override: changesTokens(({ grantedScopes }) => ({
      grantedScopes: (approved, client) => grantedScopes(approved, client).filter((scope) => scope !== 'openid'),
    })),
  },
  {
    id: 'openid-connect/code-flow~nonce-refused',
    level: 'fail',
    summary: 'An authorization request with a nonce is refused',
    also: [...launchesBegin, 'scopes/patient-scopes-supported', 'scopes/user-scopes-supported'],
    override: refusesParameter('nonce'),
  },
];

const signatures: readonly FaultRow[] = [
  {
    id: 'openid-connect/signed-rs256~hs256',
    level: 'fail',
    summary: 'ID tokens are signed with a secret',
    also: ['openid-connect/signature-verifies'],
    override: changesIdTokens(({ header }) => ({
      header: () => ({ ...header(), alg: 'HS256' }),
      signingKey: () => ({ kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }),
    })),
  },
  {
    id: 'openid-connect/signature-verifies~no-kid',
    level: 'fail',
    summary: 'The header has no kid, though there are several keys',
    override: changesIdTokens(({ header }) => ({
      header: () => {
        const { kid: _, ...rest } = header();
        return rest;
      },
    })),
  },
  {
    id: 'openid-connect/signature-verifies~altered',
    level: 'fail',
    summary: 'The claims are changed after the signature was made',
    override: changesTokenResponse((members) => {
      const [header, claims = '', signature] = String(members.id_token).split('.');
      if (typeof members.id_token !== 'string') return members;
      const text = Buffer.from(claims, 'base64url').toString('utf8').replace('{', '{"acr":"high",');
      return { ...members, id_token: `${header}.${Buffer.from(text).toString('base64url')}.${signature}` };
    }),
  },
  {
    id: 'openid-connect/header-names-no-keys~x5u',
    level: 'warn',
    summary: 'The header says where the certificate is',
    override: changesIdTokens(({ header }, { site }) => ({
      header: () => ({ ...header(), x5u: `${site.issuer}/certificate.pem` }),
    })),
  },
  {
    id: 'openid-connect/signing-key-fits~key-ops',
    level: 'fail',
    summary: 'The key that signs is published for key agreement',
    also: ['discovery/jwks-document'],
    override: changesKeys((keys) => keys.map((key) => (key.kty === 'RSA' ? { ...key, key_ops: ['deriveKey'] } : key))),
  },
];

const aboutSubject = ['openid-connect/subject-stable', 'openid-connect/userinfo-subject'];

const claims: readonly FaultRow[] = [
  claiming('required-claims~no-sub', 'ID tokens have no sub', without('sub'), aboutSubject),
  claiming(
    'required-claims~long-sub',
    'sub has 256 characters',
    (all) => ({ ...all, sub: String(all.sub).padEnd(256, 'x') }),
    aboutSubject,
  ),
  claiming('required-claims~no-aud', 'ID tokens have no aud', without('aud'), ['openid-connect/audience-is-client']),
  claiming('required-claims~no-iat', 'ID tokens have no iat', without('iat'), [
    'openid-connect/refreshed-id-token-consistent',
  ]),
  claiming('required-claims~exp-string', 'exp is a date in words', (all) => ({
    ...all,
    exp: new Date(Number(all.exp) * 1000).toISOString(),
  })),
  claiming('times-sane~backwards', 'exp is before iat', (all) => ({ ...all, exp: Number(all.iat) - 1 })),
  claiming('at-hash-matches~whole', 'at_hash is the whole hash', (all) => ({ ...all, at_hash: `${all.at_hash}AAAA` })),
  claiming(
    'fhir-user-type~organization',
    'fhirUser is an Organization',
    (all) => ({
      ...all,
      fhirUser: 'Organization/org-1',
    }),
    ['openid-connect/fhir-user-readable', 'openid-connect/fhir-user-resolves'],
  ),
  {
    ...claiming(
      'fhir-user-type~practitioner-role',
      'fhirUser is a PractitionerRole, which 2.0 does not allow',
      (all) => ({
        ...all,
        fhirUser: 'PractitionerRole/role-bob',
      }),
      ['openid-connect/fhir-user-readable'],
    ),
    specVersion: '2.0',
  },
];

const refreshed: readonly FaultRow[] = [
  refreshing('old-iat', 'A refreshed id_token has the iat of an hour ago', (all) => ({
    ...all,
    iat: Number(all.iat) - 3600,
  })),
  refreshing('other-nonce', 'A refreshed id_token has another nonce', (all) => ({ ...all, nonce: 'another' })),
  refreshing('azp', 'A refreshed id_token has an azp, which the first had not', (all) => ({ ...all, azp: all.aud })),
  refreshing('other-issuer', 'A refreshed id_token has another iss', (all) => ({
    ...all,
    iss: `${String(all.iss)}/v2`,
  })),
];

export const idTokenFaults = faultsOf([...launching, ...signatures, ...claims, ...refreshed]);

type Change = ReturnType<typeof without>;

function refusesParameter(name: string): Override {
  return changesAuthorization(({ checks }) => ({
    checks: {
      ...checks,
      scope: (parameters, client) =>
        parameters.has(name)
          ? { error: 'invalid_request', description: `${name} is not supported` }
          : checks.scope(parameters, client),
    },
  }));
}

function claiming(variant: string, summary: string, change: Change, also: readonly string[] = []): FaultRow {
  const override = changesIdTokens((rules) => ({
    claims: (...args) => change(rules.claims(...args)),
  }));
  return { id: `openid-connect/${variant}`, level: 'fail', summary, also, override };
}

function refreshing(variant: string, summary: string, change: (claims: JsonObject) => JsonObject): FaultRow {
  const override = changesIdTokens((rules) => ({
    claims: (grant, accessToken, isRefresh) => {
      const all = rules.claims(grant, accessToken, isRefresh);
      return isRefresh ? change(all) : all;
    },
  }));
  return { id: `openid-connect/refreshed-id-token-consistent~${variant}`, level: 'fail', summary, override };
}
