import { describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import { type Report, summarize } from '../src/kit/index.ts';
import { hostileText, passingReport, sampleReport } from '../test/fixtures/sample-report.ts';
import { junitReporter } from './junit.ts';

interface Parsed {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Parsed[];
  readonly text: string;
}

/** The file as an XML parser reads it. */
function parsed(text: string): Parsed {
  return read(create(text).root().node as unknown as DomElement);
}

interface DomElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly nodeType: number;
  readonly childNodes: Iterable<DomElement>;
}

function read(element: DomElement): Parsed {
  return {
    name: element.nodeName,
    attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
    children: [...element.childNodes].filter(({ nodeType }) => nodeType === 1).map(read),
    text: element.textContent ?? '',
  };
}

function render(report: Report): string {
  return [...junitReporter.render(report)].join('');
}

function all(element: Parsed, name: string): readonly Parsed[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

function caseOf(root: Parsed, id: string): Parsed {
  const found = all(root, 'testcase').find(({ attributes }) => attributes.name?.startsWith(`${id}: `));
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

describe('junit.xml', () => {
  const report = sampleReport();
  const root = parsed(render(report));

  it('has a suite for each suite, its counts those of its cases', () => {
    expect(root.name).toBe('testsuites');
    expect(root.children.map(({ name, attributes }) => [name, attributes.name])).toEqual([
      ['testsuite', 'discovery'],
      ['testsuite', 'app-launch'],
      ['testsuite', 'backend-services'],
    ]);
    for (const suite of [root, ...root.children]) {
      expect(suite.attributes).toMatchObject({
        tests: String(all(suite, 'testcase').length),
        failures: String(all(suite, 'failure').length),
        errors: String(all(suite, 'error').length),
      });
    }
    for (const suite of root.children) {
      expect(suite.attributes).toMatchObject({ skipped: String(all(suite, 'skipped').length) });
    }
    expect(all(root, 'skipped')).toHaveLength(7);
  });

  it("has at its root what the schema of Jenkins' xUnit plugin allows there, and no more", () => {
    expect(root.attributes).toEqual({ name: 'smart-check', tests: '74', failures: '3', errors: '22', time: '42.310' });
  });

  it('gives times in seconds with three decimals', () => {
    expect(all(root, 'testcase').every(({ attributes }) => /^\d+\.\d{3}$/.test(attributes.time ?? ''))).toBe(true);
  });

  it('names the target and the verdict on each requirement of the suite', () => {
    const properties = Object.fromEntries(
      all(root.children[0] ?? root, 'property').map(({ attributes }) => [attributes.name, attributes.value]),
    );
    expect(properties).toMatchObject({
      target: 'https://ehr.example.org/tenant-7/fhir',
      specVersion: '2.2',
      'requirement discovery/media-type': 'violated',
      'requirement discovery/member-1': 'holds',
    });
  });

  it('says of a failure what was expected, what came, where the guide says so and what shows it', () => {
    const { attributes, children } = caseOf(root, 'discovery/media-type');
    expect(attributes).toMatchObject({ classname: 'smart-check.discovery' });
    const [failure] = children;
    expect(failure?.attributes).toEqual({
      type: 'discovery/media-type',
      message: 'The document came as text/html when asked with Accept: text/html; JSON is due whatever is asked for.',
    });
    for (const part of [
      'expected: application/json',
      'actual: text/html; charset=utf-8',
      'guide: https://hl7.org/',
      'exchanges: x2, x3',
      'x2: GET https://',
      '→ 200 text/html',
      '> accept: text/html',
      '< content-type: text/html',
    ]) {
      expect(failure?.text).toContain(part);
    }
  });

  it('has one failure per case, as parsers read no second', () => {
    const failures = caseOf(root, 'discovery/hostile').children.filter(({ name }) => name === 'failure');
    expect(failures).toHaveLength(1);
    expect(failures[0]?.attributes.message).toMatch(/\(and 1 more\)$/);
    expect(failures[0]?.text).toContain('introspection_endpoint is protocol-relative');
  });

  it('shows the proof of a pass and the warning of a warned test', () => {
    expect(caseOf(root, 'discovery/member-1').children.map(({ name }) => name)).toEqual(['system-out']);
    expect(caseOf(root, 'discovery/member-1').text).toContain('x1: GET https://');
    expect(caseOf(root, 'discovery/capabilities-known').children.map(({ name }) => name)).toEqual(['system-out']);
    expect(caseOf(root, 'discovery/capabilities-known').text).toContain(
      'warn discovery/capabilities-known: context-passthrough-banner',
    );
  });

  it('skips what was skipped, with the reason, and reports what was blocked as an error', () => {
    expect(caseOf(root, 'backend-services/token-1').children).toMatchObject([
      { name: 'skipped', attributes: { message: 'needs clients.backend' } },
    ]);
    expect(caseOf(root, 'app-launch/no-browser').children).toMatchObject([
      { name: 'error', attributes: { type: 'blocked', message: 'no browser was found' } },
    ]);
    expect(caseOf(root, 'discovery/tls-old-versions').children[0]).toMatchObject({
      name: 'error',
      attributes: { type: 'errored' },
    });
  });

  it('survives hostile text in every field', () => {
    const hostile = hostileReport();
    const text = render(hostile);
    // What XML 1.0 forbids: controls but tab and line breaks, surrogates, U+FFFE and U+FFFF.
    expect(text).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
    expect(text).not.toContain('<script>');
    const reread = parsed(text);
    expect(all(reread, 'testcase')).toHaveLength(hostile.tests.length);
    expect(all(reread, 'failure')[0]?.attributes.message).toContain(
      '</script><script>globalThis.pwned = true</script>',
    );
    expect(all(reread, 'failure')[0]?.text).toContain(']]> " \' & \\u0000\\u001b[2J');
    expect(all(reread, 'failure')[0]?.text).toContain('\\ud800 \\ufffe \\u202edesrever');
  });

  it.each([null, 130, 1, 4])('never reads as green when the run did not end well: exit code %j', (exitCode) => {
    const { attributes, children } = parsed(render({ ...passingReport(), exitCode }));
    expect(attributes).toMatchObject({ tests: '13', errors: '1' });
    expect(children.at(-1)?.children.at(-1)).toMatchObject({ name: 'testcase', children: [{ name: 'error' }] });
  });

  it('adds nothing to a run that passed', () => {
    expect(parsed(render(passingReport())).attributes).toMatchObject({
      tests: '12',
      failures: '0',
      errors: '0',
    });
  });
});

function hostileReport(): Report {
  const [test] = sampleReport().tests.filter(({ id }) => id === 'discovery/hostile');
  const [requirement] = sampleReport().requirements;
  if (test === undefined || requirement === undefined) throw new Error('the sample has lost its hostile test');
  const finding = {
    requirement: hostileText,
    level: 'fail',
    message: hostileText,
    expected: hostileText,
    actual: hostileText,
    exchanges: ['x4', hostileText],
  } as const;
  const tests = [
    { ...test, id: hostileText, suite: hostileText, title: hostileText, findings: [finding], startedAt: hostileText },
    ...(['skipped', 'blocked', 'errored'] as const).map((outcome) => ({
      ...test,
      outcome,
      reason: hostileText,
      findings: [],
    })),
  ];
  return sampleReport({
    tests,
    summary: summarize(tests),
    requirements: [{ ...requirement, id: hostileText, guide: hostileText, tests: [hostileText] }],
    suites: [hostileText],
    startedAt: hostileText,
    target: { fhirBaseUrl: hostileText, specVersion: '2.2', fhirVersion: hostileText },
  });
}
