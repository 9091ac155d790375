import type { ExchangeError } from '../kit/exchange.ts';

/**
 * Whether a failed handshake says something about this machine only: its OpenSSL could not offer what was asked for,
 * so that nothing is known about the server.
 */
export function isLocalTlsRefusal({ kind, code }: Pick<ExchangeError, 'kind' | 'code'>): boolean {
  // What a server's alert brings has ALERT in its code; ERR_OSSL_ comes from the library below TLS.
  return kind === 'tls' && (localCodes.has(code) || code.startsWith('ERR_OSSL_'));
}

const localCodes: ReadonlySet<string> = new Set([
  'ERR_SSL_INTERNAL_ERROR',
  'ERR_SSL_LIBRARY_BUG',
  'ERR_SSL_NO_CIPHER_MATCH',
  'ERR_SSL_NO_CIPHERS_AVAILABLE',
  'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
  'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
  'ERR_SSL_UNSUPPORTED_SSL_VERSION',
  'ERR_TLS_INVALID_PROTOCOL_VERSION',
  'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
]);
