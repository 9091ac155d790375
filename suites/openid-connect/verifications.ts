import { type JsonDocument, readDocument } from '../../src/artifacts/document.ts';
import { acceptJwks } from '../../src/artifacts/jwks.ts';
import { artifact, describe, type Exchange, type HttpClient, http, isRecord } from '../../src/kit/index.ts';
import { isSignedBy, type SignedJwt } from '../../src/oauth/jwt.ts';
import { isAbsoluteUrl } from '../../src/smart/smart-configuration.ts';
import { wellKnown } from '../../src/smart/well-known.ts';
import { allIdentities, type Identity } from './identities.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** What a client finds that knows an id_token and nothing else (scopes-and-launch-context, "Steps for using an ID token"). */
interface Verification extends Identity {
  /** The keys that the header may mean: those of its kid. */
  readonly named: readonly Jwk[];
  /** The one that made the signature. */
  readonly signer: Jwk | null;
  /** Why there are no keys, or no one signer, in words. */
  readonly complaint: string;
  /** The issuer that stands in the OpenID configuration to which iss leads; undefined where there is none. */
  readonly issuer: unknown;
}

/** Each id_token followed from its iss to the keys. */
export const verifications = artifact({
  name: 'verifications',
  needs: [allIdentities, http],
  async obtain({ allIdentities, http }): Promise<readonly Verification[]> {
    const issuers = [...new Set(allIdentities.map(({ jwt }) => jwt.claims.iss))];
    const found = new Map(
      await Promise.all(issuers.map(async (issuer) => [issuer, await keysOf(issuer, http)] as const)),
    );
    return Promise.all(
      allIdentities.map(async (identity): Promise<Verification> => {
        const { keys, instead, exchanges, issuer } = found.get(identity.jwt.claims.iss) ?? nowhere('no iss');
        const because = [...identity.because, ...exchanges];
        if (!keys) return { ...identity, because, issuer, named: [], signer: null, complaint: instead };
        const named = keysNamed(identity.jwt, keys);
        const signer = await firstSigner(identity.jwt, named);
        const complaint = signer ? '' : await whyUnverified(identity.jwt, named, keys);
        return { ...identity, because, issuer, named, signer, complaint };
      }),
    );
  },
});

interface Found {
  readonly keys: readonly Jwk[] | null;
  readonly instead: string;
  readonly exchanges: readonly Exchange[];
  readonly issuer?: unknown;
}

async function keysOf(issuer: unknown, client: HttpClient): Promise<Found> {
  if (!isAbsoluteUrl(issuer)) return nowhere(`iss is ${describe(issuer)}, which leads nowhere`);
  const metadata = await fetchDocument(wellKnown(issuer, 'openid-configuration'), client);
  const { exchange } = metadata;
  if (metadata.kind === 'other') return nowhere(`${exchange.request.url} answered ${metadata.instead}`, exchange);
  const { jwks_uri: url, issuer: named } = metadata.object;
  return { ...(await keysAt(url, exchange, client)), issuer: named };
}

async function keysAt(url: unknown, metadata: Exchange, client: HttpClient): Promise<Found> {
  if (!isAbsoluteUrl(url)) return nowhere(`jwks_uri is ${describe(url)} in ${metadata.request.url}`, metadata);
  const jwks = await fetchDocument(url, client);
  const exchanges = [metadata, jwks.exchange];
  if (jwks.kind === 'other') return nowhere(`${url} answered ${jwks.instead}`, ...exchanges);
  const { keys } = jwks.object;
  if (!Array.isArray(keys)) return nowhere(`${url} serves no array "keys"`, ...exchanges);
  return { keys: keys.filter(isRecord), instead: '', exchanges };
}

/** @throws Block when nothing came back */
async function fetchDocument(url: string, client: HttpClient): Promise<JsonDocument> {
  return readDocument(await client.send({ url, headers: acceptJwks }), 'what the iss of an id_token leads to');
}

function nowhere(instead: string, ...exchanges: readonly Exchange[]): Found {
  return { keys: null, instead, exchanges };
}

/** A header may do without kid only where there is no choice. */
function keysNamed({ header: { kid } }: SignedJwt, keys: readonly Jwk[]): readonly Jwk[] {
  if (kid === undefined) return keys.length === 1 ? keys : [];
  return keys.filter((key) => key.kid === kid);
}

async function firstSigner(jwt: SignedJwt, keys: readonly Jwk[]): Promise<Jwk | null> {
  for (const key of keys) if (await isSignedBy(jwt, key)) return key;
  return null;
}

async function whyUnverified(jwt: SignedJwt, named: readonly Jwk[], keys: readonly Jwk[]): Promise<string> {
  const { kid, alg } = jwt.header;
  if (named.length === 0) {
    return kid === undefined ? `no kid, and ${keys.length} keys` : `kid is ${describe(kid)}, which no key has`;
  }
  const other = await firstSigner(jwt, keys);
  return other
    ? `it verifies with the key ${describe(other.kid)} instead`
    : `no signature of that key with alg ${describe(alg)}`;
}
