import { expect, test } from 'vitest';
import type { Level, Outcome, TestResult } from '../kit/index.ts';
import { applyBaseline } from './apply-baseline.ts';

const requirement = 'discovery/a';
const requirements = [{ id: requirement, tests: ['discovery/one', 'discovery/other'] }];

function result(id: string, outcome: Outcome, levels: readonly Level[] = [], why?: TestResult['why']): TestResult {
  const findings = levels.map((level) => ({ requirement, level, message: level, exchanges: [] }));
  const base = { id, suite: 'discovery', title: id, startedAt: '2026-11-25T00:00:00Z', durationMs: 1 };
  return { ...base, outcome, findings, ...(why && { why }) };
}

const one = result('discovery/one', 'passed', ['pass']);

test.each<[string, readonly TestResult[], string]>([
  ['each test decides', [one, result('discovery/other', 'warned', ['pass'])], 'cured'],
  ['the other does not apply', [one, result('discovery/other', 'skipped', [], 'not-advertised')], 'cured'],
  ['the other was not run', [one], 'unseen'],
  [
    'the other needs what is not configured',
    [one, result('discovery/other', 'skipped', [], 'not-configured')],
    'unseen',
  ],
  ['the other was blocked', [one, result('discovery/other', 'blocked')], 'unseen'],
  ['the other broke off half-way', [one, result('discovery/other', 'errored', ['pass'])], 'unseen'],
])('an entry for any test is cured when every test decided: %s', (_, tests, status) => {
  const known = { requirement, reason: 'R', expires: '2027-01-01' };
  const { baseline } = applyBaseline({ findings: [known] }, { tests, requirements }, '2026-11-25');
  expect(baseline.findings).toEqual([{ ...known, status }]);
});

test('an entry for one test asks nothing of the others', () => {
  const known = { requirement, test: 'discovery/one', reason: 'R', expires: '2027-01-01' };
  const { baseline } = applyBaseline({ findings: [known] }, { tests: [one], requirements }, '2026-11-25');
  expect(baseline.findings).toMatchObject([{ status: 'cured' }]);
});
