import type { Exchange, ExchangeResponse } from '../src/kit/index.ts';
import { cut, oneLine } from './plain-text.ts';

/**
 * An exchange on one line: `GET https://… → 404 text/html`, or what kept the answer from coming.
 *
 * @param length - for which a query is cut if need be, the address before it never
 */
export function exchangeLine(exchange: Exchange, { arrow = '→', urlLength = 200, length = Infinity } = {}): string {
  const { request } = exchange;
  const url = cut(oneLine(request.url), urlLength);
  const around = [oneLine(request.method), '', `${arrow} ${answerLine(exchange)}`];
  const room = length - around.join(' ').length;
  const query = url.indexOf('?');
  const shown = query < 0 || url.length <= room ? url : cut(url, Math.max(room, query + 2));
  return `${around[0]} ${shown} ${around[2]}`;
}

/** What came back, in a few words: `404 text/html` or `no answer (ECONNREFUSED)`. */
export function answerLine({ response, error }: Pick<Exchange, 'response' | 'error'>): string {
  const cause = error === null ? null : cut(oneLine(error.code), 60);
  if (response === null) return cause === null ? 'no answer' : `no answer (${cause})`;
  const answer = [String(response.status), mediaType(response)].filter((part) => part !== null).join(' ');
  return cause === null ? answer : `${answer}, broke off (${cause})`;
}

/** Of many exchanges the first ones and the last, which is the one that decided; all where there are no more than `number`. */
export function someOf<Id>(ids: readonly Id[], number: number): readonly Id[] {
  return ids.length <= number ? ids : [...ids.slice(0, number - 1), ...ids.slice(-1)];
}

/** The error of OAuth that a refusal names, in the server's words: `invalid_client: the secret is wrong`; null where there is none. */
export function oauthError({ response }: Pick<Exchange, 'response'>): string | null {
  if (response === null || response.status < 400 || response.body === null) return null;
  const said = objectIn(response.body);
  const error = said?.error;
  const description = said?.error_description;
  if (typeof error !== 'string' || error === '') return null;
  return cut(oneLine(typeof description === 'string' ? `${error}: ${description}` : error), 300);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The media type without its parameters, null when the server named none. */
function mediaType({ headers }: ExchangeResponse): string | null {
  const type = headers['content-type']?.split(';')[0]?.trim();
  return type === undefined || type === '' ? null : cut(oneLine(type), 60);
}
