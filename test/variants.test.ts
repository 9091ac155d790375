import { expect, test } from 'vitest';
import { runVariant } from '../src/cli/try-variants.ts';
import { changesSmartConfiguration, without } from '../src/server/faults/overrides.ts';
import { type Variant, variants } from '../src/server/index.ts';

/** As far apart as they come; `self-test --variants` tries them all. */
const far = ['jwt-access-tokens', 'v1-scopes-only', 'backend-only', 'newest-everything'];
const options = { suite: [], test: [], concurrency: 8, timeout: 30 };

function named(id: string): Variant {
  const variant = variants.find((candidate) => candidate.id === id);
  if (!variant) throw new Error(`there is no variant ${id}`);
  return variant;
}

const conformant: readonly Variant[] = [{ id: 'the reference server as it is', summary: '' }, ...far.map(named)];

test.each(conformant)(
  'accuses nobody who conforms: $id',
  async (variant) => {
    const { accusations, troubles } = await runVariant(variant, options);
    expect([accusations.map(({ message }) => message), troubles]).toEqual([[], []]);
  },
  120_000,
);

test('tries what changes in a JWK Set where an app alone is registered by its URL', async () => {
  const keys = await runVariant(named('app-keys-by-url'), { ...options, test: ['client-asymmetric/jwks-*'] });
  expect([keys.accusations, keys.troubles]).toEqual([[], []]);
  expect(keys.summary).toMatch(/^4 passed, \d/);
});

test('writes with a token for the patients, too, where what is written may refer to no others', async () => {
  const test = ['scopes/*-scope', 'scopes/granular-write', 'scopes/*no-writing', 'scopes/other-patient-not-written*'];
  const { accusations, troubles, summary } = await runVariant(named('references-checked'), { ...options, test });
  expect([accusations, troubles]).toEqual([[], []]);
  expect(summary).toMatch(/^9 passed, \d/);
});

test('tells of a variant that does not conform', async () => {
  const variant = { id: 'x', summary: 'x', override: changesSmartConfiguration(without('token_endpoint')) };
  const { accusations } = await runVariant(variant, { ...options, test: ['discovery/token-endpoint'] });
  expect(accusations.map(({ requirement }) => requirement)).toContain('discovery/token-endpoint');
});
