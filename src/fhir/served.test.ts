import { expect, test } from 'vitest';
import { makeExchange } from '../http/testing/exchange.ts';
import { addressOf, nextPage, resourcesServed, servedResources } from './served.ts';

const answering = (body: unknown, status = 200) => makeExchange({}, { status, body: JSON.stringify(body) });
const one = { resourceType: 'Observation', id: '1' };
const two = { resourceType: 'Condition', id: '2' };
const outcome = { resourceType: 'OperationOutcome' };
const bundle = (...resources: unknown[]) => ({
  resourceType: 'Bundle',
  entry: resources.map((resource) => ({ resource })),
});

test.each<[string, unknown, number, readonly string[]]>([
  ['a resource', one, 200, ['Observation/1']],
  ['a Bundle', bundle(one, two), 200, ['Observation/1', 'Condition/2']],
  ['a search within a batch', bundle(bundle(one), two), 200, ['Observation/1', 'Condition/2']],
  ['what is said about the request', bundle(outcome, one), 200, ['Observation/1']],
  ['an error', outcome, 403, []],
  ['an error with data', one, 403, []],
  ['an empty Bundle', { resourceType: 'Bundle', total: 0 }, 200, []],
  ['entries without a resource', { resourceType: 'Bundle', entry: [{ response: { status: '204' } }, null] }, 200, []],
  ['no resource', 'text', 200, []],
])('%s', (_, body, status, expected) => {
  expect(resourcesServed(answering(body, status)).map(addressOf)).toEqual(expected);
});

test('resources of one type are told from others', () => {
  expect(servedResources(answering(bundle(one, two)), 'Condition')).toEqual([two]);
});

test('the next page is found, and only that', () => {
  const link = [
    { relation: 'self', url: 'https://ehr.example.org/a' },
    { relation: 'next', url: 'https://ehr.example.org/b' },
  ];
  expect(nextPage(answering({ resourceType: 'Bundle', link }))).toBe('https://ehr.example.org/b');
  expect(nextPage(answering({ resourceType: 'Bundle', link: link.slice(0, 1) }))).toBeNull();
  expect(nextPage(answering('text'))).toBeNull();
});
