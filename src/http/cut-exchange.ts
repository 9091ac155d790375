import type { Exchange } from '../kit/exchange.ts';

/** Characters of a body that a report holds. */
export const reportedBodyLength = 65_536;

/** Cuts the bodies of an exchange to what a report holds; `truncated` then says so of the response's. */
export function cutExchange(exchange: Exchange, length: number = reportedBodyLength): Exchange {
  const { request, response } = exchange;
  const isLongRequest = (request.body?.length ?? 0) > length;
  const isLongResponse = (response?.body.length ?? 0) > length;
  if (!isLongRequest && !isLongResponse) {
    return exchange;
  }
  return {
    ...exchange,
    request: request.body === null ? request : { ...request, body: cut(request.body, length) },
    response: response && {
      ...response,
      body: cut(response.body, length),
      truncated: response.truncated || isLongResponse,
    },
  };
}

/** Not in the middle of a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
