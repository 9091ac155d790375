import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allowsWith,
  covers,
  isMalformed,
  isPermission,
  type Letter,
  letters,
  type ResourceScope,
  readResourceScope,
  scopesBeyond,
  unfactored,
  writeResourceScope,
} from './scope.ts';

const level = fc.constantFrom('patient', 'user', 'system');
const type = fc.oneof(fc.constant('*'), fc.constantFrom('Patient', 'Observation', 'Condition', 'ResearchStudy'));
const permissions = fc.subarray([...letters], { minLength: 1 });
const text = fc.string({ minLength: 1, unit: 'grapheme' });
const parameters = fc.array(fc.tuple(text, text), { maxLength: 4 });
const v2: fc.Arbitrary<ResourceScope> = fc.record({
  level,
  type,
  permissions,
  parameters,
  syntax: fc.constant('v2'),
});
const v1: fc.Arbitrary<ResourceScope> = fc.record({
  level,
  type,
  permissions: fc.constantFrom<readonly Letter[]>(['r', 's'], ['c', 'u', 'd'], ['c', 'r', 'u', 'd', 's']),
  parameters: fc.constant([]),
  syntax: fc.constant('v1'),
});
const simple = fc.record({
  level: fc.constantFrom('patient', 'user'),
  type: fc.constantFrom('*', 'Patient', 'Observation'),
  permissions,
  parameters: fc.subarray<[string, string]>([
    ['category', 'a'],
    ['category', 'a,b'],
    ['code', 'c'],
  ]),
  syntax: fc.constant('v2' as const),
});
const grant = fc.array(simple.map(writeResourceScope), { maxLength: 5 });

/** Every suffix of up to five letters out of `cruds`, repetitions included. */
const suffixes = (function extend(length: number): readonly string[] {
  return length === 0 ? [''] : ['', ...letters.flatMap((letter) => extend(length - 1).map((rest) => letter + rest))];
})(5);

describe('the grammar', () => {
  test('reads back what it writes, in either syntax', () => {
    fc.assert(
      fc.property(fc.oneof(v1, v2), (scope) => {
        const written = writeResourceScope(scope);
        expect(readResourceScope(written)).toEqual(scope);
        // RFC 6749 section 3.3: scope-token
        expect(written).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
      }),
    );
  });

  test('reads every subset of cruds in order, and nothing else that is made of these letters', () => {
    const read = suffixes.filter((suffix) => readResourceScope(`patient/Observation.${suffix}`) !== null);
    const subsets = letters.reduce((sets, letter) => sets.concat(sets.map((set) => set + letter)), ['']);
    expect([...read].sort()).toEqual(subsets.filter((set) => set !== '').sort());
    expect(read).toHaveLength(31);
  });

  test('reads no shuffled subset', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...letters], { minLength: 2 }), (shuffled) => {
        const suffix = shuffled.join('');
        const sorted = letters.filter((letter) => shuffled.includes(letter)).join('');
        const scope = readResourceScope(`user/*.${suffix}`);
        expect(scope?.permissions.join('') ?? null).toBe(suffix === sorted ? sorted : null);
        expect(isMalformed(`user/*.${suffix}`)).toBe(suffix !== sorted);
      }),
    );
  });

  test.each([
    'patient/Observation.dus',
    'patient/Observation.',
    'patient/Observation',
    'patient/observation.rs',
    'patient/*.readwrite',
    'patient/Observation.read?category=a',
    'patient/Observation.rs?',
    'patient/Observation.rs?category',
    'patient/Observation.rs?=a',
    'patient/Observation.rs?category=a&',
    'patient/Observation.rs?category=%zz',
    'patient/*.constructor',
    'user/.rs',
  ])('%s is malformed', (scope) => {
    expect(readResourceScope(scope)).toBeNull();
    expect(isMalformed(scope)).toBe(true);
  });

  test.each(['launch/patient', 'openid', 'https://example.org/scopes/x', '__x', 'Patient.rs'])(
    '%s is none for resources',
    (scope) => {
      expect(readResourceScope(scope)).toBeNull();
      expect(isMalformed(scope)).toBe(false);
    },
  );

  test('undoes percent-encoding, and keeps a plus sign', () => {
    const scope = readResourceScope('patient/Observation.rs?category=http%3A%2F%2Fx.org%2Fc%7Claboratory&code=a+b%3D');
    expect(scope?.parameters).toEqual([
      ['category', 'http://x.org/c|laboratory'],
      ['code', 'a+b='],
    ]);
  });
});

describe('scopes as sets', () => {
  test('a grant covers itself, in any order and written anew', () => {
    fc.assert(
      fc.property(grant, grant, (one, other) => {
        expect(scopesBeyond([...other, ...one], one)).toEqual([]);
      }),
    );
  });

  test('covering is transitive, and more scopes cover more', () => {
    fc.assert(
      fc.property(grant, grant, grant, (wide, middle, narrow) => {
        const within = (outer: readonly string[], inner: readonly string[]) => scopesBeyond(outer, inner).length === 0;
        if (within(wide, middle) && within(middle, narrow)) expect(within(wide, narrow)).toBe(true);
        if (within(middle, narrow)) expect(within([...wide, ...middle], narrow)).toBe(true);
      }),
    );
  });

  test('one scope for all its letters is as good as one for each', () => {
    fc.assert(
      fc.property(simple, (scope) => {
        const whole = writeResourceScope(scope);
        const parts = scope.permissions.map((letter) => writeResourceScope({ ...scope, permissions: [letter] }));
        expect(covers(parts, whole)).toBe(true);
        expect(scopesBeyond([whole], parts)).toEqual([]);
        expect(parts.length > 1 ? unfactored(parts) : [parts]).toEqual([parts]);
      }),
    );
  });

  test('a letter that is not granted is not covered, however the rest is combined', () => {
    fc.assert(
      fc.property(fc.array(simple, { maxLength: 5 }), fc.constantFrom(...letters), (scopes, letter) => {
        const without = scopes.flatMap((scope) => {
          const rest = scope.permissions.filter((one) => one !== letter);
          return rest.length > 0 ? writeResourceScope({ ...scope, permissions: rest }) : [];
        });
        expect(covers(without, `patient/Observation.${letter}`)).toBe(false);
        expect(allowsWith(without, 'Observation', letter)).toBe(false);
      }),
    );
  });

  test('a condition only ever narrows', () => {
    fc.assert(
      fc.property(simple, text, text, (scope, name, value) => {
        const narrower = writeResourceScope({ ...scope, parameters: [...scope.parameters, [name, value]] });
        expect(covers([writeResourceScope(scope)], narrower)).toBe(true);
      }),
    );
  });

  test.each([
    ['patient/*.rs', 'patient/Observation.rs', ''],
    ['patient/*.read', 'patient/*.rs', ''],
    ['patient/*.rs', 'patient/*.read', ''],
    ['patient/*.s patient/*.r', 'patient/*.rs', ''],
    ['patient/*.*', 'patient/*.cruds patient/Patient.write', ''],
    ['patient/Observation.rs', 'patient/*.rs', 'patient/*.rs'],
    ['patient/*.r', 'patient/*.rs', 'patient/*.rs'],
    ['patient/*.rs', 'user/*.rs', 'user/*.rs'],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs', 'patient/Observation.rs'],
    ['patient/Observation.rs', 'patient/Observation.rs?category=a', ''],
    ['patient/Observation.rs?a=1&b=2', 'patient/Observation.r?b=2&a=1', ''],
    ['patient/Observation.rs?a=1', 'patient/Observation.r?b=2&a=1', ''],
    ['patient/Observation.rs?a=1&b=2', 'patient/Observation.r?a=1', 'patient/Observation.r?a=1'],
    ['patient/Observation.rs?a=1,2', 'patient/Observation.rs?a=2', ''],
    ['patient/Observation.rs?a=2', 'patient/Observation.rs?a=1,2', 'patient/Observation.rs?a=1,2'],
    ['patient/Observation.rs?a=x%7Cy', 'patient/Observation.rs?a=x|y', ''],
    ['patient/Observation.sr', 'patient/Observation.rs', 'patient/Observation.rs'],
    ['patient/Observation.sr', 'patient/Observation.sr', ''],
    ['http://smarthealthit.org/fhir/scopes/patient/*.rs', 'patient/Patient.rs', ''],
    ['openid', 'openid fhirUser', 'fhirUser'],
    ['', '', ''],
  ])('of %j, %j has %j beyond', (granted, scopes, beyond) => {
    const list = (joined: string) => joined.split(' ').filter((scope) => scope !== '');
    expect(scopesBeyond(list(granted), list(scopes))).toEqual(list(beyond));
  });

  test('what could be one scope is found, whatever stands between', () => {
    const scopes = ['patient/A.r', 'patient/B.rs', 'user/A.s', 'patient/A.rs', 'patient/A.r?x=1', 'patient/A.read'];
    expect(unfactored(scopes)).toEqual([['patient/A.r', 'patient/A.rs']]);
  });
});

test.each([
  ['launch/patient', false],
  ['offline_access', false],
  ['openid', false],
  // A parameter of OpenID Connect, which some name among what they grant.
  ['nonce', false],
  ['patient/*.rs', true],
  ['vendor.admin', true],
])('%s gives access: %j', (scope, gives) => {
  expect(isPermission(scope)).toBe(gives);
});
