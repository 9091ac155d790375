/** Client assertions that a lenient server takes (client-confidential-asymmetric, RFC 7523 section 3). */
import { createHmac, createPublicKey, type JsonWebKey, verify, X509Certificate } from 'node:crypto';
import type { Override } from '../behaviour.ts';
import { isJsonObject, type JsonObject, objectsIn } from '../json.ts';
import { json, page } from '../responses.ts';
import { together } from '../together.ts';
import { isSigned, issuerOf, type ReadAssertion, readAssertion } from '../tokens/client-assertion.ts';
import { breakingToo, type FaultRow, faultsOf } from './fault.ts';
import {
  answersTokenRequests,
  changesAnswers,
  changesAssertions,
  changesClaimCheck,
  changesClientRules,
  changesHeaderCheck,
  changesSmartConfiguration,
  having,
  lacking,
  lacksAssertionCheck,
  listing,
} from './overrides.ts';

const signatures: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/assertion-validated~not-verified',
    level: 'fail',
    summary: 'Signatures of assertions are not verified',
    also: [
      'client-asymmetric/key-chosen-by-kid',
      'client-asymmetric/header-keys-unused',
      'client-asymmetric/unknown-crit-refused',
      'client-asymmetric/malformed-refused',
    ],
    override: changesAssertions(() => ({ isSigned: async () => true })),
  },
  {
    id: 'client-asymmetric/assertion-validated~by-url',
    level: 'fail',
    summary: 'Signatures of clients whose keys are registered by URL are not verified',
    override: changesAssertions(({ isSigned: usual }, { clients }) => ({
      isSigned: async (assertion, key) =>
        clients.some(({ clientId, jwksUrl }) => clientId === assertion.claims.iss && jwksUrl !== undefined) ||
        usual(assertion, key),
    })),
  },
  {
    id: 'client-asymmetric/assertion-validated~empty',
    level: 'fail',
    summary: 'An empty signature is taken for a good one',
    override: signedAlso(({ compact }) => compact.endsWith('.')),
  },
  {
    id: 'client-asymmetric/assertion-validated~zeros',
    level: 'fail',
    summary: 'An ECDSA signature of nothing but zeros fits every key',
    override: signedAlso(({ compact, header: { alg } }) => alg === 'ES384' && /\.A{128}$/.test(compact)),
  },
  {
    id: 'client-asymmetric/assertion-validated~any-client',
    level: 'fail',
    summary: 'Assertions are verified with the keys of all clients',
    also: ['client-asymmetric/iss-is-known-client'],
    override: changesAssertions(({ keyCaching }, { clients, clientKeys }) => ({
      potentialKeys: async () => (await Promise.all(clients.map((one) => clientKeys.of(one, keyCaching)))).flat(),
    })),
  },
  {
    id: 'client-asymmetric/unknown-crit-refused~ignored',
    level: 'fail',
    summary: 'crit is not looked at',
    override: signedAlso(verifiesWithoutCrit),
  },
  {
    id: 'client-asymmetric/unsigned-refused~none',
    level: 'fail',
    summary: 'alg none is taken',
    override: withAlgorithm(
      (alg) => alg === 'none',
      () => true,
    ),
  },
  {
    id: 'client-asymmetric/unsigned-refused~none-in-capitals',
    level: 'fail',
    summary: 'alg none is refused, and NONE is not',
    override: withAlgorithm(
      (alg) => alg !== 'none' && alg.toLowerCase() === 'none',
      () => true,
    ),
  },
  {
    id: 'client-asymmetric/unsigned-refused~mac-of-pem',
    level: 'fail',
    summary: 'A MAC keyed with the public key in PEM is taken for a signature',
    override: withAlgorithm(
      (alg) => alg === 'HS384',
      (assertion, key) => hasMac(assertion, String(publicKeyOf(key).export({ type: 'spki', format: 'pem' }))),
    ),
  },
  {
    id: 'client-asymmetric/unsigned-refused~mac-of-jwk',
    level: 'fail',
    summary: 'A MAC keyed with the JSON of the public key is taken for a signature',
    override: withAlgorithm(
      (alg) => alg === 'HS256',
      (assertion, key) => hasMac(assertion, JSON.stringify(key)),
    ),
  },
];

const chosenKeys: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/key-chosen-by-kid~every-key-tried',
    level: 'fail',
    summary: 'kid is not looked at, every key of the client is tried',
    also: ['client-asymmetric/ambiguous-key-refused', 'client-asymmetric/assertion-validated'],
    override: choosing(() => true),
  },
  {
    id: 'client-asymmetric/key-chosen-by-kid~any-known',
    level: 'fail',
    summary: 'Where kid names some key of the client, every key is tried',
    also: ['client-asymmetric/ambiguous-key-refused'],
    override: choosing(({ header: { kid } }, keys) => keys.some((key) => key.kid === kid)),
  },
  {
    id: 'client-asymmetric/ambiguous-key-refused~unknown-kid',
    level: 'fail',
    summary: 'Where kid names no key, every key is tried',
    override: choosing(({ header: { kid } }, keys) => kid !== undefined && !keys.some((key) => key.kid === kid)),
  },
  {
    id: 'client-asymmetric/ambiguous-key-refused~no-kid',
    level: 'fail',
    summary: 'Without kid every key is tried',
    override: choosing(({ header: { kid } }) => kid === undefined),
  },
  {
    id: 'client-asymmetric/header-keys-unused~jwk',
    level: 'fail',
    summary: 'The key in the header of an assertion is trusted',
    override: trusting(({ header: { jwk } }) => (isJsonObject(jwk) ? jwk : null)),
  },
  {
    id: 'client-asymmetric/header-keys-unused~x5c',
    level: 'fail',
    summary: 'The certificate in the header of an assertion is trusted',
    override: trusting(({ header: { x5c } }) => (Array.isArray(x5c) ? keyOfCertificate(String(x5c[0])) : null)),
  },
  {
    id: 'client-asymmetric/header-keys-unused~x5u-fetched',
    level: 'warn',
    summary: 'The x5u of an assertion is fetched, whatever it is, and then not used',
    override: trusting(async ({ header: { x5u } }) => {
      if (typeof x5u === 'string') await fetchedKeys(x5u);
      return null;
    }),
  },
  {
    id: 'client-asymmetric/jku-other-refused~trusted',
    level: 'fail',
    summary: 'Keys are taken from any jku',
    override: together(
      ignoringJku(),
      changesAssertions(({ potentialKeys }) => ({
        potentialKeys: async (assertion, client, caching) => {
          const { jku } = assertion.header;
          return typeof jku === 'string' ? fetchedKeys(jku) : potentialKeys(assertion, client, caching);
        },
      })),
    ),
  },
  {
    id: 'client-asymmetric/jku-other-refused~same-origin',
    level: 'fail',
    summary: 'Any jku at the origin of the registered one is let by',
    override: changesHeaderCheck(
      'jku',
      (check) => (assertion, client) =>
        originOf(assertion.header.jku) !== null && originOf(assertion.header.jku) === originOf(client.jwksUrl)
          ? null
          : check(assertion, client),
    ),
  },
  {
    id: 'client-asymmetric/jku-other-refused~ignored',
    level: 'fail',
    summary: 'jku is not looked at',
    override: ignoringJku(),
  },
  {
    id: 'client-asymmetric/jku-other-refused~fetched',
    level: 'warn',
    summary: 'Any jku is fetched before it is refused',
    override: changesAssertions(({ potentialKeys, headerChecks }) => ({
      headerChecks: { ...headerChecks, jku: () => null },
      potentialKeys: async (assertion, client, caching) => {
        const { jku } = assertion.header;
        if (typeof jku === 'string') await fetchedKeys(jku);
        return headerChecks.jku(assertion, client) === null ? potentialKeys(assertion, client, caching) : [];
      },
    })),
  },
];

const claims: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/iss-required~optional',
    level: 'fail',
    summary: 'Without iss the sub says whose assertion it is',
    override: together(
      changesClientRules(() => ({
        issuerOf: (assertion) => issuerOf(assertion) || (readAssertion(assertion)?.claims.sub?.toString() ?? null),
      })),
      changesClaimCheck(
        'issuer',
        (check) => (assertion, client) => (assertion.claims.iss ? check(assertion, client) : null),
      ),
    ),
  },
  {
    id: 'client-asymmetric/sub-required~unread',
    level: 'fail',
    summary: 'sub is not read',
    also: ['client-asymmetric/iss-is-known-client'],
    override: lacksAssertionCheck('subject'),
  },
  {
    id: 'client-asymmetric/sub-required~optional',
    level: 'fail',
    summary: 'sub may be left out',
    override: changesClaimCheck(
      'subject',
      (check) => (assertion, client) => (assertion.claims.sub === undefined ? null : check(assertion, client)),
    ),
  },
  {
    id: 'client-asymmetric/iss-is-known-client~unread',
    level: 'fail',
    summary: 'iss is not read, sub says whose assertion it is',
    also: ['client-asymmetric/iss-required'],
    override: together(
      changesClientRules(() => ({
        issuerOf: (assertion) => readAssertion(assertion)?.claims.sub?.toString() ?? null,
      })),
      lacksAssertionCheck('issuer'),
    ),
  },
  {
    id: 'client-asymmetric/iss-is-known-client~other-client-id',
    level: 'fail',
    summary: 'client_id beside an assertion may name another client',
    override: changesClientRules(({ agrees }, { clients }) => ({
      agrees: (named, clientId) => agrees(named, clientId) || clients.some((client) => client.clientId === named),
    })),
  },
  {
    id: 'client-asymmetric/client-id-optional~unread',
    level: 'fail',
    summary: 'client_id beside an assertion is not read',
    also: ['client-asymmetric/iss-is-known-client'],
    override: changesClientRules(() => ({ agrees: () => true })),
  },
  {
    id: 'client-asymmetric/client-id-optional~refused',
    level: 'fail',
    summary: 'client_id beside an assertion is refused',
    override: changesClientRules(() => ({ agrees: () => false })),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~unread',
    level: 'fail',
    summary: 'aud is not read',
    override: lacksAssertionCheck('audience'),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~optional',
    level: 'fail',
    summary: 'aud may be left out',
    override: withAudience((aud) => aud === undefined),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~prefix',
    level: 'fail',
    summary: 'aud is compared by its beginning',
    override: withAudience((aud, tokenEndpoint) => String(aud).startsWith(tokenEndpoint)),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~path',
    level: 'fail',
    summary: 'Of aud the path alone is compared',
    override: withAudience(
      (aud, tokenEndpoint) =>
        URL.canParse(String(aud)) && new URL(String(aud)).pathname === new URL(tokenEndpoint).pathname,
    ),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~beginning',
    level: 'fail',
    summary: 'aud need only be what the token endpoint begins with',
    override: withAudience((aud, tokenEndpoint) => typeof aud === 'string' && tokenEndpoint.startsWith(aud)),
  },
  {
    id: 'client-asymmetric/aud-is-token-endpoint~contained',
    level: 'fail',
    summary: 'Any aud will do in which the token endpoint occurs',
    override: withAudience((aud, tokenEndpoint) => decodeURIComponent(String(aud)).includes(tokenEndpoint)),
  },
  {
    id: 'client-asymmetric/exp-required~optional',
    level: 'fail',
    summary: 'exp may be left out',
    override: lacksAssertionCheck('expires'),
  },
  {
    id: 'client-asymmetric/exp-required~word',
    level: 'fail',
    summary: 'exp may be anything, as long as it is there',
    override: changesClaimCheck(
      'expires',
      () =>
        ({ claims: { exp } }) =>
          exp === undefined ? 'exp is missing' : null,
    ),
  },
  {
    id: 'client-asymmetric/expired-refused~taken',
    level: 'fail',
    summary: 'Expired assertions are taken',
    override: lacksAssertionCheck('expired'),
  },
  {
    id: 'client-asymmetric/nbf-ahead-refused~taken',
    level: 'fail',
    summary: 'Assertions are taken before they are valid',
    override: lacksAssertionCheck('notBefore'),
  },
  {
    id: 'client-asymmetric/jti-required~optional',
    level: 'fail',
    summary: 'jti may be left out',
    override: lacksAssertionCheck('identifier'),
  },
];

const answers: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/assertion-type-required~unread',
    level: 'fail',
    summary: 'client_assertion_type is not read',
    override: changesClientRules(() => ({ isAssertionType: () => true })),
  },
  {
    id: 'client-asymmetric/assertion-type-required~optional',
    level: 'fail',
    summary: 'client_assertion_type may be left out',
    override: changesClientRules(({ isAssertionType }) => ({
      isAssertionType: (type) => type === null || isAssertionType(type),
    })),
  },
  {
    id: 'client-asymmetric/malformed-refused~server-error',
    level: 'fail',
    summary: 'What is no JWT ends on a page that says 500',
    also: ['client-asymmetric/errors-invalid-client'],
    override: answersTokenRequests((form) => (isUnreadable(form) ? page('Error', '', { status: 500 }) : null)),
  },
  {
    id: 'client-asymmetric/malformed-refused~hung-up',
    level: 'fail',
    summary: 'What is no JWT ends the connection',
    also: ['client-asymmetric/errors-invalid-client'],
    override: answersTokenRequests((form, { context }) => {
      if (!isUnreadable(form)) return null;
      context.env.incoming.socket.destroy();
      return page('Error', '', { status: 500 });
    }),
  },
  {
    id: 'client-asymmetric/errors-invalid-client~invalid-grant',
    level: 'fail',
    summary: 'Wrong assertions are answered invalid_grant',
    override: refusingAssertions(() => json({ error: 'invalid_grant' }, { status: 400 })),
  },
  {
    id: 'client-asymmetric/errors-invalid-client~forbidden',
    level: 'fail',
    summary: 'Wrong assertions are answered 403',
    override: refusingAssertions(() => json({ error: 'invalid_client' }, { status: 403 })),
  },
  {
    id: 'client-asymmetric/errors-invalid-client~page',
    level: 'fail',
    summary: 'Wrong assertions are answered with a page',
    override: refusingAssertions(() => page('Unauthorized', '', { status: 401 })),
  },
  {
    id: 'client-asymmetric/errors-invalid-client~audience-list',
    level: 'fail',
    summary: 'An assertion whose aud is a list ends on a page that says 500',
    override: answersTokenRequests((form) => {
      const aud = readAssertion(form.get('client_assertion') ?? '')?.claims.aud;
      return Array.isArray(aud) ? page('Error', '', { status: 500 }) : null;
    }),
  },
];

/** What stops working when assertions are refused. */
const noToken = [
  'client-asymmetric/token-obtained',
  'client-asymmetric/rs384-or-es384',
  'client-asymmetric/code-exchange-and-refresh',
  'app-launch/standalone-launch-completes',
  'app-launch/ehr-launch-completes',
  'app-launch/token-request-form-post',
  'app-launch/token-client-id-optional',
  'app-launch/listed-auth-methods-accepted',
];

const accepted: readonly FaultRow[] = [
  ...['token-obtained', 'rs384-or-es384'].map(
    (name): FaultRow => ({
      id: `client-asymmetric/${name}~refused`,
      level: 'fail',
      summary: 'Assertions are refused, whatever signs them',
      also: [
        ...noToken,
        'client-asymmetric/listed-algorithms-accepted',
        'client-asymmetric/keys-by-value',
        'client-asymmetric/keys-by-url',
      ],
      override: changesAssertions(() => ({ isSigned: async () => false })),
    }),
  ),
  {
    id: 'client-asymmetric/rs384-or-es384~rs256',
    level: 'fail',
    summary: 'Assertions are taken with RS256 alone',
    also: noToken,
    override: together(
      changesSmartConfiguration(having({ token_endpoint_auth_signing_alg_values_supported: ['RS256'] })),
      changesAssertions(() => ({ isSigned: async ({ header }) => header.alg === 'RS256' })),
    ),
  },
  {
    id: 'client-asymmetric/capability-advertised~absent',
    level: 'fail',
    summary: 'client-confidential-asymmetric is not advertised',
    also: ['app-launch/proven-features-advertised', 'discovery/capability-set'],
    override: changesSmartConfiguration(listing('capabilities', lacking('client-confidential-asymmetric'))),
  },
  {
    id: 'client-asymmetric/listed-algorithms-accepted~es384',
    level: 'fail',
    summary: 'ES384 is listed, and refused',
    override: changesAssertions(({ isSigned: usual }) => ({
      isSigned: async (assertion, key) => assertion.header.alg !== 'ES384' && usual(assertion, key),
    })),
  },
  {
    id: 'client-asymmetric/exp-near-five-minutes~four',
    level: 'warn',
    summary: 'An assertion that is good for more than four and a half minutes is refused',
    also: ['client-asymmetric/jti-replay-refused'],
    override: withLifetime(270),
  },
  {
    id: 'client-asymmetric/exp-near-five-minutes~one',
    level: 'warn',
    summary: 'An assertion that is good for more than a minute is refused',
    also: noToken,
    override: withLifetime(70),
  },
  {
    id: 'client-asymmetric/exp-near-five-minutes~further-claims',
    level: 'warn',
    summary: 'An assertion with a claim that the server does not know is refused',
    override: changesClaimCheck(
      'issuer',
      (check) => (assertion, client) =>
        'smart-check' in assertion.claims ? 'an unknown claim' : check(assertion, client),
    ),
  },
];

const replays: readonly FaultRow[] = [
  {
    id: 'client-asymmetric/jti-replay-refused~forgotten',
    level: 'fail',
    summary: 'Uses of a jti are not remembered',
    also: ['client-asymmetric/code-exchange-and-refresh'],
    override: lacksAssertionCheck('replay'),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~whole',
    level: 'fail',
    summary: 'Whole assertions are remembered, so that another one may have the same jti',
    override: remembering(({ compact }) => compact),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~with-iat',
    level: 'fail',
    summary: 'A jti is remembered together with iat',
    override: remembering(({ claims: { iss, jti, iat } }) => JSON.stringify([iss, jti, iat])),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~each-endpoint',
    level: 'warn',
    summary: 'Each endpoint remembers the assertions that have come there, and no others',
    override: changesAnswers('revoke', async (answer, _asked, _usual, { vault }) => {
      const elsewhere = [...vault.assertions];
      vault.assertions.clear();
      const answered = await answer();
      for (const [use, until] of elsewhere) vault.assertions.set(use, until);
      return answered;
    }),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~until-exp',
    level: 'fail',
    summary: 'A jti is forgotten at exp, when its assertion is still taken for some seconds',
    override: rememberingFor(({ exp }, now) => Number(exp) - now),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~briefly',
    level: 'fail',
    summary: 'A jti is forgotten after a minute',
    override: rememberingFor(() => 60),
  },
  {
    id: 'client-asymmetric/jti-replay-refused~last-only',
    level: 'fail',
    summary: 'Of each client the last jti alone is remembered',
    override: changesClaimCheck('replay', () => {
      const last = new Map<unknown, unknown>();
      return ({ claims: { iss, jti } }) => {
        if (last.get(iss) === jti) return 'used before';
        last.set(iss, jti);
        return null;
      };
    }),
  },
];

const apps: readonly FaultRow[] = [
  ...['authorization_code', 'refresh_token'].flatMap((grantType): readonly FaultRow[] => [
    {
      id: `client-asymmetric/code-exchange-and-refresh~unverified-${grantType.replace('_', '-')}`,
      level: 'fail',
      summary: `Signatures are not verified with grant_type=${grantType}`,
      override: changesAssertions(({ isSigned: usual }) => ({
        isSigned: async (assertion, key) =>
          assertion.parameters.get('grant_type') === grantType || usual(assertion, key),
      })),
    },
    {
      id: `client-asymmetric/code-exchange-and-refresh~replay-${grantType.replace('_', '-')}`,
      level: 'fail',
      summary: `Uses of a jti are not remembered with grant_type=${grantType}`,
      override: changesClaimCheck(
        'replay',
        (check) => (assertion, client) =>
          assertion.parameters.get('grant_type') === grantType ? null : check(assertion, client),
      ),
    },
  ]),
  {
    id: 'client-asymmetric/code-exchange-and-refresh~refresh-refused',
    level: 'fail',
    summary: 'Assertions are refused when a client refreshes',
    also: ['app-launch/offline-refresh-without-user', 'app-launch/online-refresh-while-online'],
    override: changesAssertions(({ isSigned: usual }) => ({
      isSigned: async (assertion, key) =>
        assertion.parameters.get('grant_type') !== 'refresh_token' && usual(assertion, key),
    })),
  },
];

export const assertionFaults = faultsOf(
  breakingToo(
    ['backend-services/assertion-validated', 'backend-services/token-obtained'],
    [...signatures, ...chosenKeys, ...claims, ...answers, ...accepted, ...replays, ...apps],
  ),
);

/** @param seconds - for which an assertion may be good */
function withLifetime(seconds: number) {
  return changesClaimCheck(
    'lifetime',
    (_check, { now }) =>
      ({ claims: { exp } }) =>
        Number(exp) > now() / 1000 + seconds ? 'exp is too far ahead' : null,
  );
}

type Verdict<Value> = Value | Promise<Value>;

/** Further assertions are taken for signed. */
function signedAlso(isTaken: (assertion: ReadAssertion, key: JsonObject) => Verdict<boolean>) {
  return changesAssertions((rules) => ({
    isSigned: async (assertion, key) => (await rules.isSigned(assertion, key)) || isTaken(assertion, key),
  }));
}

/** Further values of alg are taken, for any key that kid names, where the assertion looks signed. */
function withAlgorithm(
  isServed: (alg: string) => boolean,
  isTaken: (assertion: ReadAssertion, key: JsonObject) => boolean,
) {
  return changesAssertions(({ headerChecks, candidates, isSigned: usual }) => ({
    headerChecks: {
      ...headerChecks,
      algorithm: (assertion, client) =>
        isServed(String(assertion.header.alg)) ? null : headerChecks.algorithm(assertion, client),
    },
    candidates: async (assertion, keys) =>
      isServed(String(assertion.header.alg))
        ? keys.filter(({ kid }) => kid === assertion.header.kid)
        : candidates(assertion, keys),
    isSigned: async (assertion, key) =>
      isServed(String(assertion.header.alg)) ? isTaken(assertion, key) : usual(assertion, key),
  }));
}

/** In these cases every key is tried, whatever kid says. */
function choosing(isFree: (assertion: ReadAssertion, keys: readonly JsonObject[]) => boolean) {
  return changesAssertions(({ candidates }) => ({
    candidates: async (assertion, keys) => {
      if (!isFree(assertion, keys)) return candidates(assertion, keys);
      const { compact, header } = assertion;
      const fitting = await Promise.all(keys.map((key) => isSigned(compact, key, String(header.alg))));
      return keys.filter((_, index) => fitting[index]).slice(0, 1);
    },
  }));
}

/** A key that the assertion brings along is used before the registered ones. */
function trusting(keyIn: (assertion: ReadAssertion) => Verdict<JsonObject | null>) {
  return changesAssertions(({ candidates }) => ({
    candidates: async (assertion, keys) => {
      const key = await keyIn(assertion);
      return key ? [key] : candidates(assertion, keys);
    },
  }));
}

function ignoringJku() {
  return changesHeaderCheck('jku', () => () => null);
}

function withAudience(isTaken: (aud: unknown, tokenEndpoint: string) => boolean) {
  return changesClaimCheck(
    'audience',
    (check, { site }) =>
      (assertion, client) =>
        isTaken(assertion.claims.aud, site.token) ? null : check(assertion, client),
  );
}

function refusingAssertions(refuse: () => Response) {
  return changesAnswers('token', async (answer, { request }) => {
    const form = new URLSearchParams(await request.clone().text());
    const usual = await answer();
    return form.has('client_assertion') && usual.status === 401 ? refuse() : usual;
  });
}

function isUnreadable(form: URLSearchParams): boolean {
  return form.has('client_assertion') && readAssertion(form.get('client_assertion') ?? '') === null;
}

function verifiesWithoutCrit({ compact, header: { crit } }: ReadAssertion, key: JsonObject): boolean {
  if (crit === undefined) return false;
  const [header, claims, signature = ''] = compact.split('.');
  const signed = Buffer.from(`${header}.${claims}`);
  return verify(
    'sha384',
    signed,
    { key: publicKeyOf(key), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

function hasMac({ compact, header: { alg } }: ReadAssertion, secret: string): boolean {
  const [header, claims, signature] = compact.split('.');
  const mac = createHmac(`sha${String(alg).slice(2)}`, secret)
    .update(`${header}.${claims}`)
    .digest('base64url');
  return mac === signature;
}

function publicKeyOf(key: JsonObject) {
  return createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
}

function keyOfCertificate(der: string): JsonObject | null {
  try {
    return { ...new X509Certificate(Buffer.from(der, 'base64')).publicKey.export({ format: 'jwk' }) };
  } catch {
    return null;
  }
}

async function fetchedKeys(url: string): Promise<readonly JsonObject[]> {
  try {
    const set: unknown = await (await fetch(url)).json();
    return isJsonObject(set) ? objectsIn(set.keys) : [];
  } catch {
    return [];
  }
}

/** Uses of assertions are told apart by this. */
function remembering(use: (assertion: ReadAssertion) => string): Override {
  return changesClaimCheck('replay', () => {
    const seen = new Set<string>();
    return (assertion) => {
      if (seen.has(use(assertion))) return 'used before';
      seen.add(use(assertion));
      return null;
    };
  });
}

/** @param secondsFor - how long a jti is remembered */
function rememberingFor(secondsFor: (claims: JsonObject, now: number) => number): Override {
  return changesClaimCheck('replay', (_usual, { now }) => {
    const until = new Map<string, number>();
    return ({ claims }) => {
      const [use, seconds] = [JSON.stringify([claims.iss, claims.jti]), now() / 1000];
      if ((until.get(use) ?? 0) > seconds) return 'used before';
      until.set(use, seconds + secondsFor(claims, seconds));
      return null;
    };
  });
}

function originOf(url: unknown): string | null {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : null;
}
