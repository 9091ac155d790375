/** ID tokens, the keys that sign them, fhirUser and UserInfo (OpenID Connect Core). */
import type { Override } from '../behaviour.ts';
import type { JsonObject } from '../json.ts';
import { json } from '../responses.ts';
import { authority } from '../tls/certificates.ts';
import { type Grant, unguessable } from '../vault.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesIdTokens, changesKeys, changesTokenResponse, without } from './overrides.ts';

const issued = ['openid-connect/id-token-issued', 'openid-connect/id-token-with-openid'];

/** Reads that are answered 200, and with nothing. */
const readsNothing = (isMeant: (grant: Grant) => boolean): Override =>
  changesAnswers('fhir', async (answer, { request }, _usual, { vault }) => {
    const usual = await answer();
    const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
    const grant = vault.accessTokens.get(token)?.grant;
    const isRead = request.method === 'GET' && /\/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+$/.test(request.url);
    if (!grant || !isRead || usual.status !== 200 || !isMeant(grant)) return usual;
    return json({ resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] });
  });

const tokens: readonly FaultRow[] = [
  {
    id: 'openid-connect/fhir-user-readable~nothing',
    level: 'warn',
    summary: 'With openid and fhirUser alone, the read of the user is answered 200 and with an OperationOutcome',
    override: readsNothing(({ scopes }) => scopes.every((scope) => scope === 'openid' || scope === 'fhirUser')),
  },
  {
    id: 'app-launch/authorization-details-context~nothing',
    level: 'fail',
    summary: 'Reads with a patient/ scope are answered 200 and with an OperationOutcome',
    also: [
      ...['app-launch/patient-is-an-id', 'app-launch/encounter-is-an-id', 'app-launch/authorization-details-scope'],
      ...['app-launch/aud-supported', 'app-launch/refresh-access-token', 'scopes/patient-scopes-supported'],
      ...['scopes/v1-scopes-meaning', 'scopes/granular-scope-filters', 'scopes/union-of-scopes'],
      'openid-connect/fhir-user-resolves',
    ],
    override: readsNothing(({ scopes }) => scopes.some((scope) => scope.startsWith('patient/'))),
  },
  ...issued.map(
    (id): FaultRow => ({
      id: `${id}~absent`,
      level: 'fail',
      summary: 'openid is granted without an id_token',
      also: issued,
      override: changesTokenResponse(without('id_token')),
    }),
  ),
  {
    id: 'openid-connect/id-token-with-openid~with-fhir-user-alone',
    level: 'fail',
    summary: 'openid is granted without an id_token unless fhirUser is granted as well',
    override: changesTokenResponse((members, { scopes }) =>
      scopes.includes('fhirUser') ? members : without('id_token')(members),
    ),
  },
  {
    id: 'openid-connect/id-token-issued~opaque',
    level: 'fail',
    summary: 'id_token is no JWT',
    also: issued,
    override: changesTokenResponse((members) =>
      members.id_token === undefined ? members : { ...members, id_token: unguessable() },
    ),
  },
  {
    id: 'openid-connect/signed-rs256~none',
    level: 'fail',
    summary: 'ID tokens have alg none and no signature',
    also: ['openid-connect/signature-verifies', 'openid-connect/at-hash-matches'],
    override: changesTokenResponse((members) => {
      if (typeof members.id_token !== 'string') return members;
      const header = Buffer.from('{"alg":"none"}').toString('base64url');
      return { ...members, id_token: `${header}.${members.id_token.split('.')[1]}.` };
    }),
  },
  {
    id: 'openid-connect/signed-rs256~es384',
    level: 'warn',
    summary: 'ID tokens are signed with ES384',
    also: ['openid-connect/at-hash-matches'],
    override: changesIdTokens((_rules, { signingKeys }) => ({
      header: () => ({ alg: 'ES384', kid: String(signingKeys[1]?.publicJwk.kid) }),
      signingKey: () => signingKeys[1]?.privateJwk ?? {},
    })),
  },
  {
    id: 'openid-connect/signature-verifies~unknown-kid',
    level: 'fail',
    summary: 'kid names no published key',
    override: changesIdTokens(({ header }) => ({ header: () => ({ ...header(), kid: 'nobody' }) })),
  },
  {
    id: 'openid-connect/signature-verifies~other-key',
    level: 'fail',
    summary: 'ID tokens are signed with another key than kid says',
    override: changesIdTokens((_rules, { clients }) => ({
      signingKey: () => ({ ...clients.find(({ role }) => role === 'backend')?.keys?.[0]?.privateJwk, alg: 'RS256' }),
    })),
  },
  {
    id: 'openid-connect/header-names-no-keys~jwk',
    level: 'warn',
    summary: 'The JOSE header brings its own key',
    override: changesIdTokens(({ header }, { signingKeys }) => ({
      header: () => {
        const { kty, n, e } = signingKeys[0]?.publicJwk ?? {};
        return { ...header(), jwk: { kty: String(kty), n: String(n), e: String(e) } };
      },
    })),
  },
  {
    id: 'openid-connect/signing-key-fits~enc',
    level: 'fail',
    summary: 'The key that signs is published for encryption',
    also: ['discovery/jwks-keys-well-formed', 'discovery/jwks-document'],
    override: changesKeys((keys) => keys.map((key) => (key.kty === 'RSA' ? { ...key, use: 'enc' } : key))),
  },
  {
    id: 'openid-connect/signing-key-fits~alg',
    level: 'fail',
    summary: 'The key that signs is published for another algorithm',
    also: ['openid-connect/signature-verifies'],
    override: changesKeys((keys) => keys.map((key) => (key.kty === 'RSA' ? { ...key, alg: 'RS512' } : key))),
  },
  {
    id: 'openid-connect/keys-bare~certificate-only',
    level: 'fail',
    summary: 'The key is published as a URL of its certificate alone',
    also: ['openid-connect/signature-verifies', 'discovery/jwks-keys-well-formed', 'discovery/jwks-document'],
    override: changesKeys((keys) =>
      keys.map(({ n, e, ...key }) =>
        key.kty === 'RSA'
          ? { ...key, x5u: 'https://ehr.smart-check.test/key.pem' }
          : { ...key, ...(n !== undefined && { n, e }) },
      ),
    ),
  },
  {
    id: 'openid-connect/keys-match-certificates~other',
    level: 'fail',
    summary: 'The certificate of a key is of another key',
    override: changesAnswers('jwks', async (_answer, _asked, usual) => {
      const { certificate } = await authority();
      const x5c = [certificate.replace(/-----[A-Z ]+-----|\s/g, '')];
      const { keys } = usual.jwks();
      return json({ keys: Array.isArray(keys) ? keys.map((key) => ({ ...key, x5c })) : [] });
    }),
  },
];

const claims: readonly FaultRow[] = [
  claiming('required-claims~no-exp', 'ID tokens have no exp', without('exp')),
  claiming('required-claims~sub-number', 'sub is a number', (all) => ({ ...all, sub: 42 }), [
    'openid-connect/subject-stable',
    'openid-connect/userinfo-subject',
  ]),
  claiming('audience-is-client~other', 'aud is the FHIR server', (all) => ({
    ...all,
    aud: 'https://ehr.smart-check.test/fhir',
  })),
  claiming('audience-is-client~azp', 'azp is another client', (all) => ({ ...all, azp: 'somebody-else' })),
  claiming(
    'audience-is-client~further',
    'aud names a further audience',
    (all) => ({ ...all, aud: [all.aud, 'somebody-else'] }),
    [],
    'warn',
  ),
  claiming('nonce-returned~other', 'nonce is another one', (all) =>
    all.nonce === undefined ? all : { ...all, nonce: 'n-1' },
  ),
  claiming('nonce-returned~absent', 'nonce is left out', without('nonce'), [], 'warn'),
  claiming('times-sane~expired', 'exp is an hour ago', (all) => ({ ...all, exp: Number(all.iat) - 3600 })),
  claiming(
    'times-sane~early',
    'iat is an hour ago',
    (all) => ({ ...all, iat: Number(all.iat) - 3600 }),
    ['openid-connect/refreshed-id-token-consistent'],
    'warn',
  ),
  claiming('at-hash-matches~other', 'at_hash is of another token', (all) => ({
    ...all,
    at_hash: 'AAAAAAAAAAAAAAAAAAAAAA',
  })),
  claiming('issuer-as-advertised~slash', 'iss has a slash at its end that the documents lack', (all) => ({
    ...all,
    iss: `${String(all.iss)}/`,
  })),
  claiming('subject-stable~fresh', 'sub is another one each time', (all) => ({ ...all, sub: unguessable() }), [
    'openid-connect/refreshed-id-token-consistent',
    'openid-connect/userinfo-subject',
  ]),
  claiming('subject-stable~constant', 'sub is the same for everyone', (all) => ({ ...all, sub: 'user' }), [
    'openid-connect/userinfo-subject',
  ]),
  refreshing('sub', 'A refreshed id_token has another sub', (all) => ({ ...all, sub: 'somebody-else' })),
  refreshing('auth-time', 'A refreshed id_token has another auth_time', (all) => ({
    ...all,
    auth_time: Number(all.auth_time) - 60,
  })),
  refreshing('audience', 'A refreshed id_token is for another client', (all) => ({ ...all, aud: 'somebody-else' })),
  {
    ...refreshing('nonce', 'A refreshed id_token repeats the nonce', (all) => all),
    level: 'warn',
    override: changesIdTokens((rules) => ({
      claims: (grant, token, refreshed) => ({
        ...rules.claims(grant, token, refreshed),
        ...(grant.nonce !== null && { nonce: grant.nonce }),
      }),
    })),
  },
];

const users: readonly FaultRow[] = [
  claiming('fhir-user-claim~absent', 'fhirUser is granted, and the claim left out', without('fhirUser'), [
    'openid-connect/fhir-user-resolves',
  ]),
  claiming('fhir-user-claim~empty', 'fhirUser is empty', (all) => ({ ...all, fhirUser: '' }), [
    'openid-connect/fhir-user-resolves',
    'openid-connect/fhir-user-type',
    'openid-connect/fhir-user-readable',
  ]),
  claiming('fhir-user-resolves~nobody', 'fhirUser leads to nobody', (all) => ({ ...all, fhirUser: 'Patient/nobody' }), [
    'openid-connect/fhir-user-readable',
  ]),
  claiming('fhir-user-type~device', 'fhirUser is a Device', (all) => ({ ...all, fhirUser: 'Device/1' }), [
    'openid-connect/fhir-user-resolves',
    'openid-connect/fhir-user-readable',
  ]),
  {
    ...claiming(
      'fhir-user-type~type-of-later-releases',
      'In DSTU2, fhirUser is a PractitionerRole, which came with STU3',
      (all) => ({ ...all, fhirUser: 'PractitionerRole/1' }),
      ['openid-connect/fhir-user-resolves', 'openid-connect/fhir-user-readable'],
    ),
    fhirVersion: '1.0.2',
  },
  claiming(
    'fhir-user-person-last~person',
    'fhirUser is a Person for everyone',
    (all) => ({ ...all, fhirUser: 'Person/1' }),
    ['openid-connect/fhir-user-resolves', 'openid-connect/fhir-user-readable'],
    'warn',
  ),
  {
    id: 'openid-connect/fhir-user-readable~refused',
    level: 'warn',
    summary: 'The scopes openid and fhirUser do not let the user’s own resource be read',
    override: (usual) => ({
      resolveAccessToken: (token) => {
        const decision = usual.resolveAccessToken(token);
        if (decision.kind !== 'granted') return decision;
        const scopes = decision.grant.scopes.filter((scope) => !scope.includes('?_id='));
        return { ...decision, grant: { ...decision.grant, scopes } };
      },
    }),
  },
  {
    id: 'openid-connect/userinfo-subject~other',
    level: 'fail',
    summary: 'UserInfo has another sub than the id_token',
    override: changesIdTokens(({ userinfo }) => ({ userinfo: (grant) => ({ ...userinfo(grant), sub: 'user-1' }) })),
  },
  {
    id: 'openid-connect/userinfo-subject~forbidden-without-token',
    level: 'warn',
    summary: 'UserInfo answers 403 where no token is sent',
    override: changesAnswers('userinfo', async (answer, { request }) =>
      request.headers.has('authorization') ? answer() : json({ error: 'access_denied' }, { status: 403 }),
    ),
  },
  {
    id: 'openid-connect/userinfo-subject~open',
    level: 'fail',
    summary: 'UserInfo answers without a token',
    override: changesAnswers('userinfo', async (answer) => {
      const usual = await answer();
      return usual.status === 401 ? json({ sub: 'anonymous' }) : usual;
    }),
  },
];

export const identityFaults = faultsOf([...tokens, ...claims, ...users]);

function claiming(
  variant: string,
  summary: string,
  change: (claims: JsonObject) => JsonObject,
  also: readonly string[] = [],
  level: 'fail' | 'warn' = 'fail',
): FaultRow {
  const override: Override = changesIdTokens((rules) => ({
    claims: (grant, token, refreshed) => change(rules.claims(grant, token, refreshed)),
  }));
  return { id: `openid-connect/${variant}`, level, summary, also, override };
}

function refreshing(variant: string, summary: string, change: (claims: JsonObject) => JsonObject): FaultRow {
  const override: Override = changesIdTokens((rules) => ({
    claims: (grant, token, refreshed) => {
      const all = rules.claims(grant, token, refreshed);
      return refreshed ? change(all) : all;
    },
  }));
  return { id: `openid-connect/refreshed-id-token-consistent~${variant}`, level: 'fail', summary, override };
}
