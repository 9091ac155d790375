import { expect, it } from 'vitest';
import type { Exchange } from '../src/kit/index.ts';
import { type BriefToken, expire } from './judge-expired.ts';

function answered(status: number, startedAt = new Date()): Exchange {
  return {
    id: `x${status}`,
    by: 'http',
    startedAt: startedAt.toISOString(),
    durationMs: 1,
    request: { method: 'GET', url: 'https://ehr.example.org/fhir/Patient/1', headers: {}, body: null },
    response: { status, headers: {}, body: '', bodyBytes: 0, truncated: false },
    error: null,
    jwts: [],
  };
}

/** Good for a second from when it was asked for. */
function token(grantedAt: Date, uses: readonly number[]): BriefToken {
  const waiting = [...uses];
  return { lifetime: 1, granted: answered(200, grantedAt), use: async () => answered(waiting.shift() ?? 500) };
}

const minuteAgo = () => new Date(Date.now() - 60_000);

it('asks for another token where one expired before it was used', async () => {
  const tokens = [token(minuteAgo(), [401]), token(new Date(), [200, 401])];
  const { because, atOnce } = await expire(async () => tokens.shift() ?? token(new Date(), []));
  expect(because.map(({ response }) => response?.status)).toEqual([200, 200]);
  expect(atOnce.response?.status).toBe(401);
  expect(tokens).toEqual([]);
});

it('asks for no other where a fresh one does not let in', async () => {
  const tokens = [token(new Date(), [403]), token(new Date(), [200, 401])];
  const expired = expire(async () => tokens.shift() ?? token(new Date(), []));
  await expect(expired).rejects.toThrow('could not read while it was fresh');
  expect(tokens.length).toBe(1);
});

it('gives up after a few', async () => {
  const late = [1, 2, 3, 4].map(() => token(minuteAgo(), [401]));
  const expired = expire(async () => late.shift() ?? token(new Date(), []));
  await expect(expired).rejects.toThrow('3 tokens of 1 s expired before they could be used');
  expect(late.length).toBe(1);
});
