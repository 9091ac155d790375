import { describe, expect, it } from 'vitest';
import type { Exchange } from '../src/kit/index.ts';
import { hostileText, manyExchanges, sampleReport } from '../test/fixtures/sample-report.ts';
import { exchangeList } from './exchange-list.ts';
import { jsonReporter } from './json.ts';

describe('results.json', () => {
  it('holds the whole report, the exchanges one a line', () => {
    const report = sampleReport();
    const text = [...jsonReporter.render(report)].join('');
    expect(JSON.parse(text)).toEqual({ ...report, exchanges: [...report.exchanges] });
    expect(text.split('\n').filter((line) => line.startsWith('    {"id":"x'))).toHaveLength(report.exchanges.size);
    expect(text).toContain('\n  "tests": [\n    {\n      "id": "discovery/media-type",\n');
  });

  it('is whole without any exchange', () => {
    const text = [...jsonReporter.render(sampleReport({ exchanges: exchangeList([]) }))].join('');
    expect(JSON.parse(text).exchanges).toEqual([]);
  });

  it('takes exchanges from the log one by one', () => {
    const taken: string[] = [];
    const log = {
      size: 3,
      get: () => undefined,
      *[Symbol.iterator]() {
        for (const exchange of manyExchanges(3)) {
          taken.push(exchange.id);
          yield exchange;
        }
      },
    };
    const pieces = jsonReporter.render(sampleReport({ exchanges: log }))[Symbol.iterator]();
    pieces.next();
    expect(taken).toEqual([]);
    pieces.next();
    expect(taken).toEqual(['x1']);
    pieces.next();
    expect(taken).toEqual(['x1', 'x2']);
  });

  it('can be printed on a terminal: no character in it steers one', () => {
    const text = [...jsonReporter.render(sampleReport())].join('');
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text).tests[2].title).toContain(hostileText);
  });

  it('survives claims nested too deeply to be written', () => {
    const claims: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    const [exchange] = manyExchanges(1);
    const deep = { ...exchange, jwts: [{ where: 'response body id_token', header: {}, claims }] } as Exchange;
    const { exchanges } = JSON.parse(
      [...jsonReporter.render(sampleReport({ exchanges: exchangeList([deep]) }))].join(''),
    );
    expect(exchanges[0].jwts).toEqual([{ where: 'response body id_token', header: null, claims: null }]);
    expect(exchanges[0].request.url).toBe(exchange?.request.url);
  });
});
