import type { Exchange } from '../src/kit/index.ts';
import { exchangeLine } from './exchange-line.ts';
import { cut, oneLine, visible } from './plain-text.ts';

/** An exchange as plain text of several lines: what was sent, what came back, bodies cut at `bodyLength` characters. */
export function exchangeText(exchange: Exchange, bodyLength: number): string {
  const { id, request, response, error } = exchange;
  const lines = [
    `${id}: ${exchangeLine(exchange, { urlLength: 2000 })}`,
    ...headerLines('>', request.headers),
    ...bodyLines('>', request.body ?? '', bodyLength),
    ...headerLines('<', response?.headers ?? {}),
    ...bodyLines('<', response?.body ?? '', bodyLength),
  ];
  if (error !== null) lines.push(`! ${oneLine(error.message)}`);
  return lines.join('\n');
}

function headerLines(mark: string, headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${mark} ${oneLine(name)}: ${oneLine(value)}`);
}

function bodyLines(mark: string, body: string, length: number): string[] {
  if (body === '') return [];
  const lines = visible(cut(body, length)).split('\n');
  return [mark, ...lines.map((line) => `${mark} ${line}`)];
}
