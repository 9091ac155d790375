/** `exchanges.har`: what was sent and what came back, for tools that read HAR 1.2 (browsers' developer tools among them). */
import type { Exchange, Report, Reporter } from '../src/kit/index.ts';

export const harReporter: Reporter = { name: 'har', fileName: 'exchanges.har', render };

function* render(report: Report): Iterable<string> {
  const { name, version } = report.tool;
  const creator = JSON.stringify({ name, version });
  yield `{ "log": { "version": "1.2", "creator": ${creator}, "pages": [], "entries": [`;
  let separator = '\n';
  for (const exchange of report.exchanges) {
    yield `${separator}${JSON.stringify(entryOf(exchange))}`;
    separator = ',\n';
  }
  yield '\n] } }\n';
}

/** Members that begin with an underscore are ours. */
function entryOf(exchange: Exchange) {
  const { id, by, startedAt, durationMs, error } = exchange;
  return {
    startedDateTime: startedAt,
    time: durationMs,
    request: requestOf(exchange),
    response: responseOf(exchange),
    cache: {},
    // How the time divides is not recorded.
    timings: { send: 0, wait: durationMs, receive: 0 },
    _id: id,
    _by: by,
    ...(error !== null && { _error: error.message }),
  };
}

function requestOf({ request: { method, url, headers, body } }: Exchange) {
  return {
    method,
    url: uri(url),
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: pairs(Object.entries(headers)),
    queryString: URL.canParse(url) ? pairs(new URL(url).searchParams) : [],
    ...(body !== null && { postData: { mimeType: headers['content-type'] ?? '', text: body } }),
    headersSize: -1,
    bodySize: body === null ? 0 : Buffer.byteLength(body),
  };
}

/** Where nothing came back, the status is 0, as browsers write it. */
function responseOf({ response }: Exchange) {
  const { status = 0, headers = {}, body = '', bodyBytes = 0, truncated = false } = response ?? {};
  return {
    status,
    statusText: '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: pairs(Object.entries(headers)),
    content: {
      size: bodyBytes,
      mimeType: headers['content-type'] ?? '',
      text: body,
      ...(truncated && { comment: 'cut off when it was recorded' }),
    },
    redirectURL: headers.location ?? '',
    headersSize: -1,
    bodySize: -1,
  };
}

/** What stands in place of a secret is no part of a URI, and readers that check refuse the whole file for it. */
function uri(url: string): string {
  return url.replace(/[^!-~]|["<>\\^`{|}]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function pairs(entries: Iterable<readonly [string, string]>) {
  return [...entries].map(([name, value]) => ({ name, value }));
}
