import type { ExchangeError } from '../kit/exchange.ts';
import { codeOf, ExchangeFailure, exchangeErrorOf, sentence } from './exchange-failure.ts';
import { isLocalTlsRefusal } from './is-local-tls-refusal.ts';

/** Says why no TCP connection came about. */
export function connectError(thrown: unknown, host: string, port: number): ExchangeError {
  if (thrown instanceof ExchangeFailure) {
    return exchangeErrorOf(thrown);
  }
  const code = codeOf(thrown);
  const at = `${host} port ${port}`;
  switch (code) {
    case 'ENOTFOUND':
      return { kind: 'dns', code, message: `There is no address for ${host}; check the name and the DNS.` };
    case 'EAI_AGAIN':
      return { kind: 'dns', code, message: `The DNS did not answer for ${host}; check this machine's network.` };
    case 'ECONNREFUSED':
      return { kind: 'connection', code, message: `Nothing listens at ${at}: the connection was refused.` };
    case 'ETIMEDOUT':
      return {
        kind: 'connection',
        code,
        message: `There was no answer from ${at}; check the address and the firewall.`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { kind: 'connection', code, message: `There is no route to ${at}; check the network.` };
    default: {
      const kind = code.startsWith('EAI_') ? 'dns' : 'connection';
      return { kind, code, message: `No connection to ${at}: ${sentence(textOf(thrown))}` };
    }
  }
}

/** Says why a TLS handshake did not come about; what is wrong with a certificate is said elsewhere. */
export function handshakeError(thrown: unknown, host: string, port: number): ExchangeError {
  if (thrown instanceof ExchangeFailure) {
    return exchangeErrorOf(thrown);
  }
  const code = codeOf(thrown);
  const at = `${host} port ${port}`;
  if (isLocalTlsRefusal({ kind: 'tls', code })) {
    const message = `This machine's OpenSSL cannot offer the TLS version asked for to ${at}: ${sentence(textOf(thrown))}`;
    return { kind: 'tls', code, message };
  }
  if (notTls.has(code)) {
    return { kind: 'tls', code, message: `What listens at ${at} does not speak TLS; is it plain http?` };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { kind: 'tls', code, message: `The server at ${at} closed the connection during the TLS handshake.` };
  }
  return { kind: 'tls', code, message: `The TLS handshake with ${at} failed: ${sentence(textOf(thrown))}` };
}

const notTls: ReadonlySet<string> = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

function textOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.message !== '' ? thrown.message : codeOf(thrown);
}
