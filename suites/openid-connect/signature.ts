import { type JsonDocument, readDocument } from '../../src/artifacts/document.ts';
import { acceptJwks } from '../../src/artifacts/jwks.ts';
import { artifact, describe, type Exchange, type HttpClient, http, isRecord, test } from '../../src/kit/index.ts';
import { isSignedBy, type SignedJwt } from '../../src/oauth/jwt.ts';
import { isAbsoluteUrl } from '../../src/smart/smart-configuration.ts';
import { wellKnown } from '../../src/smart/well-known.ts';
import { type Identity, identities } from './identities.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** What a client finds that knows an id_token and nothing else (scopes-and-launch-context, "Steps for using an ID token"). */
interface Verification extends Identity {
  /** The keys that the header may mean: those of its kid. */
  readonly named: readonly Jwk[];
  /** The one that made the signature. */
  readonly signer: Jwk | null;
  /** Why there are no keys, or no one signer, in words. */
  readonly complaint: string;
}

/** Each id_token followed from its iss to the keys. */
const verifications = artifact({
  name: 'verifications',
  needs: [identities, http],
  async obtain({ identities, http }): Promise<readonly Verification[]> {
    const issuers = [...new Set(identities.map(({ jwt }) => jwt.claims.iss))];
    const found = new Map(
      await Promise.all(issuers.map(async (issuer) => [issuer, await keysOf(issuer, http)] as const)),
    );
    return Promise.all(
      identities.map(async (identity): Promise<Verification> => {
        const { keys, instead, exchanges } = found.get(identity.jwt.claims.iss) ?? nowhere('no iss');
        const because = [...identity.because, ...exchanges];
        if (!keys) return { ...identity, because, named: [], signer: null, complaint: instead };
        const named = keysNamed(identity.jwt, keys);
        const signer = await firstSigner(identity.jwt, named);
        const complaint = signer ? '' : await whyUnverified(identity.jwt, named, keys);
        return { ...identity, because, named, signer, complaint };
      }),
    );
  },
});

interface Found {
  readonly keys: readonly Jwk[] | null;
  readonly instead: string;
  readonly exchanges: readonly Exchange[];
}

async function keysOf(issuer: unknown, client: HttpClient): Promise<Found> {
  if (!isAbsoluteUrl(issuer)) return nowhere(`iss is ${describe(issuer)}, which leads nowhere`);
  const metadata = await fetchDocument(wellKnown(issuer, 'openid-configuration'), client);
  const { exchange } = metadata;
  if (metadata.kind === 'other') return nowhere(`${exchange.request.url} answered ${metadata.instead}`, exchange);
  const url = metadata.object.jwks_uri;
  if (!isAbsoluteUrl(url)) return nowhere(`jwks_uri is ${describe(url)} in ${exchange.request.url}`, exchange);
  const jwks = await fetchDocument(url, client);
  const exchanges = [exchange, jwks.exchange];
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

const algorithm = test({
  id: 'openid-connect/signed-rs256',
  title: 'ID tokens are signed with RS256',
  requirements: ['openid-connect/signed-rs256'],
  needs: [identities],
  run({ identities, must, should }) {
    for (const { jwt, because } of identities) {
      const { alg } = jwt.header;
      const isAsymmetric = typeof alg === 'string' && /^((RS|PS|ES)\d+K?|EdDSA|Ed25519|Ed448|ML-DSA-\d+)$/.test(alg);
      const demand = isAsymmetric ? should : must;
      demand('openid-connect/signed-rs256', alg === 'RS256', {
        expected: 'alg RS256, for a client that registered no other',
        actual: `alg is ${describe(alg)}`,
        because,
      });
    }
  },
});

const signature = test({
  id: 'openid-connect/signature-verifies',
  title: 'The signature of an id_token verifies by the key to which its iss and kid lead',
  requirements: ['openid-connect/signature-verifies'],
  needs: [verifications],
  run({ verifications, must }) {
    for (const { launch, signer, complaint, because } of verifications) {
      must('openid-connect/signature-verifies', signer !== null, {
        expected: `the id_token for ${launch.client.clientId} to verify by the key of its kid, found by way of its iss`,
        actual: signer ? 'it does' : complaint,
        because,
      });
    }
  },
});

const keyFits = test({
  id: 'openid-connect/signing-key-fits',
  title: 'The key that signs id_tokens is published for signatures',
  requirements: ['openid-connect/signing-key-fits'],
  needs: [verifications],
  run({ verifications, must, undecided }) {
    for (const { jwt, signer, because } of verifications) {
      if (!signer) {
        const message = 'which key made the signature is not known: see openid-connect/signature-verifies';
        undecided('openid-connect/signing-key-fits', { message, because });
        continue;
      }
      const { kid, use, key_ops: operations, alg } = signer;
      const fits =
        (use === undefined || use === 'sig') &&
        (!Array.isArray(operations) || operations.some((one) => one === 'verify' || one === 'sign')) &&
        (alg === undefined || alg === jwt.header.alg);
      must('openid-connect/signing-key-fits', fits, {
        expected: `use, key_ops and alg of the key ${describe(kid)}, where given, to allow ${describe(jwt.header.alg)}`,
        actual: `use is ${describe(use)}, key_ops ${describe(operations)}, alg ${describe(alg)}`,
        because,
      });
    }
  },
});

const headerNamesNoKeys = test({
  id: 'openid-connect/header-names-no-keys',
  title: 'ID tokens bring no keys of their own',
  requirements: ['openid-connect/header-names-no-keys'],
  needs: [identities],
  run({ identities, should }) {
    for (const { jwt, because } of identities) {
      const names = ['x5u', 'x5c', 'jku', 'jwk'].filter((name) => jwt.header[name] !== undefined);
      should('openid-connect/header-names-no-keys', names.length === 0, {
        expected: 'none of x5u, x5c, jku and jwk in the JOSE header',
        actual: names.join(', ') || 'none',
        because,
      });
    }
  },
});

export const signatureTests = [algorithm, signature, keyFits, headerNamesNoKeys];
