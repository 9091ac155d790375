import { describe, expect, it } from 'vitest';
import { faults } from '../src/server/index.ts';
import { guidePages } from '../suites/guide-pages.ts';
import { suites } from '../suites/index.ts';

const requirements = suites.flatMap((suite) => suite.requirements);
const tests = suites.flatMap((suite) => suite.tests);
const requirementIds = new Set(requirements.map(({ id }) => id));
const testedIds = new Set(tests.flatMap((test) => test.requirements));

/** Recommendations that a server may leave without any harm: their tests only inform. */
const forInformation = ['backend-services/expires-in-300'];

/** A requirement that no server can violate: what the guide permits, and nothing that its check column warns of. */
const violable = requirements.filter(
  ({ id, verb }) => testedIds.has(id) && verb !== 'MAY' && !forInformation.includes(id),
);

/** The links into the guide that exist: its pages, and the anchors on them. */
const guideLinks = new Set(
  Object.entries(guidePages).flatMap(([page, anchors]) => {
    const address = `https://hl7.org/fhir/smart-app-launch/STU2.2/${page}.html`;
    return [address, ...anchors.map((anchor) => `${address}#${anchor}`)];
  }),
);

/** Rows of the catalogue that say several things, so that several requirements name them. */
const dividedRows = [
  ...['asym-14', 'brand-14', 'bs-02', 'cors-01', 'cors-02', 'cors-03', 'cors-04', 'corsx-01', 'ctx-02', 'ctx-03'],
  ...['disc-02', 'disc-12', 'ext-01', 'fhir-03', 'fhir-12', 'oidc-02', 'rfc6749-05', 'rfc6749-14', 'rtk-01', 'tls-01'],
  'tok-03',
];

/** Values that occur more than once, each said once, in order. */
function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))].sort();
}

/** Faults that break something; the others hide what would decide. */
const breaking = faults.filter(({ level }) => level !== 'undecided');

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

  it('names each row of the requirements once, but for rows that say several things', () => {
    expect(repeated(requirements.flatMap(({ ref }) => ref ?? []))).toEqual(dividedRows);
  });

  it('says what a server does in words that no other requirement of the suite has', () => {
    expect(suites.flatMap((suite) => repeated(suite.requirements.map(({ summary }) => summary)))).toEqual([]);
  });

  it('links to places of the guide that exist, or to what the guide adopts', () => {
    const adopted = [
      /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d{4}#section-[\d.]+$/,
      /^https:\/\/openid\.net\/specs\/openid-connect-(core|discovery)-1_0\.html#\w+$/,
      /^https:\/\/fetch\.spec\.whatwg\.org\/#[\w-]+$/,
      /^https:\/\/hl7\.org\/fhir\/R4\/\w+\.html(#[\w-]+)?$/,
      /^https:\/\/hl7\.org\/fhir\/smart-app-launch\/1\.0\.0\//,
    ];
    const unknown = requirements.filter(
      ({ guide }) => !guideLinks.has(guide) && !adopted.some((pattern) => pattern.test(guide)),
    );
    expect(unknown.map(({ id, guide }) => `${id}: ${guide}`)).toEqual([]);
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
    const broken = new Set(breaking.map(({ requirement }) => requirement));
    expect(violable.filter(({ id }) => !broken.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('has faults for every test but those that inform, and none for what those alone see', () => {
    const broken = new Set(breaking.map(({ requirement }) => requirement));
    const judged = new Set(tests.flatMap(({ informs, requirements }) => (informs ? [] : requirements)));
    const isBroken = (id: string) => broken.has(id);
    const neverFailing = tests.filter(({ informs, requirements }) => !informs && !requirements.some(isBroken));
    const failing = tests.filter(({ requirements }) => requirements.some((id) => isBroken(id) && !judged.has(id)));
    expect(neverFailing.map(({ id }) => id)).toEqual([]);
    expect(failing.map(({ id }) => id)).toEqual([]);
  });

  it('has no fault for a requirement that does not exist or is not tested', () => {
    const named = faults.flatMap(({ id, requirement, also }) => [requirement, ...also].map((name) => ({ id, name })));
    expect(named.filter(({ name }) => !testedIds.has(name))).toEqual([]);
  });

  it('has faults that hide something from a test of the requirement, and from no other', () => {
    const hiding = faults.filter(({ level, blinds }) => level === 'undecided' || blinds !== undefined);
    const blinded = hiding.map(({ blinds, requirement }) =>
      tests.find((test) => test.id === blinds && test.requirements.includes(requirement)),
    );
    expect(hiding.filter((_, index) => blinded[index] === undefined).map(({ id }) => id)).toEqual([]);
    expect(hiding.filter(({ level }) => level !== 'undecided').map(({ id }) => id)).toEqual([]);
  });

  it('has faults whose level fits the verb', () => {
    const verbOf = new Map(requirements.map(({ id, verb }) => [id, verb]));
    const milder = ['SHOULD', 'SHOULD NOT', 'MAY'];
    const harsh = faults.filter(
      ({ requirement, level }) => level === 'fail' && milder.includes(verbOf.get(requirement) ?? ''),
    );
    // Where a recommended member has the wrong type, its definition is broken, not the recommendation; a code that never
    // expires is none; and on scopes_supported of asymmetric clients the guide's sentence states a fact (docs/reading-findings.md).
    expect(new Set(harsh.map(({ requirement }) => requirement))).toEqual(
      new Set([
        'app-launch/code-short-lived',
        'app-launch/expires-in-present',
        'app-launch/fhir-context-type-named',
        'app-launch/standalone-context-provided',
        'discovery/asymmetric-scopes-supported',
        'discovery/brand-identifier',
        'discovery/response-types',
        'discovery/scopes-supported',
        'discovery/token-auth-methods',
        'introspection/fhir-user-repeated',
      ]),
    );
  });
});
