import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { buffer } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Question
  extends Pick<
    RequestOptions,
    'agent' | 'ca' | 'ciphers' | 'family' | 'maxVersion' | 'minVersion' | 'rejectUnauthorized' | 'servername'
  > {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
}

/** Sends exactly these headers and no others of its own; follows no redirect. */
export async function ask(url: string, { method = 'GET', headers = {}, body, ...tls }: Question = {}): Promise<Answer> {
  const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...tls, method, headers: { ...form, ...headers } }, (response) => {
      buffer(response).then(
        // Unlike a text decoder this keeps a byte order mark.
        (bytes) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString('utf8') }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body?.toString());
  });
}

/** What a browser asks before a page of `origin` may send such a request (Fetch, "CORS-preflight fetch"). */
export function preflight(origin: string, method: string, headers = ''): Question {
  return {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers !== '' && { 'access-control-request-headers': headers }),
    },
  };
}
