import { describe, expect, it } from 'vitest';
import type { Report, RequirementVerdict } from '../src/kit/index.ts';
import { sampleReport } from '../test/fixtures/sample-report.ts';
import { diffReports, diffText, regressions } from './diff.ts';

/** The sample with other verdicts on some requirements. */
function having(verdicts: Readonly<Record<string, RequirementVerdict>>): Report {
  const report = sampleReport();
  const requirements = report.requirements.map((one) => ({ ...one, verdict: verdicts[one.id] ?? one.verdict }));
  return { ...report, requirements };
}
const ids = (verdict: RequirementVerdict) =>
  sampleReport().requirements.flatMap((one) => (one.verdict === verdict ? one.id : []));

describe('what changed between two runs', () => {
  it('is nothing for one report and itself', () => {
    const diff = diffReports(sampleReport(), sampleReport());
    expect(diff).toEqual({ requirements: [], tests: [] });
    expect([...diffText(diff)].join('')).toBe('nothing changed\n');
  });

  it('names what is violated now and was not, with what was found', () => {
    const [violated = ''] = ids('violated');
    const diff = diffReports(having({ [violated]: 'holds' }), sampleReport());
    expect(regressions(diff)).toEqual([
      { id: violated, before: 'holds', after: 'violated', message: expect.any(String) },
    ]);
    expect([...diffText(diff)].join('')).toContain(`Worse\n  ${violated}: holds → violated\n      `);
  });

  it('names what was mended, and it is no regression', () => {
    const [violated = ''] = ids('violated');
    const diff = diffReports(sampleReport(), having({ [violated]: 'holds' }));
    expect(regressions(diff)).toEqual([]);
    expect([...diffText(diff)].join('')).toContain(`Better\n  ${violated}: violated → holds\n`);
  });

  it('does not take what is no longer tested for better', () => {
    const [violated = ''] = ids('violated');
    const text = [...diffText(diffReports(sampleReport(), having({ [violated]: 'untested' })))].join('');
    expect(text).toContain(`Otherwise changed\n  ${violated}: violated → untested\n`);
    expect(text).toMatch(/1 requirement changed: 0 worse, 0 better\n$/);
  });

  it('names tests that only one of the reports has', () => {
    const [gone, ...rest] = sampleReport().tests;
    const diff = diffReports(sampleReport(), sampleReport({ tests: rest }));
    expect(diff.tests).toEqual([{ id: gone?.id, before: gone?.outcome, after: null }]);
  });
});
