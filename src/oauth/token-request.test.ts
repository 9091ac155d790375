import { describe, expect, it } from 'vitest';
import { Block, type Exchange } from '../kit/index.ts';
import { readTokenAnswer } from './token-request.ts';

function answered(status: number, body: unknown): Exchange {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    id: 'x1',
    by: 'http',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    request: { method: 'POST', url: 'http://127.0.0.1/token', headers: {}, body: null },
    response: { status, headers: {}, body: text, bodyBytes: text.length, truncated: false },
    error: null,
    jwts: [],
  };
}

describe('an answer of the token endpoint', () => {
  it.each([
    ['a token', 200, { access_token: 't', token_type: 'Bearer' }, 'granted'],
    ['a token with another status of success', 201, { access_token: 't' }, 'granted'],
    ['a token that is empty', 200, { access_token: '' }, 'odd'],
    ['a token that is no string', 200, { access_token: 7 }, 'odd'],
    ['a token with a status that promises none', 400, { access_token: 't' }, 'odd'],
    ['an error', 400, { error: 'invalid_grant' }, 'refused'],
    ['an error with another status', 401, { error: 'invalid_client' }, 'refused'],
    ['an error with a status of success', 200, { error: 'invalid_grant' }, 'odd'],
    ['an error that is no string', 400, { error: { code: 'invalid_grant' } }, 'odd'],
    ['a page', 500, '<h1>Sorry</h1>', 'odd'],
    ['nothing', 400, '', 'odd'],
    ['an array', 400, [{ error: 'invalid_grant' }], 'odd'],
  ])('is told by what it holds: %s', (_, status, body, kind) => {
    expect(readTokenAnswer(answered(status, body)).kind).toBe(kind);
  });

  it('has the tokens and scopes that are strings, and no others', () => {
    const members = { access_token: 't', refresh_token: 'r', id_token: null, scope: 'openid  patient/*.rs' };
    expect(readTokenAnswer(answered(200, members))).toMatchObject({
      tokens: { accessToken: 't', refreshToken: 'r', idToken: null, scopes: ['openid', 'patient/*.rs'] },
    });
  });

  it('is not made up where none came', () => {
    const silent = { ...answered(200, ''), response: null };
    expect(() => readTokenAnswer(silent)).toThrow(Block);
  });
});
