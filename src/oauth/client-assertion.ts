import { randomUUID } from 'node:crypto';
import { type Client, UsageError } from '../kit/index.ts';

/** The value of client_assertion_type (RFC 7523 section 2.2). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a test changes of an assertion that would otherwise be well made. `undefined` leaves a member out. */
export interface AssertionChanges {
  /** The algorithm to sign with; the first that a key of the client can do unless given. */
  readonly alg?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  /** `exp`, `nbf` and `iat` in seconds since the epoch. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Every server has to take the first two (client-confidential-asymmetric). */
const algorithms = ['RS384', 'ES384', 'PS384', 'ES256', 'RS256', 'PS256', 'ES512', 'RS512', 'PS512'];

/** Seconds for which an assertion is good; servers need not take more than five minutes. */
const lifetime = 240;

/**
 * Signs a client assertion (RFC 7523 section 3; SMART, "client-confidential-asymmetric").
 *
 * @param audience - the token endpoint's URL, as published
 * @throws UsageError when no key of the client can sign, or none with `alg`
 */
export async function signClientAssertion(
  client: Client,
  audience: string,
  { alg: wanted, header, claims }: AssertionChanges = {},
): Promise<string> {
  const { SignJWT, importJWK } = await import('jose');
  const { jwk, alg } = signingKey(client, wanted);
  const now = Math.floor(Date.now() / 1000);
  const usualHeader = { kid: jwk.kid, typ: 'JWT', jku: client.jwksUrl };
  const usualClaims = {
    iss: client.clientId,
    sub: client.clientId,
    aud: audience,
    iat: now,
    exp: now + lifetime,
    jti: randomUUID(),
  };
  return new SignJWT(present({ ...usualClaims, ...claims }))
    .setProtectedHeader({ ...present({ ...usualHeader, ...header }), alg })
    .sign(await importJWK(jwk, alg));
}

/** The algorithms with which a client's keys can sign, those first that every server has to take. */
export function signingAlgorithms({ keys }: Client): readonly string[] {
  return algorithms.filter((alg) => keys?.keys.some((jwk) => canSign(jwk, alg)));
}

function signingKey(client: Client, wanted: string | undefined) {
  const alg = wanted ?? signingAlgorithms(client)[0];
  const jwk = alg === undefined ? undefined : client.keys?.keys.find((candidate) => canSign(candidate, alg));
  if (jwk && alg !== undefined) return { jwk, alg };
  throw new UsageError(`the client ${client.clientId} has no key that can sign${wanted ? ` with ${wanted}` : ''}`);
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function canSign({ kty, crv, alg: intended, use, d }: Readonly<Record<string, unknown>>, alg: string): boolean {
  const fits = alg in curves ? kty === 'EC' && crv === curves[alg] : kty === 'RSA';
  return fits && d !== undefined && (intended ?? alg) === alg && (use ?? 'sig') === 'sig';
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
