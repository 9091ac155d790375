import { describe, expect, it } from 'vitest';
import type { Exchange, ExchangeError } from '../kit/index.ts';
import { createOutageWatch } from './outages.ts';

const refusal: ExchangeError = { kind: 'connection', code: 'ECONNREFUSED', message: 'Nothing listens.' };
const breaking: ExchangeError = { kind: 'connection', code: 'UND_ERR_SOCKET', message: 'It broke off.' };

let count = 0;
function exchange(second: number, error: ExchangeError | null, url = 'https://ehr.example.org/token'): Exchange {
  count += 1;
  return {
    id: `x${count}`,
    by: 'http',
    startedAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
    durationMs: 10,
    request: { method: 'POST', url, headers: {}, body: null },
    response: error ? null : { status: 200, headers: {}, body: '', bodyBytes: 0, truncated: false },
    error,
    jwts: [],
  };
}

function watch(exchanges: readonly Exchange[]) {
  const outages = createOutageWatch();
  for (const each of exchanges) outages.see(each);
  return outages;
}

describe('an outage', () => {
  it('is what is refused after an answer, with what was broken off as it began', () => {
    const [answered, broken, refused] = [exchange(1, null), exchange(2, breaking), exchange(3, refusal)];
    const outages = watch([answered, broken, refused]);
    expect(outages.outageOf(answered)).toBeNull();
    expect(outages.outageOf(broken)).toBeNull();
    expect(outages.outageOf(refused)).toEqual({
      broken: [broken],
      reason: `the server went down: https://ehr.example.org refused connections from 00:00:03 UTC on, after it had broken off POST /token (${broken.id}) without an answer`,
    });
  });

  it('names what was under way, also where that is heard of only after the first refusal, in the order it was sent', () => {
    const [deadly, beside] = [exchange(2, breaking), exchange(3, breaking)];
    const refused = exchange(4, refusal);
    expect(watch([exchange(1, null), beside, refused, deadly]).outageOf(refused)?.broken).toEqual([deadly, beside]);
  });

  it('is none where nothing ever answered, nor where a connection broke and the next one stood', () => {
    const [never, broken, answered] = [exchange(1, refusal), exchange(2, breaking), exchange(3, null)];
    const outages = watch([never, broken, answered]);
    expect([never, broken].map(outages.outageOf)).toEqual([null, null]);
  });

  it('shows in the browser as well', () => {
    const refused = exchange(2, { ...refusal, code: 'ConnectionRefused' });
    expect(watch([exchange(1, null), refused]).outageOf(refused)).not.toBeNull();
  });

  it('is each origin’s own', () => {
    const elsewhere = exchange(2, refusal, 'https://other.example.org/');
    expect(watch([exchange(1, null), elsewhere]).outageOf(elsewhere)).toBeNull();
  });

  it('ends with an answer: what breaks off later belongs to the next one', () => {
    const first = [exchange(1, null), exchange(2, breaking), exchange(3, refusal), exchange(4, null)] as const;
    const second = [exchange(5, breaking), exchange(6, refusal)] as const;
    const outages = watch([...first, ...second]);
    expect(outages.outageOf(first[2])?.broken).toEqual([first[1]]);
    expect(outages.outageOf(second[1])?.broken).toEqual([second[0]]);
  });
});
