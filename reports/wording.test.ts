import { describe, expect, it } from 'vitest';
import { manyExchanges } from '../test/fixtures/sample-report.ts';
import { exchangeLine, oauthError } from './exchange-line.ts';
import { count, duration, tally, utc } from './wording.ts';

describe('words for numbers', () => {
  it('count in singular and plural', () => {
    expect([count(0, 'test'), count(1, 'test'), count(1234, 'test')]).toEqual(['0 tests', '1 test', '1,234 tests']);
  });

  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [184_000, '3 min 4 s'],
  ])('name durations: %d ms', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });

  it('name times, and leave alone what is none', () => {
    expect(utc('2026-11-23T10:00:00.123Z')).toBe('2026-11-23 10:00:00 UTC');
    expect(utc('yesterday')).toBe('yesterday');
  });

  it('tally outcomes, the worst first', () => {
    expect(tally({ passed: 3, warned: 0, failed: 1, skipped: 2, blocked: 0, errored: 0 })).toBe(
      '1 failed, 3 passed, 2 skipped',
    );
    expect(tally({ passed: 0, warned: 0, failed: 0, skipped: 0, blocked: 0, errored: 0 })).toBe('no tests');
  });
});

describe('an exchange on one line', () => {
  const [exchange] = manyExchanges(1);
  if (exchange === undefined) throw new Error('no exchange');
  const url = 'https://ehr.example.org/tenant-7/fhir/Observation?page=0';
  const error = { kind: 'connection', code: 'ECONNRESET', message: 'The server hung up.' } as const;

  it.each([
    ['an answer', exchange, `GET ${url} → 200 application/json`],
    ['no answer', { ...exchange, response: null, error }, `GET ${url} → no answer (ECONNRESET)`],
    ['half an answer', { ...exchange, error }, `GET ${url} → 200 application/json, broke off (ECONNRESET)`],
  ])('says what came back: %s', (_, one, line) => {
    expect(exchangeLine(one)).toBe(line);
  });

  it('stays on one line, shortened, whatever the server wrote', () => {
    const headers = { 'content-type': `text/\u001b[2J\n${'x'.repeat(100)}; charset=utf-8` };
    const hostile = { ...exchange, response: exchange.response && { ...exchange.response, headers } };
    expect(exchangeLine(hostile, { arrow: '->', urlLength: 20 })).toMatch(
      /^GET https:\/\/ehr\.example… -> 200 text\/\\u001b\[2J x+…$/,
    );
  });

  it.each([
    [
      401,
      '{"error":"invalid_client","error_description":"the secret\\nis wrong"}',
      'invalid_client: the secret is wrong',
    ],
    [400, ' {"error":"invalid_scope"}', 'invalid_scope'],
    [400, '{"error":{"code":7}}', null],
    [400, '{"error":', null],
    [400, '["error"]', null],
    [404, '<h1>Not found</h1>', null],
    [200, '{"error":"invalid_client"}', null],
  ])('has beside it what a refusal of OAuth says: %s %s', (status, body, said) => {
    expect(oauthError({ response: { status, headers: {}, body, bodyBytes: body.length, truncated: false } })).toBe(
      said,
    );
  });
});
