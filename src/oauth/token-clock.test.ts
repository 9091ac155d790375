import { describe, expect, it } from 'vitest';
import type { Exchange } from '../kit/index.ts';
import { createTokenClock } from './token-clock.ts';

const noon = Date.parse('2026-11-23T12:00:00.000Z');

function exchange(seconds: number, request: Partial<Exchange['request']>, body = ''): Exchange {
  return {
    id: 'x1',
    by: 'http',
    startedAt: new Date(noon + seconds * 1000).toISOString(),
    durationMs: 10,
    request: { method: 'GET', url: 'https://ehr.example.org/', headers: {}, body: null, ...request },
    response: { status: 200, headers: {}, body, bodyBytes: body.length, truncated: false },
    error: null,
    jwts: [],
  };
}

const granted = (members: object) => exchange(0, { method: 'POST', body: 'grant_type=x' }, JSON.stringify(members));
const read = (seconds: number, token: string) => exchange(seconds, { headers: { authorization: `Bearer ${token}` } });
const introspected = (seconds: number, token: string) =>
  exchange(seconds, { method: 'POST', body: new URLSearchParams({ token }).toString() });

describe('the lifetime that a token response gave', () => {
  const clock = createTokenClock();
  clock.see(granted({ access_token: 'brief+/=', expires_in: 15 }));
  clock.see(granted({ access_token: 'endless' }));
  clock.see(granted({ access_token: 'text', expires_in: '1' }));
  clock.see(exchange(0, { method: 'POST' }, '{"access_token":"broken","expires_in":1'));

  it.each([
    ['is long enough', read(14, 'brief+/='), false],
    ['is over', read(15, 'brief+/='), true],
    ['is over when the token is asked about', introspected(15, 'brief+/='), true],
    ['says nothing of another token', read(15, 'other'), false],
    ['is unknown where it was not given', read(1e6, 'endless'), false],
    ['is unknown where it is no number', read(1e6, 'text'), false],
    ['is unknown where the response is broken', read(1e6, 'broken'), false],
    ['says nothing of a request without a token', exchange(1e6, {}), false],
  ])('%s', (_, asked, isTooLate) => {
    expect(clock.isTooLate(asked)).toBe(isTooLate);
  });
});
