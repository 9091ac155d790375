import { describe, test } from '../../src/kit/index.ts';
import { allIdentities, type Identity } from './identities.ts';
import { verifications } from './verifications.ts';

const algorithm = test({
  id: 'openid-connect/signed-rs256',
  title: 'ID tokens are signed with RS256',
  requirements: ['openid-connect/signed-rs256'],
  needs: [allIdentities],
  run({ allIdentities, must, should, info }) {
    const usual = new Set(allIdentities.filter(({ jwt }) => jwt.header.alg === 'RS256').map(audienceOf));
    for (const identity of allIdentities) {
      const { name, jwt, because } = identity;
      const { alg } = jwt.header;
      const isAsymmetric = typeof alg === 'string' && /^((RS|PS|ES)\d+K?|EdDSA|Ed25519|Ed448|ML-DSA-\d+)$/.test(alg);
      if (isAsymmetric && usual.size > 0 && !usual.has(audienceOf(identity))) {
        const message = `alg ${alg} in ${name}, and RS256 for another client: this one must have registered it`;
        info('openid-connect/signed-rs256', { message, because });
        continue;
      }
      const demand = isAsymmetric ? should : must;
      demand('openid-connect/signed-rs256', alg === 'RS256', {
        expected: `alg RS256 in ${name}, for a client that registered no other`,
        actual: `alg is ${describe(alg)}`,
        because,
      });
    }
  },
});

/** The client that an id_token is for. */
function audienceOf({ jwt }: Identity): string {
  return JSON.stringify(jwt.claims.aud);
}

const signature = test({
  id: 'openid-connect/signature-verifies',
  title: 'The signature of an id_token verifies by the key to which its iss and kid lead',
  requirements: ['openid-connect/signature-verifies'],
  needs: [verifications],
  run({ verifications, must }) {
    for (const { name, signer, complaint, because } of verifications) {
      must('openid-connect/signature-verifies', signer !== null, {
        expected: `${name} to verify by the key of its kid, found by way of its iss`,
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
  needs: [allIdentities],
  run({ allIdentities, should }) {
    for (const { jwt, because } of allIdentities) {
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
