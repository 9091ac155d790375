import { describe, expect, it } from 'vitest';
import { faults } from '../src/server/index.ts';
import { suites } from '../suites/index.ts';

const requirements = suites.flatMap((suite) => suite.requirements);
const tests = suites.flatMap((suite) => suite.tests);
const requirementIds = new Set(requirements.map(({ id }) => id));
const testedIds = new Set(tests.flatMap((test) => test.requirements));

/** A requirement that no server can violate: what the guide permits, and nothing that its check column warns of. */
const violable = requirements.filter(({ id, verb }) => testedIds.has(id) && verb !== 'MAY');

describe('the catalogue holds together', () => {
  it('names every suite of the command line', () => {
    expect(suites.map(({ id }) => id)).toEqual([
      'discovery',
      'app-launch',
      'openid-connect',
      'client-symmetric',
      'client-asymmetric',
      'backend-services',
      'scopes',
      'introspection',
      'brands',
      'app-state',
    ]);
  });

  it('has no id twice, and each begins with its suite', () => {
    for (const ids of [requirements, tests, faults].map((list) => list.map(({ id }) => id))) {
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    }
    const misplaced = suites.flatMap(({ id, ...suite }) =>
      [...suite.requirements, ...suite.tests].filter((item) => !item.id.startsWith(`${id}/`)),
    );
    expect(misplaced).toEqual([]);
  });

  it('has for every requirement a test, or the reason why there is none, and not both', () => {
    const unaccounted = requirements.filter(({ id, untestable }) => testedIds.has(id) === (untestable !== undefined));
    expect(unaccounted.map(({ id }) => id)).toEqual([]);
  });

  it('has no test without requirement, and none of an unknown one', () => {
    expect(tests.filter((test) => test.requirements.length === 0)).toEqual([]);
    expect([...testedIds].filter((id) => !requirementIds.has(id))).toEqual([]);
  });

  it('has a fault for every tested requirement that a server can violate', () => {
    const broken = new Set(faults.map(({ requirement }) => requirement));
    expect(violable.filter(({ id }) => !broken.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('has no fault for a requirement that does not exist or is not tested', () => {
    const named = faults.flatMap(({ id, requirement, also }) => [requirement, ...also].map((name) => ({ id, name })));
    expect(named.filter(({ name }) => !testedIds.has(name))).toEqual([]);
  });

  it('has faults whose level fits the verb', () => {
    const verbOf = new Map(requirements.map(({ id, verb }) => [id, verb]));
    const milder = ['SHOULD', 'SHOULD NOT', 'MAY'];
    const harsh = faults.filter(
      ({ requirement, level }) => level === 'fail' && milder.includes(verbOf.get(requirement) ?? ''),
    );
    // Where a recommended member has the wrong type, its definition is broken, not the recommendation; and on
    // scopes_supported of asymmetric clients the guide's sentence states a fact (docs/reading-findings.md).
    expect(new Set(harsh.map(({ requirement }) => requirement))).toEqual(
      new Set([
        'discovery/asymmetric-scopes-supported',
        'discovery/brand-identifier',
        'discovery/response-types',
        'discovery/scopes-supported',
        'discovery/token-auth-methods',
      ]),
    );
  });
});
