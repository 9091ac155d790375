import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchangeLogOf, openExchangeLog } from './exchange-log.ts';
import { makeExchange } from './testing/exchange.ts';

function openLog() {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-log-'));
  const file = join(folder, 'exchanges.jsonl');
  const log = openExchangeLog(file);
  onTestFinished(() => {
    log.remove();
    rmSync(folder, { recursive: true });
  });
  return { log, file };
}

const withId = (id: string, body = '') => makeExchange({}, { body }, { id });

describe('the exchange log', () => {
  it('gives back what it was given, by id and in the order of sending', () => {
    const { log } = openLog();
    const exchanges = [withId('x2', 'Grüße\n\u2028"'), withId('x10'), withId('x1', '\ud800')];
    exchanges.forEach(log.append);
    expect(log.size).toBe(3);
    expect([...log]).toEqual([exchanges[2], exchanges[0], exchanges[1]]);
    expect(log.get('x10')).toEqual(exchanges[1]);
    expect(log.get('x3')).toBeUndefined();
    expect([...log].length).toBe(3);
  });

  it('can be read and written in turns', () => {
    const { log } = openLog();
    for (let count = 1; count <= 100; count += 1) {
      log.append(withId(`x${count}`, `body ${count}`));
      expect(log.get(`x${Math.ceil(count / 2)}`)?.response?.body).toBe(`body ${Math.ceil(count / 2)}`);
    }
  });

  it('has every line on disk at once, for the owner alone', () => {
    const { log, file } = openLog();
    log.append(withId('x1', 'a'));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(withId('x1', 'a'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('cuts bodies to 64 KiB and says so', () => {
    const { log } = openLog();
    const body = `${'x'.repeat(65_535)}😀 and more`;
    log.append(makeExchange({ body }, { body, bodyBytes: body.length }, { id: 'x1' }));
    log.append(makeExchange({}, { body: 'x'.repeat(65_536) }, { id: 'x2' }));
    const { request, response } = log.get('x1') ?? makeExchange();
    expect(request.body).toBe('x'.repeat(65_535));
    expect(response).toMatchObject({ body: 'x'.repeat(65_535), bodyBytes: body.length, truncated: true });
    expect(log.get('x2')?.response?.truncated).toBe(false);
  });

  it('takes each id once, and nothing after it was closed', () => {
    const { log, file } = openLog();
    log.append(withId('x1'));
    expect(() => log.append(withId('x1'))).toThrow('x1');
    log.close();
    log.append(withId('x2'));
    expect(log.size).toBe(1);
    log.remove();
    expect(existsSync(file)).toBe(false);
  });

  it('holds a hundred thousand exchanges in little memory', () => {
    const { log } = openLog();
    const body = 'x'.repeat(1000);
    const before = heapInUse();
    for (let count = 1; count <= 100_000; count += 1) {
      log.append(withId(`x${count}`, body));
    }
    expect(heapInUse() - before).toBeLessThan(30_000_000);
    expect(log.get('x77777')?.id).toBe('x77777');
    let next = 1;
    for (const { id } of log) {
      expect(id === `x${next}`).toBe(true);
      if (next === 10_000) {
        break;
      }
      next += 1;
    }
    expect(next).toBe(10_000);
  });
});

it('an exchange log in memory answers like one on disk', () => {
  const exchanges = [withId('x1'), withId('x2')];
  const log = exchangeLogOf(exchanges);
  expect(log.size).toBe(2);
  expect([...log]).toEqual(exchanges);
  expect(log.get('x2')).toBe(exchanges[1]);
  expect(log.get('x3')).toBeUndefined();
});

/** Bytes of what cannot be collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
