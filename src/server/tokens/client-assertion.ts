import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { assertionAlgorithms } from '../advertised-methods.ts';
import type { RegisteredClient } from '../clients.ts';
import type { JsonObject } from '../json.ts';
import type { Setup } from '../setup.ts';
import { cacheLifetime, type KeyCaching } from './client-keys.ts';

/** Seconds that an assertion may be good for, and by which clocks may differ. */
const longestLifetime = 300;
const tolerance = 10;

/** An assertion with its parts, none of them believed yet. */
export interface ReadAssertion {
  readonly compact: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Those of the request it came with. */
  readonly parameters: URLSearchParams;
}

type Check = (assertion: ReadAssertion, client: RegisteredClient) => string | null;
type HeaderCheck = 'algorithm' | 'type' | 'jku';
export type ClaimCheck =
  | 'issuer'
  | 'subject'
  | 'audience'
  | 'expires'
  | 'expired'
  | 'lifetime'
  | 'notBefore'
  | 'identifier'
  | 'replay';

/** What an assertion must be to prove a client; each rule says what it objects to, and a fault may soften it. */
export interface AssertionRules {
  readonly headerChecks: Readonly<Record<HeaderCheck, Check>>;
  /** How the keys of a client registered by URL are kept. */
  readonly keyCaching: KeyCaching;
  /** The keys that may have signed, before the assertion says which. */
  potentialKeys(
    assertion: ReadAssertion,
    client: RegisteredClient,
    caching: KeyCaching,
  ): Promise<readonly JsonObject[]>;
  /** Which of them it says; not exactly one is none. */
  candidates(assertion: ReadAssertion, keys: readonly JsonObject[]): Promise<readonly JsonObject[]>;
  /** RFC 7515 section 5.2, with what `crit` asks for. */
  isSigned(assertion: ReadAssertion, key: JsonObject): Promise<boolean>;
  readonly claimChecks: Readonly<Record<ClaimCheck, Check>>;
}

/** What the guide and RFC 7523 ask (client-confidential-asymmetric, RFC 7523 section 3). */
export function conformantAssertions({ site, vault, now, clientKeys }: Setup): AssertionRules {
  const seconds = () => Math.floor(now() / 1000);
  return {
    headerChecks: {
      algorithm: ({ header: { alg } }) =>
        assertionAlgorithms.some((served) => served === alg) ? null : `alg ${String(alg)} is not served`,
      type: ({ header: { typ } }) =>
        typ === undefined || String(typ).toUpperCase() === 'JWT' ? null : 'typ is not JWT',
      jku: ({ header: { jku } }, { jwksUrl }) =>
        jku === undefined || jku === jwksUrl ? null : 'jku is not the registered one',
    },
    keyCaching: { method: 'GET', lifetime: cacheLifetime },
    potentialKeys: (_assertion, client, caching) => clientKeys.of(client, caching),
    candidates: async ({ header: { alg, kid } }, keys) => {
      const kty = String(alg).startsWith('ES') ? 'EC' : 'RSA';
      return keys.filter((key) => kid !== undefined && key.kid === kid && key.kty === kty);
    },
    isSigned: ({ compact, header: { alg } }, key) => isSigned(compact, key, String(alg)),
    claimChecks: {
      issuer: ({ claims }, { clientId }) => (claims.iss === clientId ? null : 'iss is not the client'),
      subject: ({ claims }, { clientId }) => (claims.sub === clientId ? null : 'sub is not the client'),
      audience: ({ claims: { aud } }) =>
        aud === site.token || (Array.isArray(aud) && aud.includes(site.token)) ? null : 'aud is not the token endpoint',
      expires: ({ claims }) => (typeof claims.exp === 'number' ? null : 'exp is missing'),
      expired: ({ claims }) => (Number(claims.exp) < seconds() - tolerance ? 'it has expired' : null),
      lifetime: ({ claims }) =>
        Number(claims.exp) > seconds() + longestLifetime + tolerance ? 'exp is more than five minutes ahead' : null,
      notBefore: ({ claims: { nbf } }) =>
        nbf === undefined || Number(nbf) <= seconds() + tolerance ? null : 'it is not valid yet',
      identifier: ({ claims: { jti } }) => (typeof jti === 'string' && jti !== '' ? null : 'jti is missing'),
      // The last one: whatever is refused for another reason has not been used.
      replay: ({ claims: { iss, jti, exp } }) => {
        const use = JSON.stringify([iss, jti]);
        if ((vault.assertions.get(use) ?? 0) >= seconds()) return 'jti has been used before';
        vault.assertions.set(use, Number(exp) + tolerance);
        return null;
      },
    },
  };
}

/** Who made an assertion, as it says itself; null when it cannot be read. */
export function issuerOf(assertion: string): string | null {
  return readAssertion(assertion)?.claims.iss?.toString() ?? null;
}

/** Null when it is no JWT. */
export function readAssertion(compact: string): Omit<ReadAssertion, 'parameters'> | null {
  try {
    return { compact, header: { ...decodeProtectedHeader(compact) }, claims: { ...decodeJwt(compact) } };
  } catch {
    return null;
  }
}

/** Why an assertion does not prove the client; null when it does. */
export async function assertionProblem(
  parameters: URLSearchParams,
  client: RegisteredClient,
  { headerChecks, keyCaching, potentialKeys, candidates, isSigned, claimChecks }: AssertionRules,
): Promise<string | null> {
  const read = readAssertion(parameters.get('client_assertion') ?? '');
  if (!read) return 'it is no JWT';
  const assertion: ReadAssertion = { ...read, parameters };
  const objections = (checks: Readonly<Record<string, Check>>): string | null => {
    for (const check of Object.values(checks)) {
      const objection = check(assertion, client);
      if (objection !== null) return objection;
    }
    return null;
  };
  const objection = objections(headerChecks);
  if (objection !== null) return objection;
  const [key, ...more] = await candidates(assertion, await potentialKeys(assertion, client, keyCaching));
  if (!key || more.length > 0) return 'kid names no one registered key';
  if (!(await isSigned(assertion, key))) return 'the signature is not that of the key';
  return objections(claimChecks);
}

export async function isSigned(compact: string, key: JsonObject, alg: string): Promise<boolean> {
  try {
    await compactVerify(compact, await importJWK(key as JWK, alg), { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}
