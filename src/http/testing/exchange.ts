import type { Exchange, ExchangeRequest, ExchangeResponse } from '../../kit/exchange.ts';

/** An exchange as the client would record it. */
export function makeExchange(
  request: Partial<ExchangeRequest> = {},
  response: Partial<ExchangeResponse> | null = {},
  rest: Partial<Exchange> = {},
): Exchange {
  return {
    id: 'x1',
    by: 'http',
    startedAt: '2026-11-23T10:00:00.000Z',
    durationMs: 1,
    request: { method: 'GET', url: 'https://ehr.example.org/', headers: {}, body: null, ...request },
    response: response && { status: 200, headers: {}, body: '', bodyBytes: 0, truncated: false, ...response },
    error: null,
    jwts: [],
    ...rest,
  };
}
