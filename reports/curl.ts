import type { ExchangeRequest } from '../src/kit/index.ts';
import { escapedUnits, hasUnseen } from './plain-text.ts';

/** What curl works out itself, or what would contradict what it sends. */
const curlsOwn = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);

/** What curl adds unless told not to. */
const curlsDefaults = ['accept', 'user-agent'];

/**
 * The command that sends a recorded request again, an option a line. Secrets stand in it as they were recorded, `‹access_token 3f2a›`.
 * It can be pasted into bash or zsh whatever the request holds: characters that steer a terminal are written as
 * escapes, so that pasting runs this one command and nothing else.
 */
export function curlCommand({ method, url, headers, body }: ExchangeRequest): string {
  const options = [...methodOption(method, body !== null)];
  // Brackets and braces, and dots in the path, are the request's own, not curl's to interpret.
  if (/[[\]{}]/.test(url)) options.push('--globoff');
  if (/\/\.{1,2}(?:[/?#]|$)/.test(url)) options.push('--path-as-is');
  if (headers['accept-encoding'] !== undefined) options.push('--compressed');
  for (const [name, value] of Object.entries(headers)) {
    if (!curlsOwn.has(name)) options.push(`--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  }
  const unwanted = body === null ? curlsDefaults : [...curlsDefaults, 'content-type'];
  for (const name of unwanted) {
    if (headers[name] === undefined) options.push(`--header ${quoted(`${name}:`)}`);
  }
  if (body !== null) options.push(`--data-raw ${quoted(body)}`);
  return ['curl --include', ...options, quoted(url)].join(' \\\n  ');
}

function methodOption(method: string, hasBody: boolean): string[] {
  if (method === 'HEAD') return ['--head'];
  return method === (hasBody ? 'POST' : 'GET') ? [] : [`--request ${quoted(method)}`];
}

/** A word of a POSIX shell; with characters that must not be pasted raw, bash's and zsh's `$'…'`. */
export function quoted(word: string): string {
  if (hasUnseen(word)) {
    const escaped = word.replace(/[\\']/g, '\\$&').replace(/[^ -~]/gu, escapedCharacter);
    return `$'${escaped}'`;
  }
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // bash 3, which macOS still ships, knows `\x` only.
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : escapedUnits(character);
}
