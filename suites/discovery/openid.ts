import { isDeepStrictEqual } from 'node:util';
import { mediaType, readDocument } from '../../src/artifacts/document.ts';
import { acceptJwks } from '../../src/artifacts/jwks.ts';
import { openidConfiguration, openidConfigurationDocument } from '../../src/artifacts/openid-configuration.ts';
import { capabilities, smartConfiguration } from '../../src/artifacts/smart-configuration.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { describe, type Exchange, type HttpClient, http, isRecord, Skip, test } from '../../src/kit/index.ts';
import { keyMaterial } from '../../src/oauth/jwk.ts';
import { isLoopback } from '../../src/smart/loopback.ts';
import { endpointUrl, isAbsoluteUrl, stringsIn } from '../../src/smart/smart-configuration.ts';

const served = test({
  id: 'discovery/openid-configuration',
  title: 'The issuer serves its OpenID configuration',
  requirements: ['discovery/openid-configuration'],
  needs: [openidConfigurationDocument],
  run({ openidConfigurationDocument: document, must }) {
    const { exchange } = document;
    const type = exchange.response?.headers['content-type'];
    const isJson = document.kind === 'object' && mediaType(type) === 'application/json';
    must('discovery/openid-configuration', isJson, {
      expected: `a JSON object as application/json at ${exchange.request.url}`,
      actual: document.kind === 'object' ? `a JSON object as ${type ?? 'nothing (no Content-Type)'}` : document.instead,
      because: exchange,
    });
  },
});

const sameIssuer = test({
  id: 'discovery/openid-issuer-equal',
  title: 'Both documents name the same issuer',
  requirements: ['discovery/openid-issuer-equal'],
  needs: [openidConfiguration, smartConfiguration],
  run({ openidConfiguration: { metadata, exchange }, smartConfiguration, must }) {
    const { issuer } = smartConfiguration.document;
    must('discovery/openid-issuer-equal', metadata.issuer === issuer, {
      expected: `issuer exactly ${describe(issuer)}, as in the SMART configuration (a final slash counts)`,
      actual: describe(metadata.issuer),
      because: [exchange, smartConfiguration.exchange],
    });
  },
});

const issuerUrl = test({
  id: 'discovery/openid-issuer-url',
  title: 'The issuer is a plain https URL',
  requirements: ['discovery/openid-issuer-url'],
  needs: [smartConfiguration, capabilities],
  run({ smartConfiguration: { document, exchange }, capabilities, must }) {
    const { issuer } = document;
    if (!capabilities.includes('sso-openid-connect') || typeof issuer !== 'string' || issuer === '') {
      throw new Skip(
        'not-advertised',
        'single sign-on is not advertised, or names no issuer, which discovery/issuer judges',
      );
    }
    const secure = isAbsoluteUrl(issuer) && (new URL(issuer).protocol === 'https:' || isLoopback(new URL(issuer)));
    must('discovery/openid-issuer-url', secure && !/[?#]/.test(issuer), {
      expected: 'an https URL without query or fragment',
      actual: describe(issuer),
      because: exchange,
    });
  },
});

/** Required members (Discovery 3); the issuer is judged by itself. */
const requiredMembers = [
  { member: 'authorization_endpoint', isRight: isAbsoluteUrl, expected: 'an absolute URL' },
  { member: 'token_endpoint', isRight: isAbsoluteUrl, expected: 'an absolute URL' },
  { member: 'jwks_uri', isRight: isAbsoluteUrl, expected: 'an absolute URL' },
  { member: 'response_types_supported', isRight: listing('code'), expected: 'an array with code' },
  { member: 'subject_types_supported', isRight: listing('public', 'pairwise'), expected: 'public or pairwise' },
  { member: 'id_token_signing_alg_values_supported', isRight: listing('RS256'), expected: 'an array with RS256' },
];

function listing(...oneOf: readonly string[]): (value: unknown) => boolean {
  return (value) => stringsIn(value).some((item) => oneOf.includes(item));
}

const metadataMembers = test({
  id: 'discovery/openid-metadata',
  title: 'The OpenID configuration has what is required',
  requirements: ['discovery/openid-metadata'],
  needs: [openidConfiguration],
  run({ openidConfiguration: { metadata, exchange }, must, should }) {
    const wrong = requiredMembers.filter(({ member, isRight }) => !isRight(metadata[member]));
    must('discovery/openid-metadata', wrong.length === 0, {
      expected: wrong.map(({ member, expected }) => `${member}: ${expected}`).join('; ') || 'all required members',
      actual: wrong.map(({ member }) => `${member} is ${describe(metadata[member])}`).join('; ') || 'all there',
      because: exchange,
    });
    const unsigned = stringsIn(metadata.id_token_signing_alg_values_supported).includes('none');
    if (!unsigned) return;
    should('discovery/openid-metadata', false, {
      expected: 'no "none" among the algorithms that sign id_tokens',
      actual: describe(metadata.id_token_signing_alg_values_supported),
      because: exchange,
    });
  },
});

const documentsAgree = test({
  id: 'discovery/openid-documents-agree',
  title: 'Both documents name the same endpoints and keys',
  requirements: ['discovery/openid-documents-agree'],
  needs: [openidConfiguration, smartConfiguration, fhirBaseUrl, http],
  async run({ openidConfiguration, smartConfiguration, fhirBaseUrl, http, should, undecided }) {
    const requirement = 'discovery/openid-documents-agree';
    const { metadata } = openidConfiguration;
    const { document } = smartConfiguration;
    const both = [openidConfiguration.exchange, smartConfiguration.exchange];
    // A relative URL is discovery/absolute-urls' finding, not a difference.
    const same = (name: string) => {
      const [one, other] = [endpointUrl(document[name], fhirBaseUrl), endpointUrl(metadata[name], fhirBaseUrl)];
      return !one || !other || one.href === other.href;
    };
    const differing = ['authorization_endpoint', 'token_endpoint'].filter((name) => !same(name));
    should(requirement, differing.length === 0, {
      expected: 'the same endpoints in both documents',
      actual: differing.map((name) => difference(name, document, metadata)).join('; ') || 'they agree',
      because: both,
    });
    if (same('jwks_uri')) return;

    const sets = await Promise.all([document, metadata].map(({ jwks_uri: url }) => fetchKeys(String(url), http)));
    const because = [...both, ...sets.map(({ exchange }) => exchange)];
    if (sets.some(({ keys }) => keys === null)) {
      const message = 'the documents name different jwks_uris, one of which serves no keys to compare';
      return undecided(requirement, { message, because });
    }
    should(requirement, isDeepStrictEqual(sets[0]?.keys, sets[1]?.keys), {
      expected: 'the same keys at both jwks_uris',
      actual: difference('jwks_uri', document, metadata),
      because,
    });
  },
});

type Metadata = Readonly<Record<string, unknown>>;

function difference(name: string, smart: Metadata, openid: Metadata): string {
  return `${name}: SMART has ${describe(smart[name])}, OpenID has ${describe(openid[name])}`;
}

async function fetchKeys(url: string, client: HttpClient): Promise<{ keys: string[] | null; exchange: Exchange }> {
  const exchange = await client.send({ url, headers: acceptJwks });
  const document = exchange.response ? readDocument(exchange, 'the JWK Set') : null;
  const keys = document?.kind === 'object' && Array.isArray(document.object.keys) ? document.object.keys : null;
  return { exchange, keys: keys?.filter(isRecord).map(keyMaterial).sort() ?? null };
}

/** Members of Discovery 3 whose value is an array. */
const arrayMembers = [
  'scopes_supported',
  'response_types_supported',
  'response_modes_supported',
  'grant_types_supported',
  'acr_values_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
  'id_token_encryption_alg_values_supported',
  'id_token_encryption_enc_values_supported',
  'userinfo_signing_alg_values_supported',
  'userinfo_encryption_alg_values_supported',
  'userinfo_encryption_enc_values_supported',
  'request_object_signing_alg_values_supported',
  'request_object_encryption_alg_values_supported',
  'request_object_encryption_enc_values_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'display_values_supported',
  'claim_types_supported',
  'claims_supported',
  'claims_locales_supported',
  'ui_locales_supported',
];

const noEmptyArrays = test({
  id: 'discovery/openid-no-empty-arrays',
  title: 'Members without values are left out of the OpenID configuration',
  requirements: ['discovery/openid-no-empty-arrays'],
  needs: [openidConfiguration],
  run({ openidConfiguration: { metadata, exchange }, must, should }) {
    const empty = Object.keys(metadata).filter((name) => {
      const value = metadata[name];
      return Array.isArray(value) && value.length === 0;
    });
    const defined = empty.filter((name) => arrayMembers.includes(name));
    const demand = empty.length > 0 && defined.length === 0 ? should : must;
    demand('discovery/openid-no-empty-arrays', empty.length === 0, {
      expected: 'no empty array',
      actual: empty.length === 0 ? 'none' : `empty: ${empty.join(', ')}`,
      because: exchange,
    });
  },
});

export const openidTests = [served, sameIssuer, issuerUrl, metadataMembers, documentsAgree, noEmptyArrays];
