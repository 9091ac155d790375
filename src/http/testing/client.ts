import type { Exchange } from '../../kit/exchange.ts';
import { createHttpClient, type HttpClientOptions, type RecordingHttpClient } from '../create-http-client.ts';
import { closeLater } from './closing.ts';

/** A client with short limits until the test has finished, and what it has recorded. */
export function makeClient(
  options: Partial<HttpClientOptions> = {},
): RecordingHttpClient & { readonly recorded: readonly Exchange[] } {
  const recorded: Exchange[] = [];
  const client = createHttpClient({
    timeoutMs: 5000,
    insecure: false,
    userAgent: 'smart-check/test',
    record: (exchange) => recorded.push(exchange),
    ...options,
  });
  closeLater(() => client.close());
  return { ...client, recorded };
}
