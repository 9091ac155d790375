import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import { assertionAlgorithms } from '../advertised-methods.ts';
import type { RegisteredClient } from '../clients.ts';
import type { Setup } from '../setup.ts';

/** Seconds that an assertion may be good for, and by which clocks may differ. */
const longestLifetime = 300;
const tolerance = 10;

/** Who made an assertion, as it says itself; null when it cannot be read. */
export function issuerOf(assertion: string): string | null {
  try {
    return decodeJwt(assertion).iss ?? null;
  } catch {
    return null;
  }
}

/** Why an assertion does not prove the client (client-confidential-asymmetric, RFC 7523 section 3); null when it does. */
export async function assertionProblem(
  assertion: string,
  client: RegisteredClient,
  { site, vault, now }: Setup,
): Promise<string | null> {
  try {
    const { alg, kid, jku, typ } = decodeProtectedHeader(assertion);
    if (alg === undefined || !assertionAlgorithms.includes(alg)) return `alg ${String(alg)} is not served`;
    if (typ !== undefined && typ.toUpperCase() !== 'JWT') return 'typ is not JWT';
    if (jku !== undefined) return 'no jku is registered';
    const kty = alg.startsWith('ES') ? 'EC' : 'RSA';
    const keys = (client.keys ?? []).filter(({ publicJwk }) => publicJwk.kid === kid && publicJwk.kty === kty);
    const [key] = keys;
    if (kid === undefined || keys.length !== 1 || !key) return 'kid names no one registered key';
    const seconds = Math.floor(now() / 1000);
    const { payload } = await jwtVerify(assertion, await importJWK(key.publicJwk as JWK, alg), {
      algorithms: [alg],
      issuer: client.clientId,
      subject: client.clientId,
      audience: site.token,
      clockTolerance: tolerance,
      currentDate: new Date(now()),
      requiredClaims: ['exp', 'jti'],
    });
    if ((payload.exp ?? 0) > seconds + longestLifetime + tolerance) return 'exp is more than five minutes ahead';
    const use = JSON.stringify([payload.iss, payload.jti]);
    if ((vault.assertions.get(use) ?? 0) > seconds) return 'jti has been used before';
    vault.assertions.set(use, (payload.exp ?? seconds) + tolerance);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
