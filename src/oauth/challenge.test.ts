import { expect, it } from 'vitest';
import { bearerChallenges, parameterOf, readChallenges } from './challenge.ts';

it.each([
  ['', []],
  ['Bearer', [['bearer', []]]],
  ['Bearer realm="fhir"', [['bearer', [['realm', 'fhir']]]]],
  [
    'bearer realm="a, \\"b\\"", error=invalid_token',
    [
      [
        'bearer',
        [
          ['realm', 'a, "b"'],
          ['error', 'invalid_token'],
        ],
      ],
    ],
  ],
  [
    'Basic realm="x", Bearer error="invalid_token", Error="again"',
    [
      ['basic', [['realm', 'x']]],
      [
        'bearer',
        [
          ['error', 'invalid_token'],
          ['error', 'again'],
        ],
      ],
    ],
  ],
  [
    'Negotiate, Bearer scope="a b"',
    [
      ['negotiate', []],
      ['bearer', [['scope', 'a b']]],
    ],
  ],
  [
    'Negotiate YII+ab/c==, Bearer realm=x',
    [
      ['negotiate', []],
      ['bearer', [['realm', 'x']]],
    ],
  ],
])('reads %j', (header, expected) => {
  expect(readChallenges(header)?.map(({ scheme, parameters }) => [scheme, parameters])).toEqual(expected);
});

it.each(['Bearer realm="unclosed', '"Bearer"', 'Bearer =x'])('refuses %j', (header) => {
  expect(readChallenges(header)).toBeNull();
});

it('finds the Bearer challenge and its parameters', () => {
  const [challenge] = bearerChallenges('Basic realm="x", Bearer error="invalid_token"');
  expect(challenge && parameterOf(challenge, 'error')).toBe('invalid_token');
  expect(bearerChallenges(undefined)).toEqual([]);
});
