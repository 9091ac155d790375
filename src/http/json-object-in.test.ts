import { expect, test } from 'vitest';
import { jsonObjectIn } from './json-object-in.ts';
import { makeExchange } from './testing/exchange.ts';

test.each<[string, string, unknown]>([
  ['an object', '{"error":"invalid_client"}', { error: 'invalid_client' }],
  ['an array', '[{}]', null],
  ['null', 'null', null],
  ['no JSON', '<html>', null],
  ['nothing', '', null],
])('in an answer with %s', (_, body, expected) => {
  expect(jsonObjectIn(makeExchange({}, { status: 401, body }))).toEqual(expected);
});

test('where no answer came', () => {
  expect(jsonObjectIn({ ...makeExchange(), response: null })).toBeNull();
});
