import { describe, expect, it } from 'vitest';
import { jsonReporter } from '../reports/json.ts';
import { readReport } from '../reports/read-report.ts';
import { manyExchanges, passingReport, sampleReport } from '../test/fixtures/sample-report.ts';
import { schema } from './index.ts';

type Json = Record<string, unknown>;

/** The sample as results.json holds it, with one change. */
function changed(change: (report: Json) => void): string {
  const report: Json = JSON.parse([...jsonReporter.render(sampleReport())].join(''));
  change(report);
  return JSON.stringify(report);
}

function first(report: Json, member: string): Json {
  const [item] = report[member] as Json[];
  return item as Json;
}

describe('the schema of the report', () => {
  it('has an address and can stand alone', () => {
    const text = JSON.stringify(schema('report'));
    expect(schema('report').$id).toBe('https://smart-check.dev/schemas/report.schema.json');
    expect([...text.matchAll(/"\$ref":"(.*?)"/g)].every(([, target]) => target?.startsWith('#/$defs/'))).toBe(true);
  });

  it.each([
    ['the sample', changed(() => {})],
    ['a run that has not ended', changed((report) => Object.assign(report, { finishedAt: null, exitCode: null }))],
    [
      'a run on brands alone',
      changed((report) =>
        Object.assign(report, { target: { fhirBaseUrl: null, specVersion: '2.2', fhirVersion: null } }),
      ),
    ],
    ['members added later', changed((report) => Object.assign(first(report, 'tests'), { timeline: [] }))],
    ['no exchanges', changed((report) => Object.assign(report, { exchanges: [] }))],
  ])('takes %s', async (_, text) => {
    await expect(readReport(text)).resolves.toBeDefined();
  });

  it.each<[string, (report: Json) => void, string]>([
    ['another version', (report) => Object.assign(report, { schemaVersion: 2 }), '/schemaVersion'],
    ['no summary', (report) => delete report.summary, 'summary'],
    ['a summary without blocked', (report) => delete (report.summary as Json).blocked, '/summary'],
    ['an unknown exit code', (report) => Object.assign(report, { exitCode: 7 }), '/exitCode'],
    ['an unknown outcome', (report) => Object.assign(first(report, 'tests'), { outcome: 'green' }), '/tests/0/outcome'],
    [
      'a skipped test without why',
      (report) => Object.assign(first(report, 'tests'), { outcome: 'skipped', reason: 'x' }),
      '/tests/0',
    ],
    [
      'a blocked test without reason',
      (report) => Object.assign(first(report, 'tests'), { outcome: 'blocked' }),
      '/tests/0',
    ],
    [
      'an unknown verdict',
      (report) => Object.assign(first(report, 'requirements'), { verdict: 'green' }),
      '/requirements/0/verdict',
    ],
    ['a time that is none', (report) => Object.assign(report, { startedAt: 'yesterday' }), '/startedAt'],
    [
      'an upper-case header',
      (report) => Object.assign(first(report, 'exchanges').request as Json, { headers: { Accept: '*/*' } }),
      '/exchanges/0/request/headers',
    ],
    [
      'a body that is no text',
      (report) => Object.assign(first(report, 'exchanges').response as Json, { body: {} }),
      '/exchanges/0/response/body',
    ],
    [
      'a finding without exchanges',
      (report) => delete ((first(report, 'tests').findings as Json[])[0] as Json).exchanges,
      '/tests/0/findings/0',
    ],
  ])('refuses %s, saying where', async (_, change, where) => {
    await expect(readReport(changed(change))).rejects.toThrow(where);
  });

  it.each(['', '[]', 'null', '{"schemaVersion": 1'])('refuses %j with a usage error', async (text) => {
    await expect(readReport(text)).rejects.toThrow('not a smart-check report');
  });
});

describe('a report read back', () => {
  it('is the report that was written', async () => {
    const report = sampleReport();
    const { exchanges, ...body } = await readReport([...jsonReporter.render(report)].join(''));
    const { exchanges: written, ...expected } = report;
    expect(body).toEqual(expected);
    expect(exchanges.size).toBe(written.size);
    expect([...exchanges]).toEqual([...written]);
    expect(exchanges.get('x7')).toEqual(written.get('x7'));
  });

  it('reads a passing report and one of many exchanges', async () => {
    expect((await readReport([...jsonReporter.render(passingReport())].join(''))).exitCode).toBe(0);
    const many = sampleReport({
      exchanges: { size: 3, get: () => undefined, [Symbol.iterator]: () => manyExchanges(3)[Symbol.iterator]() },
    });
    const { exchanges } = await readReport([...jsonReporter.render(many)].join(''));
    expect([...exchanges].map(({ id }) => id)).toEqual(['x1', 'x2', 'x3']);
  });
});
