import { describe, expect, it } from 'vitest';
import { exchangeList } from '../../reports/exchange-list.ts';
import { manyExchanges, sampleReport } from '../../test/fixtures/sample-report.ts';
import { type Report, summarize } from '../kit/index.ts';
import { requirementVerdict } from '../runner/report.ts';
import { mergeReports } from './merge-reports.ts';

/** The part of the sample that a shard with these tests would have reported. */
function shard([from, to]: readonly [number, number], changes: Partial<Report> = {}): Report {
  const report = sampleReport();
  const tests = report.tests.slice(from, to);
  const requirements = report.requirements.map(({ reason: _, ...one }) => {
    const deciding = tests.filter((test) => one.tests.includes(test.id));
    return { ...one, verdict: requirementVerdict(one.id, deciding).verdict };
  });
  return { ...report, tests, requirements, summary: summarize(tests), ...changes };
}
const parts = () => [shard([0, 20]), shard([20, 1000])];

describe('the shards of a run, merged', () => {
  it('say what the whole run would have said', () => {
    const whole = sampleReport();
    const merged = mergeReports(parts());
    expect(merged.tests.map(({ id, outcome }) => [id, outcome])).toEqual(
      whole.tests.map(({ id, outcome }) => [id, outcome]),
    );
    expect(merged.summary).toEqual(whole.summary);
    const verdicts = ({ requirements }: Report) => requirements.map(({ id, verdict }) => [id, verdict]);
    expect(verdicts(merged)).toEqual(
      whole.requirements.map(({ id, tests }) => [
        id,
        requirementVerdict(
          id,
          whole.tests.filter((test) => tests.includes(test.id)),
        ).verdict,
      ]),
    );
  });

  it('keep each finding with its own exchanges', () => {
    const [first, second] = parts();
    if (!first || !second) throw new Error('there are two parts');
    const merged = mergeReports([first, { ...second, exchanges: exchangeList(manyExchanges(3)) }]);
    const ids = [...merged.exchanges].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(merged.exchanges.get(ids.at(-1) ?? '')?.request.url).toBe(manyExchanges(3)[2]?.request.url);
  });

  it.each([
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 4], 4],
    [[4, 1], 1],
    [[1, 130], 130],
    [[0, null], null],
  ])('of exit codes %j have %j', (codes, exitCode) => {
    const [first, second] = parts();
    if (!first || !second) throw new Error('there are two parts');
    const ending = (code: number | null | undefined) => ({
      exitCode: code ?? null,
      finishedAt: code === null ? null : '2026-11-23T10:00:42.310Z',
    });
    const merged = mergeReports([
      { ...first, ...ending(codes[0]) },
      { ...second, ...ending(codes[1]) },
    ]);
    expect(merged.exitCode).toBe(exitCode);
  });

  it('bear known findings as of the latest part', () => {
    const [first, second] = parts();
    if (!first || !second) throw new Error('there are two parts');
    const failed = first.tests.flatMap(({ id, findings }) =>
      findings.filter(({ level }) => level === 'fail').map(({ requirement }) => ({ test: id, requirement })),
    )[0];
    if (!failed) throw new Error('the first part has a failure');
    const entry = { ...failed, reason: 'known', expires: '2026-11-23', status: 'known' } as const;
    const statusAt = (startedAt: string) =>
      mergeReports([
        { ...first, baseline: { findings: [entry] } },
        { ...second, baseline: { findings: [entry] }, startedAt },
      ]).baseline?.findings.map(({ status }) => status);
    expect(statusAt('2026-11-23T23:00:00.000Z')).toEqual(['known']);
    expect(statusAt('2026-11-24T01:00:00.000Z')).toEqual(['expired']);
  });

  it('are refused when they are not of one run', () => {
    const target = { ...sampleReport().target, fhirBaseUrl: 'https://other.example.org/fhir' };
    expect(() => mergeReports([sampleReport(), sampleReport({ target, tests: [] })])).toThrow(
      /not of one run: fhirBaseUrl is .* and https:\/\/other\.example\.org\/fhir/,
    );
    expect(() => mergeReports([sampleReport(), sampleReport()])).toThrow('several hold the test discovery/');
  });
});
