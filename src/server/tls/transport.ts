import type { SecureVersion } from 'node:tls';
import type { Setup } from '../setup.ts';
import type { CertificateRequest } from './certificates.ts';

/** How an https server meets its clients before they can ask anything. */
export interface Transport {
  readonly certificate: CertificateRequest;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** Whether plain http is answered on the same port. */
  readonly plainHttpToo: boolean;
}

/** A valid certificate, and TLS 1.2 or later (RFC 8996). */
export function conformantTransport({ hosts, startedAt }: Setup): Transport {
  return {
    certificate: {
      hosts: ['localhost', '127.0.0.1', '::1', ...hosts],
      ...yearAround(startedAt),
    },
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    plainHttpToo: false,
  };
}

/** A year's validity. It starts at midnight the day before, so that the servers of one day share their certificate. */
function yearAround(date: Date): { notBefore: Date; notAfter: Date } {
  const midnight = (days: number) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + days));
  return { notBefore: midnight(-1), notAfter: midnight(364) };
}
