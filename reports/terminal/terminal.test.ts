import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Report, RunEvent, TestResult } from '../../src/kit/index.ts';
import { passingReport, sampleReport } from '../../test/fixtures/sample-report.ts';
import { exchangeList } from '../exchange-list.ts';
import { terminalReporter } from './index.ts';
import { createLiveOutput, type LiveOptions } from './live.ts';
import type { TerminalOptions } from './options.ts';
import { wrap } from './wrap.ts';

const plain: TerminalOptions = { color: false, columns: 80, dumb: false, quiet: false, wholeIn: 'report.html' };

function summary(report: Report, options: Partial<TerminalOptions> = {}): string {
  return [...terminalReporter({ ...plain, ...options }).render(report)].join('');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

describe('the final summary', () => {
  const text = summary(sampleReport());

  it('has a line for each suite', () => {
    expect(text).toContain('\n  discovery         3 failed, 1 errored, 2 warned, 40 passed, 3 skipped\n');
    expect(text).toContain('\n  app-launch        21 blocked\n');
  });

  it('shows a failure in full', () => {
    expect(text).toContain(
      [
        '  1. discovery/media-type (SHALL)',
        '     The document came as text/html when asked with Accept: text/html; JSON is',
        '     due whatever is asked for.',
        '       expected  application/json',
        '       actual    text/html; charset=utf-8',
        '       x2        GET https://ehr.example.org/tenant-7/fhir/.well-known/smart-configuration → 200 text/html',
      ].join('\n'),
    );
    expect(text).toContain(
      '       guide     https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known\n',
    );
  });

  it('puts the requirement in place of a message that only restates', () => {
    expect(text).toContain(
      '(SHALL)\n     grant_types_supported is an array of the grant types the token endpoint\n     takes\n       expected  an array of strings\n',
    );
  });

  it('of many findings against one requirement shows the first few, and says nothing twice', () => {
    const sample = sampleReport();
    const leaks = Array.from({ length: 30 }, (_, index) => ({
      requirement: 'discovery/media-type',
      level: 'fail' as const,
      message: `expected nothing; got Observation/${index}`,
      expected: 'nothing',
      actual: `Observation/${index}`,
      exchanges: [],
    }));
    const [first, ...rest] = sample.tests;
    if (first === undefined) throw new Error('no test');
    const report = sampleReport({ tests: [{ ...first, findings: leaks }, ...rest] });
    const leaky = summary(report);
    expect(leaky.match(/actual {4}Observation/g)).toHaveLength(4);
    expect(leaky.match(/expected {2}nothing/g)).toHaveLength(1);
    expect(leaky).toContain(
      '       actual    Observation/2\n\n       actual    Observation/3\n     and 26 more findings: report.html\n',
    );
    expect(summary(report, { wholeIn: null }).match(/actual {4}Observation/g)).toHaveLength(30);
  });

  it('of many exchanges shows the first two and the last, which decided', () => {
    const [first, ...rest] = sampleReport().tests;
    if (first === undefined) throw new Error('no test');
    const findings = first.findings.map((finding) => ({ ...finding, exchanges: ['x1', 'x2', 'x3', 'x4', 'x5'] }));
    expect(summary(sampleReport({ tests: [{ ...first, findings }, ...rest] }))).toMatch(
      / x1 .*\n +x2 .*\n +x5 .*\n +and 2 more exchanges\n/,
    );
  });

  it('shows what a refusal of OAuth says', () => {
    const sample = sampleReport();
    const refusals = [...sample.exchanges].map((exchange) => ({
      ...exchange,
      response: {
        status: 401,
        headers: {},
        body: '{"error":"invalid_client","error_description":"no such secret"}',
        bodyBytes: 68,
        truncated: false,
      },
    }));
    expect(summary(sampleReport({ exchanges: exchangeList(refusals) }))).toMatch(
      /x2 {8}GET \S+ → 401\n {17}invalid_client: no such secret\n/,
    );
  });

  it('shows twenty tests blocked for one cause once', () => {
    expect(text.match(/The sign-in page could not be passed/g)).toHaveLength(1);
    expect(text).toContain('■ 20 tests: The sign-in page');
    expect(text).toMatch(/app-launch\/launched-1, .*\n?.*and 17 more/);
  });

  it('of a reason of several lines shows the first and where the rest is, or all where it is nowhere', () => {
    const reason = 'no control fits\nIt shows: button "Go on".\nauthorize:\n  drive: steps';
    const stuck = (test: TestResult): TestResult => (test.outcome === 'blocked' ? { ...test, reason } : test);
    const report = sampleReport({ tests: sampleReport().tests.map(stuck), notTested: [`21 tests blocked: ${reason}`] });
    expect(summary(report)).toContain('   ■ 21 tests: no control fits\n     (the rest of it: report.html)\n');
    expect(summary(report)).toContain('Not tested\n\n   ○ 21 tests blocked, as said above\n\n');
    expect(summary(report, { wholeIn: null })).toContain(
      '   ■ 21 tests: no control fits\n     It shows: button "Go on".\n     authorize:\n       drive: steps\n',
    );
  });

  it('says on the last line what does not hold, what was not tested and why', () => {
    expect(lastLine(text)).toBe(
      'FAILED  3 of 46 tested requirements do not hold, 2 warnings; not tested: 29 of 75 requirements; app-launch: 20 tests are blocked, as the sign-in page could not be passed; backend-services: 4 tests need clients.backend in the configuration; 1 more reason',
    );
    expect(lastLine(summary(passingReport()))).toBe('PASSED  All 12 tested requirements hold; everything was tested');
    expect(lastLine(summary(sampleReport({ notTested: [] })))).toMatch(/requirements; 29 tests \(21 blocked, .*\)$/);
  });

  it('does not look green when nothing was tested', () => {
    const requirements = sampleReport().requirements.filter(({ verdict }) => verdict === 'untested');
    expect(lastLine(summary(sampleReport({ exitCode: 0, requirements })))).toMatch(/^NOTHING TESTED {2}/);
  });

  it('is that line alone when quiet', () => {
    expect(summary(sampleReport(), { quiet: true })).toBe(`${lastLine(text)}\n`);
  });

  it('keeps to 80 columns but for what must stay whole', () => {
    const long = text.split('\n').filter((line) => line.length > 80);
    expect(long.every((line) => /https?:\/\/|\/\/ehr|^FAILED/.test(line))).toBe(true);
  });

  it('is plain ASCII of its own on a dumb terminal', () => {
    const report = sampleReport({
      notTested: [],
      tests: sampleReport().tests.filter(({ id }) => !/hostile|launched|tls/.test(id)),
    });
    expect(summary(report, { dumb: true })).toMatch(/^[\n -~…]*$/);
    expect(summary(report, { dumb: true })).toContain('-> 200 text/html');
  });

  it('colours on request, and only then', () => {
    expect(text).not.toContain('\u001b[');
    const colored = summary(sampleReport(), { color: true });
    expect(colored).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is taken away
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(text);
  });

  it('lets nothing of the target steer the terminal', () => {
    expect(text).toContain('\\u0000\\u001b[2J');
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
  });
});

describe('live output', () => {
  const report = sampleReport();
  const events: readonly RunEvent[] = [
    { type: 'run-start', target: report.target, tests: report.tests },
    ...report.tests.flatMap((result): RunEvent[] => [
      { type: 'test-start', id: result.id },
      { type: 'test-end', result },
    ]),
    { type: 'run-end', report },
  ];

  function shown(options: Partial<LiveOptions> = {}, told: readonly RunEvent[] = events): string {
    let output = '';
    const stream = new Writable({
      write(chunk, _, done) {
        output += chunk;
        done();
      },
    });
    const live = createLiveOutput({ ...plain, stream, interactive: false, ...options });
    for (const event of told) live(event);
    return output;
  }

  it('is a line per test where nothing can be redrawn', () => {
    const lines = shown().trimEnd().split('\n');
    expect(lines[0]).toBe('74 tests of https://ehr.example.org/tenant-7/fhir (SMART App Launch 2.2)');
    expect(lines).toContain('✓ discovery/member-40');
    expect(lines).toContain('! cors/preflight  Access-Control-Max-Age is missing.');
    expect(lines.find((line) => line.startsWith('✗ discovery/media-type'))).toContain(
      '  The document came as text/html',
    );
    expect(lines.find((line) => line.startsWith('‼ discovery/tls-old-versions'))).toContain('  errored: TypeError');
  });

  it('tells a reason for blocking or skipping once', () => {
    const text = shown();
    expect(text.match(/sign-in page could not be passed/g)).toHaveLength(1);
    expect(text.match(/not-configured: needs clients.backend/g)).toHaveLength(1);
    expect(text.match(/no browser was found/g)).toHaveLength(1);
  });

  it('redraws on an interactive terminal: running tests and counts under what did not pass', () => {
    const told = events.slice(0, 4);
    expect(screen(shown({ interactive: true }, told))).toEqual([
      '74 tests of https://ehr.example.org/tenant-7/fhir (SMART App Launch 2.2)',
      '✗ discovery/media-type  The document came as text/html when asked with Accept:…',
      '  · discovery/grant-types',
      '  1 of 74  ✗ 1 failed',
    ]);
  });

  it('leaves the lines of what did not pass when the run has ended, and nothing else', () => {
    const lines = screen(shown({ interactive: true }));
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '74 tests',
      '✗ discovery/media-type',
      '✗ discovery/grant-types',
      '✗ discovery/hostile',
      '! discovery/capabilities-known',
      '! cors/preflight',
      '‼ discovery/tls-old-versions',
      '○ discovery/replay-far-apart',
      '○ discovery/app-state-endpoint',
      '■ app-launch/launched-1',
      '■ app-launch/no-browser',
      '○ backend-services/token-1',
    ]);
  });

  it('names a few of many running tests', () => {
    const starts = Array.from(
      { length: 8 },
      (_, index): RunEvent => ({ type: 'test-start', id: `suite/test-${index}` }),
    );
    expect(screen(shown({ interactive: true }, starts))).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((index) => `  · suite/test-${index}`),
      '  · and 2 more',
      '  0 of 0',
    ]);
  });

  it('redraws nothing on a dumb terminal and is silent when quiet', () => {
    const ascii = shown({ interactive: true, dumb: true });
    expect(ascii).not.toContain('\u001b');
    expect(ascii).toContain('+ discovery/member-1\n');
    expect(shown({ quiet: true })).toBe('');
    expect(shown({ quiet: true, interactive: true })).toBe('');
  });

  it('lets nothing of the target steer the terminal', () => {
    expect(shown()).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
    const result: TestResult = {
      id: 's/t',
      suite: 's',
      title: 't',
      outcome: 'blocked',
      startedAt: '',
      durationMs: 0,
      findings: [],
      reason: '\u001b[2J\nsecond\u202e',
    };
    expect(shown({}, [{ type: 'test-end', result }])).toBe('■ s/t  blocked: \\u001b[2J …\n');
  });
});

/** The lines a terminal shows after this output: enough of ECMA-48 for what log-update writes. */
function screen(output: string): string[] {
  const lines = [''];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
  for (const [token, , number, command] of output.matchAll(/(\u001b\[\??(\d*)([A-Zhl]))|./gsu)) {
    if (command === undefined && token !== '\n') {
      lines[row] =
        `${(lines[row] ?? '').padEnd(column).slice(0, column)}${token}${(lines[row] ?? '').slice(column + 1)}`;
      column += 1;
    }
    if (token === '\n') {
      row += 1;
      column = 0;
    }
    if (command === 'A') row -= Number(number || 1);
    if (command === 'B') row = Math.min(lines.length - 1, row + Number(number || 1));
    if (command === 'G') column = 0;
    if (command === 'K') lines[row] = number === '2' ? '' : (lines[row] ?? '').slice(0, column);
    while (lines.length <= row) lines.push('');
  }
  return lines.join('\n').trimEnd().split('\n');
}

describe('wrapping', () => {
  it('breaks at spaces, keeps long words whole, hangs the rest', () => {
    expect(wrap('aa bb cc', 8, '- ')).toBe('- aa bb\n  cc');
    expect(wrap('https://ehr.example/long x', 10)).toBe('https://ehr.example/long\nx');
    expect(wrap('', 10, '- ')).toBe('- ');
  });
});
