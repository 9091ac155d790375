import { expect, test } from 'vitest';
import { makeExchange } from '../../src/http/testing/exchange.ts';
import type { Evidence, Remark } from '../../src/kit/index.ts';
import { controlled, judgeProbes, type Probe } from './judging.ts';

const served = (status: number, body: unknown) => makeExchange({}, { status, body: JSON.stringify(body) });
const secret = { resourceType: 'Observation', id: 'secret' };
const isForbidden: Probe['isForbidden'] = ({ id }) => id === 'secret';
const control = controlled(served(200, secret), isForbidden);
const probe = (exchange: Probe['exchange'], by: Probe['control'] = control): Probe => ({
  what: 'GET x',
  exchange,
  isForbidden,
  control: by,
});

function judged(...probes: readonly Probe[]): readonly string[] {
  const said: string[] = [];
  judgeProbes('x/y', probes, 'nothing', {
    must: (_id: string, holds: boolean, _evidence: Evidence) => said.push(holds ? 'pass' : 'fail'),
    undecided: (_id: string, _remark: Remark) => said.push('undecided'),
  });
  return said;
}

const refusal = served(403, { resourceType: 'OperationOutcome' });

test.each<[string, readonly Probe[], readonly string[]]>([
  ['what is refused, and is there', [probe(refusal)], ['pass']],
  ['what is not found among others', [probe(served(200, { resourceType: 'Bundle', entry: [] }))], ['pass']],
  ['what is served', [probe(served(200, secret))], ['fail']],
  ['what is served, though nobody could show that it is there', [probe(served(200, secret), null)], ['fail']],
  ['what is refused, and perhaps not there', [probe(refusal, null)], ['undecided']],
  ['what the server could not deal with', [probe(served(500, {}))], ['undecided']],
  ['what was not reached', [probe(makeExchange({}, null))], ['undecided']],
  ['one leak among refusals', [probe(refusal), probe(served(200, secret))], ['fail', 'pass']],
])('%s', (_, probes, expected) => {
  expect(judged(...probes)).toEqual(expected);
});

test('a control that shows nothing to be withheld is none', () => {
  expect(controlled(served(200, { resourceType: 'Observation', id: 'other' }), isForbidden)).toBeNull();
  expect(controlled(refusal, isForbidden)).toBeNull();
});

test.each([
  ['scopes/one-patient-only', 'data.otherPatient'],
  ['scopes/granular-scope-filters', 'data.otherCategory'],
  ['scopes/within-user-rights', 'users.restricted.mayNotSee'],
  ['scopes/token-validated', 'data.resourceType'],
])('what nothing shows of %s, %s would', (id, key) => {
  const said: string[] = [];
  const undecided = (_id: string, { message }: Remark) => said.push(message);
  judgeProbes(id, [probe(refusal, null)], 'nothing', { must: () => expect.unreachable(), undecided });
  expect(said).toEqual([expect.stringContaining(key)]);
});

test('what the server broke at is told as that', () => {
  const said: string[] = [];
  const undecided = (_id: string, { message }: Remark) => said.push(message);
  judgeProbes('x/y', [probe(served(500, {}))], 'nothing', { must: () => expect.unreachable(), undecided });
  expect(said).toEqual([expect.stringContaining('GET x: 500')]);
});
