import { jwks } from '../../src/artifacts/jwks.ts';
import { capabilities } from '../../src/artifacts/smart-configuration.ts';
import { describe, lookUp, Skip, test } from '../../src/kit/index.ts';
import { holderOf } from '../../src/oauth/jwk.ts';
import type { Capabilities } from '../../src/smart/smart-configuration.ts';

/** Members without which a key is no bare JWK, whatever certificates it has (RFC 7518 section 6). */
const bareMembers: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'] };

const bare = test({
  id: 'openid-connect/keys-bare',
  title: 'Signing keys are published as bare JWKs',
  requirements: ['openid-connect/keys-bare'],
  needs: [jwks, capabilities],
  run({ jwks: { keys, exchange }, capabilities, must }) {
    needsSingleSignOn(capabilities);
    const lacking = keys.flatMap((key) => {
      const missing = (lookUp(bareMembers, key.kty) ?? []).filter((name) => typeof key[name] !== 'string');
      return missing.length > 0 ? [`the key ${describe(key.kid)} lacks ${missing.join(', ')}`] : [];
    });
    must('openid-connect/keys-bare', lacking.length === 0, {
      expected: 'n and e in each RSA key, crv, x and y in each EC key',
      actual: lacking.join('; ') || 'they are there',
      because: exchange,
    });
  },
});

const certificates = test({
  id: 'openid-connect/keys-match-certificates',
  title: 'Certificates of published keys are of these keys',
  requirements: ['openid-connect/keys-match-certificates'],
  needs: [jwks, capabilities],
  run({ jwks: { keys, exchange }, capabilities, must }) {
    needsSingleSignOn(capabilities);
    const certified = keys.filter(({ x5c }) => x5c !== undefined);
    if (certified.length === 0) throw new Skip('not-advertised', 'no key has x5c');
    for (const key of certified) {
      const [first] = Array.isArray(key.x5c) ? key.x5c : [];
      const holder = holderOf(first, key);
      must('openid-connect/keys-match-certificates', holder === 'this key', {
        expected: `the first certificate in x5c of the key ${describe(key.kid)} to be of that key`,
        actual: holder === 'no certificate' ? 'it is none' : `it is of ${holder}`,
        because: exchange,
      });
    }
  },
});

function needsSingleSignOn({ includes }: Capabilities): void {
  if (!includes('sso-openid-connect')) throw new Skip('not-advertised', 'sso-openid-connect is not advertised');
}

export const keyTests = [bare, certificates];
