import { describe, expect, it } from 'vitest';
import type { Report } from '../src/kit/index.ts';
import { passingReport, sampleReport } from '../test/fixtures/sample-report.ts';
import { notTested, verdict } from './verdict.ts';

const nothingTested = sampleReport({
  exitCode: 0,
  requirements: sampleReport().requirements.filter(({ verdict }) => verdict === 'untested'),
});
const warnedOnly = (exitCode: number): Report =>
  sampleReport({ exitCode, requirements: sampleReport().requirements.filter(({ verdict }) => verdict !== 'violated') });

function allKnown(exitCode: number): Report {
  const baseline = { reason: 'R', expires: '2027-01-01', expired: false };
  const tests = sampleReport().tests.map((test) => ({
    ...test,
    findings: test.findings.map((finding) => ({ ...finding, baseline })),
  }));
  return sampleReport({ exitCode, tests });
}

describe('the verdict', () => {
  it.each<[string, Report, string, string, string]>([
    ['all holds', passingReport(), 'PASSED', 'good', 'All 12 tested requirements hold'],
    ['warnings', warnedOnly(0), 'PASSED', 'good', 'No requirement is violated; 2 of 43 tested have warnings'],
    ['a run that tested nothing', nothingTested, 'NOTHING TESTED', 'open', 'No requirement was tested'],
    ['violations', sampleReport(), 'FAILED', 'bad', '3 of 46 tested requirements do not hold, 2 warnings'],
    ['a demand not met', warnedOnly(1), 'FAILED', 'bad', '--fail-on or --require'],
    ['blocked', warnedOnly(3), 'BLOCKED', 'open', 'Nothing failed, but 21 tests were blocked'],
    [
      'a demand not met beside what is known',
      allKnown(1),
      'FAILED',
      'bad',
      '3 of 46 tested requirements do not hold, and all of them are known, but what --fail-on or --require asked for',
    ],
    [
      'blocked beside what is known',
      sampleReport({ exitCode: 3 }),
      'BLOCKED',
      'open',
      '3 of 46 tested requirements do not hold, and all of them are known, but 21 tests were blocked, 2 warnings',
    ],
    ['our own error', warnedOnly(4), 'ERROR', 'open', 'smart-check itself failed in 1 test'],
    [
      'interrupted',
      sampleReport({ exitCode: 130 }),
      'INTERRUPTED',
      'open',
      'so far 3 of 46 tested requirements do not hold',
    ],
    ['not ended', sampleReport({ exitCode: null }), 'UNFINISHED', 'open', 'The run has not ended'],
    ['wrong usage', sampleReport({ exitCode: 2 }), 'USAGE ERROR', 'open', 'configuration is wrong'],
  ])('on %s', (_, report, word, tone, sentence) => {
    expect(verdict(report)).toMatchObject({ word, tone, sentence: expect.stringContaining(sentence) });
  });

  it('only a run that tested something and was not cut off is good', () => {
    const reports = [nothingTested, ...[1, 2, 3, 4, 130, null].map((exitCode) => sampleReport({ exitCode }))];
    expect(reports.map((report) => verdict(report).tone)).not.toContain('good');
  });

  it('says what was not tested and why', () => {
    expect(notTested(sampleReport())).toBe(
      '29 of 75 requirements; app-launch: 20 tests are blocked, as the sign-in page could not be passed; backend-services: 4 tests need clients.backend in the configuration; 1 more reason',
    );
    expect(notTested(sampleReport({ notTested: ['x'.repeat(1000)] }))).toBe(
      `29 of 75 requirements; ${'x'.repeat(159)}…`,
    );
    expect(notTested(sampleReport({ notTested: [] }))).toBe(
      '29 of 75 requirements; 29 tests (21 blocked, 1 errored, 4 not configured, 1 undecided, 2 not advertised)',
    );
    expect(notTested(passingReport())).toBe('');
  });
});
