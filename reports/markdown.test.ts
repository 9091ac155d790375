import { describe, expect, it } from 'vitest';
import { hostileText, passingReport, sampleReport } from '../test/fixtures/sample-report.ts';
import { markdownReporter } from './markdown.ts';

const rendered = (report = sampleReport()) => [...markdownReporter.render(report)].join('');

describe('report.md', () => {
  it('begins with the verdict and says what failed, with what was expected and seen', () => {
    const text = rendered();
    expect(text).toMatch(/^# smart-check: FAILED\n\n3 of 46 tested requirements do not hold, 2 warnings\.\n/);
    expect(text).toContain('\n## Failed: 3 requirements\n');
    expect(text).toMatch(/### `discovery\/media-type`\n\n\[SHALL\]\(https:\/\/hl7\.org\/[^)]+\): /);
    expect(text).toMatch(/- expected: /);
    expect(text).toMatch(/- x\d+: `GET https:/);
  });

  it('counts the requirements suite by suite', () => {
    expect(rendered(passingReport())).toContain('| Discovery | 0 | 0 | 12 | 0 |');
  });

  it('says of a run without findings no more than that', () => {
    expect(rendered(passingReport())).not.toMatch(/Failed|Warnings|Blocked|Not tested/);
  });

  it('shows what a server sent as text: no markup, no HTML, no link, no mention', () => {
    const [test, ...others] = sampleReport().tests;
    const sent = `${hostileText} [x](javascript:1) **bold** <b> @octocat https://evil.example | \`code\``;
    if (!test) throw new Error('the sample has a test');
    const finding = { requirement: 'discovery/media-type', level: 'fail', message: sent, exchanges: [] } as const;
    const report = sampleReport({ tests: [{ ...test, findings: [finding] }, ...others] });
    // What stands in code spans is shown as it is.
    const text = rendered(report).replace(/(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    expect(text).not.toMatch(/(?<!\\)<(?!!-- -->)/);
    expect(text).not.toContain('[x](javascript');
    expect(text).not.toContain('**bold**');
    expect(text).not.toContain('@octocat');
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('closes a code span after backticks that are in it', () => {
    const target = { fhirBaseUrl: 'https://ehr.example.org/a``b', specVersion: '2.2', fhirVersion: null } as const;
    expect(rendered(sampleReport({ target }))).toContain('``` https://ehr.example.org/a``b ```');
  });
});
