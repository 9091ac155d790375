import { describe, expect, it } from 'vitest';
import { passingReport, sampleReport } from '../test/fixtures/sample-report.ts';
import { reporterNames, reporters } from './index.ts';

describe('the reporters', () => {
  it.each([
    ['terminal', null],
    ['json', 'results.json'],
    ['junit', 'junit.xml'],
    ['html', 'report.html'],
    ['markdown', 'report.md'],
    ['har', 'exchanges.har'],
  ] as const)('are found by name: %s', async (name, fileName) => {
    const reporter = await reporters[name]({ color: false, columns: 80, dumb: false, quiet: false, wholeIn: null });
    expect(reporter).toMatchObject({ name, fileName });
    expect([...reporter.render(passingReport())].join('')).not.toBe('');
  });

  it.each(['terminal', 'json', 'junit', 'html', 'markdown'] as const)(
    '%s shows which entries of the configuration may be why',
    async (name) => {
      const reporter = await reporters[name]({ color: false, columns: 80, dumb: false, quiet: false, wholeIn: null });
      const text = [...reporter.render(sampleReport())].join('').replace(/\s+/g, ' ');
      expect(text).toMatch(/look first at the FHIR base URL/);
      expect(text).toMatch(/look first at users\.patient\.username/);
    },
  );

  it('are all named', () => {
    expect(Object.keys(reporters)).toEqual([...reporterNames]);
  });
});
