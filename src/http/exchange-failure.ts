import type { ExchangeError, TlsSummary } from '../kit/exchange.ts';

/** What kept an answer from arriving whole, on its way to the exchange that records it. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly kind: ExchangeError['kind'];
  /** The code of Node, OpenSSL or undici; one of ours where they have none. Not `code`: undici reads a meaning into that. */
  readonly reason: string;
  /** Of a connection whose certificate was refused. */
  readonly tls: TlsSummary | undefined;

  constructor(failure: ExchangeError, tls?: TlsSummary) {
    super(failure.message);
    this.kind = failure.kind;
    this.reason = failure.code;
    this.tls = tls;
  }
}

/** Says of anything thrown after a connection stood what it means for the exchange. */
export function exchangeErrorOf(thrown: unknown): ExchangeError {
  if (thrown instanceof ExchangeFailure) {
    return { kind: thrown.kind, code: thrown.reason, message: thrown.message };
  }
  const code = codeOf(thrown);
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'too-large', code, message: `The answer's header section is larger than ${maxHeaderBytes} bytes.` };
  }
  if (said.includes('(Invalid EOF state)')) {
    return { kind: 'connection', code, message: 'The connection ended in the middle of the answer.' };
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return { kind: 'protocol', code, message: 'The answer is not well-formed HTTP/1.1, its Content-Length included.' };
  }
  if (code === 'HTTPParserError' || code.startsWith('HPE_') || (code === 'UND_ERR_SOCKET' && said.startsWith('bad '))) {
    const why = /\(([^()]+)\)$/.exec(said)?.[1] ?? said;
    return { kind: 'protocol', code, message: `The answer is not well-formed HTTP/1.1: ${sentence(why)}` };
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') {
    const message = `The server closed the connection before its answer was complete: ${sentence(said)}`;
    return { kind: 'connection', code, message };
  }
  // Of a connection that stood these do not say that nothing was sent, as they do of one that never came about.
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    const message = `The connection was lost before the answer was complete: ${sentence(said)}`;
    return { kind: 'connection', code: 'CONNECTION_LOST', message };
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return { kind: 'tls', code, message: `The TLS connection failed: ${sentence(said)}` };
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return interrupted;
  }
  if (code.startsWith('UND_ERR_INVALID_ARG')) {
    return { kind: 'protocol', code, message: `The request cannot be sent as HTTP/1.1: ${sentence(said)}` };
  }
  return { kind: 'connection', code, message: `The exchange failed: ${sentence(said)}` };
}

/** Says of anything thrown while a body was being read what it means for the exchange. */
export function bodyErrorOf(thrown: unknown): ExchangeError {
  const code = codeOf(thrown);
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    const message = 'The connection ended before as many bytes had come as the Content-Length announced.';
    return { kind: 'connection', code, message };
  }
  return exchangeErrorOf(thrown);
}

/** Bytes of header section, beyond which no answer is read. */
export const maxHeaderBytes = 65_536;

export const interrupted: ExchangeError = {
  kind: 'interrupted',
  code: 'INTERRUPTED',
  message: 'The run was interrupted before the answer had arrived.',
};

/** The code of a Node, OpenSSL or undici error, the error's name where it has none. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof Error) {
    return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
  }
  return 'UNKNOWN';
}

/** Other people's error texts as the end of a sentence of ours; OpenSSL's are one long line of colons. */
export function sentence(said: string): string {
  const openssl = /:SSL routines:[^:]*:([^:]+):/.exec(said);
  const text = (openssl?.[1] ?? said).trim();
  return text.endsWith('.') ? text : `${text}.`;
}
