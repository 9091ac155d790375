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
const textOf = (before: Report, after: Report) => [...diffText(diffReports(before, after), { before, after })].join('');
const ids = (verdict: RequirementVerdict) =>
  sampleReport().requirements.flatMap((one) => (one.verdict === verdict ? one.id : []));

describe('what changed between two runs', () => {
  it('is nothing for one report and itself', () => {
    expect(diffReports(sampleReport(), sampleReport())).toEqual({ requirements: [], tests: [] });
    expect(textOf(sampleReport(), sampleReport())).toBe('nothing changed\n');
  });

  it('names what is violated now and was not, with what was found', () => {
    const [violated = ''] = ids('violated');
    const before = having({ [violated]: 'holds' });
    expect(regressions(diffReports(before, sampleReport()))).toEqual([
      { id: violated, before: 'holds', after: 'violated', message: expect.any(String) },
    ]);
    expect(textOf(before, sampleReport())).toContain(`Worse\n  ${violated}: holds → violated\n      `);
  });

  it('names what was mended, and it is no regression', () => {
    const [violated = ''] = ids('violated');
    const after = having({ [violated]: 'holds' });
    expect(regressions(diffReports(sampleReport(), after))).toEqual([]);
    expect(textOf(sampleReport(), after)).toContain(`Better\n  ${violated}: violated → holds\n`);
  });

  it('does not take what is no longer tested for better', () => {
    const [violated = ''] = ids('violated');
    const text = textOf(sampleReport(), having({ [violated]: 'untested' }));
    expect(text).toContain(`Otherwise changed\n  ${violated}: violated → untested\n`);
    expect(text).toMatch(/1 requirement changed: 0 worse, 0 better\n$/);
  });

  it('names tests that only one of the reports has', () => {
    const [gone, ...rest] = sampleReport().tests;
    const diff = diffReports(sampleReport(), sampleReport({ tests: rest }));
    expect(diff.tests).toEqual([{ id: gone?.id, before: gone?.outcome, after: null }]);
  });

  describe('folds what only one of the runs looked at', () => {
    it('to the suites that it had alone', () => {
      const whole = sampleReport();
      const suites = whole.suites.filter((suite) => suite !== 'app-launch');
      const within = ({ id }: { readonly id: string }) => !id.startsWith('app-launch/');
      const part = sampleReport({
        suites,
        tests: whole.tests.filter(within),
        requirements: whole.requirements.filter(within),
      });
      expect(textOf(whole, part)).toContain('Not looked at by both\n  only the first ran: app-launch\n');
      expect(textOf(whole, part)).not.toMatch(/holds → |passed → /);
      expect(textOf(part, whole)).toContain('  only the second ran: app-launch\n');
      // For machines, each of them.
      expect(diffReports(whole, part).tests.length).toBeGreaterThan(20);
    });

    it('to one line for each reason, and what is untested now is neither better nor worse', () => {
      const before = having({});
      const held = ids('holds');
      const requirements = before.requirements.map((one) =>
        one.verdict === 'holds' ? { ...one, verdict: 'untested' as const, reason: 'its test was not asked for' } : one,
      );
      const text = textOf(before, { ...before, requirements });
      expect(held.length).toBeGreaterThan(10);
      expect(text).toContain(
        `Not looked at by both\n  holds → untested, now: its test was not asked for (${held.length} requirements: ${held.slice(0, 3).join(', ')} …)\n`,
      );
      expect(text.split('\n').length).toBeLessThan(6);
      expect(text).toMatch(/0 requirements changed: 0 worse, 0 better; \d+ requirements not looked at by both\n$/);
    });

    it('but not what a run of less extent finds violated', () => {
      const [violated = ''] = ids('violated');
      const before = having({ [violated]: 'untested' });
      expect(textOf(before, sampleReport())).toContain(`Worse\n  ${violated}: untested → violated\n`);
    });
  });
});
