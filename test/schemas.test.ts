import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { isJson } from '../reports/indent-json.ts';
import { schema } from '../schemas/index.ts';
import { type Fault, faults, startServer } from '../src/server/index.ts';

// As anybody would use them: a validator, and nothing of ours but the schema.
const ajv = new Ajv2020({ strictTypes: false });
addFormats.default(ajv);

const documents = [
  { name: 'smart-configuration', path: '/fhir/.well-known/smart-configuration' },
  { name: 'openid-configuration', path: '/oauth/.well-known/openid-configuration' },
  { name: 'jwks', path: '/oauth/jwks' },
] as const;

/** What a schema cannot see: what answers where, and whether documents agree with each other or with a claim. */
const beyondSchemas =
  /^discovery\/(location|anonymous|media-type|json-|https|tls-|plain-http|cors-|oauth-uris|endpoints-answer|token-endpoint~|grant-type-client-credentials|(patient|clinician)-access-|openid-configuration|openid-issuer-equal|jwks-document~(not-found|html|truncated|empty|only-for-encryption))/;

/** What needs arithmetic, or the URL parser of a client. */
const beyondPatterns = [
  'discovery/absolute-urls~issuer-relative',
  'discovery/openid-issuer-url~plain-http',
  'discovery/jwks-keys-well-formed~rsa-1024',
  'discovery/jwks-keys-well-formed~short-coordinate',
  'discovery/jwks-keys-well-formed~off-curve',
  // It is another document that names these keys.
  'discovery/jwks-no-private-keys~of-the-openid-configuration',
];

/** Where the suite is milder than the definition of the member, and the schema is not. */
const milder = [
  'discovery/absolute-urls~brand-bundle-relative',
  'discovery/associated-endpoints~null',
  'discovery/brand-bundle~array',
  'discovery/brand-bundle~empty',
];

describe('the schemas of published documents agree with the suite', () => {
  /** Ids of the faults that show in a document. */
  const refused = new Set<string>();
  let conformant: readonly string[];

  beforeAll(async () => {
    conformant = await refusing([]);
    for (const fault of faults.filter(({ id, level }) => level === 'warn' || id.startsWith('discovery/'))) {
      if ((await refusing([fault])).length > 0) refused.add(fault.id);
    }
  }, 60_000);

  it('accept what the conformant server publishes', () => {
    expect(conformant).toEqual([]);
  });

  it('refuse what the suite fails, as far as one document shows it', () => {
    const missed = faults
      .filter(({ id }) => id.startsWith('discovery/'))
      .filter(({ id, level, specVersion }) => level === 'fail' && specVersion === undefined && !beyondSchemas.test(id))
      .map(({ id }) => id)
      .filter((id) => !refused.has(id));
    expect(missed.sort()).toEqual([...beyondPatterns].sort());
  });

  it('accept what the suite only warns of', () => {
    const harsh = faults
      .filter(({ id, level, specVersion }) => level === 'warn' && specVersion === undefined && refused.has(id))
      .map(({ id }) => id);
    expect(harsh.sort()).toEqual(milder);
  });
});

/** The names of the schemas that refuse what a server with these faults publishes; what is no JSON is nothing to them. */
async function refusing(shown: readonly Fault[]): Promise<readonly string[]> {
  const server = await startServer({ faults: shown, baseUrl: 'https://ehr.example.org' });
  try {
    const refusals = documents.map(async ({ name, path }) => {
      const answer = await fetch(`${server.origin}${path}`).then((response) => response.text());
      return isJson(answer) && !ajv.compile(schema(name))(JSON.parse(answer)) ? [name] : [];
    });
    return (await Promise.all(refusals)).flat();
  } finally {
    await server.close();
  }
}
