import type { Override } from '../behaviour.ts';
import type { CertificateRequest } from '../tls/certificates.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesSmartConfiguration, changesTransport } from './overrides.ts';

const day = 24 * 60 * 60 * 1000;

/** Nothing at all can be asked of a server that no connection comes about with. */
const unreachable = ['discovery/location'];

const certificate: readonly FaultRow[] = [
  {
    id: 'discovery/tls-certificate~expired',
    level: 'fail',
    summary: 'The certificate expired yesterday',
    https: true,
    also: unreachable,
    override: certified(({ notBefore }) => ({
      notBefore: new Date(notBefore.getTime() - 90 * day),
      notAfter: notBefore,
    })),
  },
  {
    id: 'discovery/tls-certificate~not-yet-valid',
    level: 'fail',
    summary: 'The certificate is valid from the day after tomorrow',
    https: true,
    also: unreachable,
    override: certified(({ notBefore }) => ({ notBefore: new Date(notBefore.getTime() + 3 * day) })),
  },
  {
    id: 'discovery/tls-certificate~other-host',
    level: 'fail',
    summary: 'The certificate is for another host',
    https: true,
    also: unreachable,
    override: certified(() => ({ hosts: ['other-ehr.smart-check.test'] })),
  },
];

const versions: readonly FaultRow[] = [
  {
    id: 'discovery/tls-1-2~only-1-1',
    level: 'fail',
    summary: 'The server speaks TLS 1.1 at most',
    https: true,
    also: ['discovery/tls-old-versions-refused', ...unreachable],
    override: changesTransport(() => ({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })),
  },
  {
    id: 'discovery/tls-old-versions-refused~1-0',
    level: 'fail',
    summary: 'The server speaks every version from TLS 1.0 on',
    https: true,
    override: changesTransport(() => ({ minVersion: 'TLSv1' })),
  },
  {
    id: 'discovery/tls-old-versions-refused~1-1',
    level: 'fail',
    summary: 'The server speaks TLS 1.1 besides 1.2 and 1.3',
    https: true,
    override: changesTransport(() => ({ minVersion: 'TLSv1.1' })),
  },
];

const plain: readonly FaultRow[] = [
  {
    id: 'discovery/plain-http-refused~same-port',
    level: 'fail',
    summary: 'The https port answers plain http as well',
    https: true,
    override: changesTransport(() => ({ plainHttpToo: true })),
  },
  {
    id: 'discovery/https~introspection-endpoint',
    level: 'fail',
    summary: 'introspection_endpoint is an http URL, not at a loopback address',
    also: ['discovery/oauth-uris-do-not-contradict', 'discovery/oauth-uris-agree', 'introspection/over-tls'],
    // The system takes it to loopback all the same.
    override: changesSmartConfiguration((document, { site }) => ({
      ...document,
      introspection_endpoint: site.introspect.replace(/^https?:\/\/127\.0\.0\.1/, 'http://0.0.0.0'),
    })),
  },
];

/** What happens before a request can be sent. */
export const tlsFaults = faultsOf([...certificate, ...versions, ...plain]);

function certified(change: (usual: CertificateRequest) => Partial<CertificateRequest>): Override {
  return changesTransport(({ certificate }) => ({ certificate: { ...certificate, ...change(certificate) } }));
}
