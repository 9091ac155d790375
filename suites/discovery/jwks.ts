import { answered, mediaType, readDocument } from '../../src/artifacts/document.ts';
import { acceptJwks, jwks, jwksDocument } from '../../src/artifacts/jwks.ts';
import { openidConfiguration } from '../../src/artifacts/openid-configuration.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import {
  artifact,
  attempted,
  describe,
  type Exchange,
  type HttpClient,
  http,
  isRecord,
  isUnobtainable,
  test,
} from '../../src/kit/index.ts';
import { defectsOfPublicKey, isKnownKeyType, keyMaterial, secretsIn, signingAbility } from '../../src/oauth/jwk.ts';
import { isAbsoluteUrl, stringsIn } from '../../src/smart/smart-configuration.ts';

type Jwk = Readonly<Record<string, unknown>>;

const named = test({
  id: 'discovery/jwks-uri',
  title: 'jwks_uri is there with single sign-on, and something to be had from it',
  requirements: ['discovery/jwks-uri', 'discovery/jwks-uri-optional'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities, must, info }) {
    const actual = describe(document.jwks_uri);
    if (!capabilities.includes('sso-openid-connect')) {
      const message = `single sign-on is not advertised, and jwks_uri is ${actual}: both are fine`;
      return info('discovery/jwks-uri-optional', { message, because: exchange });
    }
    must('discovery/jwks-uri', typeof document.jwks_uri === 'string' && document.jwks_uri !== '', {
      expected: 'jwks_uri, a URL, since sso-openid-connect is advertised',
      actual,
      because: exchange,
    });
  },
});

const keySet = test({
  id: 'discovery/jwks-document',
  title: 'jwks_uri serves a JWK Set',
  requirements: ['discovery/jwks-document', 'discovery/jwks-media-type'],
  needs: [jwksDocument, smartConfiguration],
  run({ jwksDocument: document, smartConfiguration, must, should, undecided }) {
    const { exchange } = document;
    const keys = document.kind === 'object' ? document.object.keys : undefined;
    const isKeySet = Array.isArray(keys) && keys.every(isRecord);
    const needsSigner = stringsIn(smartConfiguration.document.capabilities).includes('sso-openid-connect');
    const abilities = isKeySet ? keys.map(signingAbility) : [];
    if (needsSigner && isKeySet && !abilities.includes('can') && abilities.includes('unknown')) {
      const message = `whether one of the keys may sign id_tokens is not known here: ${keyTypes(keys)}`;
      undecided('discovery/jwks-document', { message, because: exchange });
    } else {
      must('discovery/jwks-document', isKeySet && (abilities.includes('can') || !needsSigner), {
        expected: needsSigner
          ? 'an object with "keys", one of which may sign id_tokens'
          : 'an object with an array "keys"',
        actual:
          document.kind === 'other' ? document.instead : isKeySet ? keyTypes(keys) : `"keys" is ${describe(keys)}`,
        because: exchange,
      });
    }
    if (document.kind === 'other') return;
    const type = mediaType(exchange.response?.headers['content-type']);
    should('discovery/jwks-media-type', type === 'application/json' || type === 'application/jwk-set+json', {
      expected: 'application/jwk-set+json or application/json',
      actual: answered(exchange),
      because: exchange,
    });
  },
});

function keyTypes(keys: readonly Jwk[]): string {
  if (keys.length === 0) return 'no keys';
  return `${keys.length} keys (${keys.map(({ kty, crv, use, alg }) => [kty, crv, use, alg].filter((part) => typeof part === 'string').join(' ')).join(', ')})`;
}

const wellFormed = test({
  id: 'discovery/jwks-keys-well-formed',
  title: 'Published keys are well-formed',
  requirements: ['discovery/jwks-keys-well-formed'],
  needs: [jwks],
  run({ jwks: { keys, exchange }, must, info }) {
    const defects = keys.flatMap((key, index) =>
      defectsOfPublicKey(key).map((defect) => `${place(key, index)}: ${defect}`),
    );
    must('discovery/jwks-keys-well-formed', defects.length === 0, {
      expected: 'every key with its kty and the public members of that kty, in base64url',
      actual: defects.length === 0 ? keyTypes(keys) : defects.join('; '),
      because: exchange,
    });
    const strange = keys.filter(({ kty }) => typeof kty === 'string' && !isKnownKeyType(kty));
    if (strange.length === 0) return;
    const message = `not judged, since their kty is not known here: ${keyTypes(strange)}`;
    info('discovery/jwks-keys-well-formed', { message, because: exchange });
  },
});

function place({ kid }: Jwk, index: number): string {
  return typeof kid === 'string' ? `keys[${index}] (kid "${kid}")` : `keys[${index}]`;
}

/** Every JWK Set that is published: the OpenID configuration may name another. */
const keySets = artifact({
  name: 'keySets',
  needs: [attempted(jwks), attempted(openidConfiguration), http],
  async obtain({ jwks, openidConfiguration, http }): Promise<readonly KeySet[]> {
    const own = isUnobtainable(jwks) ? [] : [jwks];
    const url = isUnobtainable(openidConfiguration) ? undefined : openidConfiguration.metadata.jwks_uri;
    const isFurther = isAbsoluteUrl(url) && own.every(({ exchange }) => exchange.request.url !== new URL(url).href);
    const further = isFurther ? await fetchKeySet(url, http) : null;
    const sets = further ? [...own, further] : own;
    if (sets.length === 0 && isUnobtainable(jwks)) throw jwks;
    return sets;
  },
});

interface KeySet {
  readonly keys: readonly Jwk[];
  readonly exchange: Exchange;
}

/** Null where there is none. */
async function fetchKeySet(url: string, client: HttpClient): Promise<KeySet | null> {
  const exchange = await client.send({ url, headers: acceptJwks });
  const document = exchange.response ? readDocument(exchange, 'the JWK Set') : null;
  const keys = document?.kind === 'object' ? document.object.keys : undefined;
  return Array.isArray(keys) ? { keys: keys.filter(isRecord), exchange } : null;
}

const noPrivateKeys = test({
  id: 'discovery/jwks-no-private-keys',
  title: 'No private or symmetric key is published',
  requirements: ['discovery/jwks-no-private-keys'],
  needs: [keySets],
  run({ keySets, must }) {
    for (const { keys, exchange } of keySets) {
      const leaks = keys.flatMap((key, index) => {
        const secrets = secretsIn(key);
        return secrets.length > 0 ? [`${place(key, index)} has ${secrets.join(', ')}`] : [];
      });
      must('discovery/jwks-no-private-keys', leaks.length === 0, {
        expected: 'public members only',
        actual: leaks.join('; ') || 'public members only',
        because: exchange,
        message: `${leaks.join('; ')}: whoever fetched ${exchange.request.url} holds these keys. Withdraw them and issue new ones`,
      });
    }
  },
});

const distinctKids = test({
  id: 'discovery/jwks-distinct-kids',
  title: 'Published keys of one type have distinct kids',
  requirements: ['discovery/jwks-distinct-kids'],
  needs: [jwks],
  run({ jwks: { keys, exchange }, should }) {
    // One key listed twice, for two algorithms say, is no ambiguity.
    const different = new Map(keys.map((key) => [`${keyMaterial(key)} ${String(key.kid)}`, key]));
    const names = [...different.values()].flatMap(({ kty, kid }) =>
      typeof kid === 'string' ? [`${String(kty)} "${kid}"`] : [],
    );
    const repeated = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
    should('discovery/jwks-distinct-kids', repeated.length === 0, {
      expected: 'each kid once for a kty',
      actual: repeated.length === 0 ? 'so it is' : `several keys named ${repeated.join(', ')}`,
      because: exchange,
    });
  },
});

export const jwksTests = [named, keySet, wellFormed, noPrivateKeys, distinctKids];
