import { describe, expect, it } from 'vitest';
import type { AssertionAttempt } from '../src/artifacts/assertion-prober.ts';
import { refusalOf } from './judge-attempts.ts';

function answered(error: string): AssertionAttempt {
  const exchange = {
    id: 'x1',
    by: 'http' as const,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    request: { method: 'POST', url: 'https://ehr.example.org/token', headers: {}, body: null },
    response: {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error }),
      bodyBytes: 20,
      truncated: false,
    },
    error: null,
    jwts: [],
  };
  const answer = { kind: 'refused' as const, error, description: null, exchange };
  return { topic: 'assertion-validated', what: 'a wrong one', departure: {}, answer };
}

describe('a refused assertion', () => {
  it.each([
    ['invalid_client', 'client_credentials', 'well-formed'],
    ['invalid_client', 'authorization_code', 'well-formed'],
    ['invalid_grant', 'authorization_code', 'later'],
    ['invalid_grant', 'refresh_token', 'later'],
    // There is no grant that could be invalid: it is the assertion that was refused, under the wrong name.
    ['invalid_grant', 'client_credentials', 'ill-formed'],
    ['invalid_scope', 'client_credentials', 'later'],
    ['invalid_request', 'client_credentials', 'ill-formed'],
  ] as const)('%s at %s: %s', (error, grantType, refusal) => {
    expect(refusalOf(answered(error), grantType)).toBe(refusal);
  });
});
