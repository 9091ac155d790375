import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../schemas/index.ts';
import { isRecord } from '../src/kit/index.ts';
import { type Fault, faults, startServer } from '../src/server/index.ts';

// As anybody would use them, each on its own: a validator, and nothing of ours but one schema.
const compiled = (name: string) => new Ajv2020({ strictTypes: false, strictRequired: false }).compile(schema(name));
const isBundle = compiled('user-access-brands-bundle');
const profiles = { Organization: compiled('user-access-brand'), Endpoint: compiled('user-access-endpoint') };

/** What is beyond one schema: where and how the bundle is served, what entries say of each other, and times. */
const beyondSchemas =
  /^brands\/(bundle-served|cors|identifier-|stable-location|timestamp-follows-content|portal-endpoints-listed|endpoints-referenced~orphan|parts-two-deep|timestamp-present~(future|no-such-day)|bundle-valid~(duplicate-full-url|full-url-of-another|relative-full-url))/;

/** References are resolved by comparing entries. */
const beyondEntries = ['identifier', 'no-type', 'organization', 'outside', 'part-of-an-id', 'urn-and-relative'];

/** What takes a walk through references, or trimming. */
const beyondPatterns = ['brands/entries-valid~contained-unreferenced', 'brands/name~blank'];

async function bundleOf(shown: readonly Fault[]): Promise<unknown> {
  const server = await startServer({ faults: shown, baseUrl: 'https://ehr.example.org' });
  try {
    return await fetch(`${server.origin}/brands.json`).then((response) => response.json());
  } catch {
    return undefined;
  } finally {
    await server.close();
  }
}

const entriesOf = (bundle: unknown): readonly unknown[] =>
  isRecord(bundle) && Array.isArray(bundle.entry) ? bundle.entry : [];

describe('the schemas of brand bundles', () => {
  const refused = new Set<string>();
  const ofBrands = faults.filter(({ id }) => id.startsWith('brands/'));
  let conformant: unknown;

  beforeAll(async () => {
    conformant = await bundleOf([]);
    for (const fault of ofBrands) {
      if (beyondSchemas.test(fault.id)) continue;
      const bundle = await bundleOf([fault]);
      if (bundle !== undefined && !isBundle(bundle)) refused.add(fault.id);
    }
  }, 120_000);

  it('accept what the conformant server publishes, whole and entry by entry', () => {
    expect(isBundle(conformant), JSON.stringify(isBundle.errors)).toBe(true);
    const resources = entriesOf(conformant).flatMap((entry) =>
      isRecord(entry) && isRecord(entry.resource) ? [entry.resource] : [],
    );
    expect(resources).toHaveLength(5);
    for (const resource of resources) {
      const isOfProfile = resource.resourceType === 'Endpoint' ? profiles.Endpoint : profiles.Organization;
      expect(isOfProfile(resource), JSON.stringify(isOfProfile.errors)).toBe(true);
      expect(isOfProfile({ ...resource, resourceType: 'Patient' })).toBe(false);
    }
  });

  it('refuse what the suite fails, as far as one schema can tell', () => {
    const missed = ofBrands
      .filter(({ id, level }) => level === 'fail' && !beyondSchemas.test(id))
      .map(({ id }) => id)
      .filter((id) => !refused.has(id));
    const references = beyondEntries
      .filter((variant) => variant !== 'identifier')
      .map((variant) => `brands/endpoints-bundled~${variant}`);
    expect(missed.sort()).toEqual([...beyondPatterns, ...references].sort());
  });

  it('accept what the suite only warns of', () => {
    const harsh = ofBrands.filter(({ id, level }) => level === 'warn' && refused.has(id)).map(({ id }) => id);
    expect(harsh).toEqual([]);
  });

  it('define the same things the same way', () => {
    const whole = definitionsOf('user-access-brands-bundle');
    for (const name of ['user-access-brand', 'user-access-endpoint']) {
      for (const [definition, content] of Object.entries(definitionsOf(name)))
        expect(content).toEqual(whole[definition]);
    }
  });
});

function definitionsOf(name: string): Readonly<Record<string, unknown>> {
  const { $defs } = schema(name);
  return isRecord($defs) ? $defs : {};
}
