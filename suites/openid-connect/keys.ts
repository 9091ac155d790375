import { X509Certificate } from 'node:crypto';
import { jwks } from '../../src/artifacts/jwks.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { readJson } from '../../src/http/read-json.ts';
import { http, isRecord, Skip, test } from '../../src/kit/index.ts';
import { keyMaterial } from '../../src/oauth/jwk.ts';
import { isSignedBy, type SignedJwt } from '../../src/oauth/jwt.ts';
import { wellKnown } from '../../src/smart/well-known.ts';
import { identities } from './identities.ts';

type Jwk = Readonly<Record<string, unknown>>;

const algorithm = test({
  id: 'openid-connect/signed-rs256',
  title: 'ID tokens are signed with RS256, and their header brings no keys',
  requirements: ['openid-connect/signed-rs256', 'openid-connect/header-names-no-keys'],
  needs: [identities],
  run({ identities, must, should }) {
    for (const { jwt, because } of identities) {
      const { alg } = jwt.header;
      const isAsymmetric = typeof alg === 'string' && /^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/.test(alg);
      (isAsymmetric ? should : must)('openid-connect/signed-rs256', alg === 'RS256', {
        expected: 'alg RS256',
        actual: `alg ${JSON.stringify(alg)}`,
        because,
      });
      const names = ['x5u', 'x5c', 'jku', 'jwk'].filter((name) => jwt.header[name] !== undefined);
      should('openid-connect/header-names-no-keys', names.length === 0, {
        expected: 'none of x5u, x5c, jku and jwk in the JOSE header',
        actual: names.length === 0 ? 'none' : names.join(', '),
        because,
      });
    }
  },
});

const signature = test({
  id: 'openid-connect/signature-verifies',
  title: 'The signature of an id_token verifies by the key that its kid names',
  requirements: ['openid-connect/signature-verifies', 'openid-connect/signing-key-fits'],
  needs: [identities, jwks, http],
  async run({ identities, jwks: { keys: advertised, exchange }, http, must, undecided }) {
    const id = 'openid-connect/signature-verifies';
    for (const { jwt, because } of identities) {
      const { iss } = jwt.claims;
      if (typeof iss !== 'string' || !/^https?:/.test(iss)) {
        must(id, false, { expected: 'iss, a URL that leads to the keys', actual: JSON.stringify(iss), because });
        continue;
      }
      // The token's own iss is followed, as a client does that knows nothing else.
      const metadata = await http.send({
        url: wellKnown(iss, 'openid-configuration'),
        headers: { accept: 'application/json' },
      });
      const uri = member(metadata.response?.body, 'jwks_uri');
      const found =
        typeof uri === 'string' && URL.canParse(uri)
          ? await http.send({ url: uri, headers: { accept: 'application/json' } })
          : null;
      if (metadata.error || found?.error) {
        undecided(id, {
          message: `the keys of ${iss} could not be fetched`,
          because: [metadata, ...(found ? [found] : [])],
        });
        continue;
      }
      const listed = member(found?.response?.body, 'keys');
      const keys: readonly Jwk[] = Array.isArray(listed) ? listed.filter(isRecord) : [];
      const { kid } = jwt.header;
      const named = kid === undefined && keys.length === 1 ? keys : keys.filter((key) => key.kid === kid);
      const signer = await firstThat(named, (key) => isSignedBy(jwt, key));
      const evidence = [...because, metadata, ...(found ? [found] : [])];
      must(id, signer !== null, {
        expected: 'a signature that verifies with the published key of that kid',
        actual: await complaint(jwt, named, [...keys, ...advertised]),
        because: evidence,
      });
      if (!signer) continue;
      const { use, key_ops: operations, alg } = signer;
      const fits =
        (use === undefined || use === 'sig') &&
        (!Array.isArray(operations) || operations.includes('verify') || operations.includes('sign')) &&
        (alg === undefined || alg === jwt.header.alg);
      must('openid-connect/signing-key-fits', fits, {
        expected: `use, key_ops and alg of the key ${String(kid)} to allow a signature with ${String(jwt.header.alg)}`,
        actual: JSON.stringify({ use, key_ops: operations, alg }),
        because: [...evidence, exchange],
      });
    }
  },
});

async function complaint(jwt: SignedJwt, named: readonly Jwk[], all: readonly Jwk[]): Promise<string> {
  const { kid } = jwt.header;
  if (kid === undefined && named.length === 0) return 'no kid in the header, and several keys';
  if (named.length === 0) return `kid ${JSON.stringify(kid)}, which no published key has`;
  const other = await firstThat(all, (key) => isSignedBy(jwt, key));
  return other ? `it verifies with the key ${String(other.kid)} instead` : 'it does not verify';
}

async function firstThat(keys: readonly Jwk[], fits: (key: Jwk) => Promise<boolean>): Promise<Jwk | null> {
  for (const key of keys) if (await fits(key)) return key;
  return null;
}

function member(body: string | undefined, name: string): unknown {
  const json = readJson(body ?? '');
  return json.kind === 'value' && isRecord(json.value) ? json.value[name] : undefined;
}

const bare = test({
  id: 'openid-connect/keys-bare',
  title: 'Signing keys are published as bare JWKs',
  requirements: ['openid-connect/keys-bare', 'openid-connect/keys-match-certificates'],
  needs: [jwks],
  run({ jwks: { keys, exchange: because }, must }) {
    const signing = keys.filter(({ use }) => use === undefined || use === 'sig');
    if (signing.length === 0) throw new Skip('undecided', 'the JWK Set has no key for signatures');
    for (const key of signing) {
      const needed = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }[String(key.kty)] ?? [];
      const missing = needed.filter((name) => typeof key[name] !== 'string');
      must('openid-connect/keys-bare', missing.length === 0, {
        expected: `the key ${String(key.kid)} to have ${needed.join(', ')}`,
        actual: missing.length === 0 ? 'it has' : `${missing.join(', ')} absent`,
        because,
      });
      const [first] = Array.isArray(key.x5c) ? key.x5c : [];
      if (typeof first !== 'string' || missing.length > 0) continue;
      const certified = keyInCertificate(first);
      must(
        'openid-connect/keys-match-certificates',
        certified !== null && keyMaterial(certified) === keyMaterial(key),
        {
          expected: `the first certificate of the key ${String(key.kid)} to be of that key`,
          actual: certified ? 'it is of another key' : 'it is no certificate',
          because,
        },
      );
    }
  },
});

function keyInCertificate(base64: string): Jwk | null {
  try {
    return { ...new X509Certificate(Buffer.from(base64, 'base64')).publicKey.export({ format: 'jwk' }) };
  } catch {
    return null;
  }
}

const userInfo = test({
  id: 'openid-connect/userinfo-subject',
  title: 'UserInfo answers with the sub of the id_token, and nobody without a token',
  requirements: ['openid-connect/userinfo-subject'],
  needs: [identities, openidConfiguration, http],
  async run({ identities: [identity], openidConfiguration: { metadata }, http, must }) {
    const { userinfo_endpoint: url } = metadata;
    if (typeof url !== 'string' || !URL.canParse(url))
      throw new Skip('not-advertised', 'the OpenID configuration names no userinfo_endpoint');
    if (!identity) throw new Skip('undecided', 'no launch came with an id_token');
    const { launch, jwt } = identity;
    const headers = { accept: 'application/json', authorization: `Bearer ${launch.tokens.accessToken}` };
    for (const method of ['GET', 'POST'] as const) {
      const exchange = await http.send({ method, url, redirect: 'manual', headers });
      const sub = member(exchange.response?.body, 'sub');
      must('openid-connect/userinfo-subject', exchange.response?.status === 200 && sub === jwt.claims.sub, {
        expected: `${method} with the token to give the sub of the id_token`,
        actual: `${exchange.response?.status ?? 'no answer'}${sub === undefined ? '' : sub === jwt.claims.sub ? '' : ', another sub'}`,
        because: [launch.exchange, exchange],
      });
    }
    const without = await http.send({ url, redirect: 'manual', headers: { accept: 'application/json' } });
    must('openid-connect/userinfo-subject', without.response?.status === 401, {
      expected: '401 without a token',
      actual: `${without.response?.status ?? 'no answer'}`,
      because: without,
    });
  },
});

export const keyTests = [algorithm, signature, bare, userInfo];
