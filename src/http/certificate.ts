import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ExchangeError, TlsSummary } from '../kit/exchange.ts';

/** The certificate of the other side. By way of its bytes: Node 20 gives `getPeerX509Certificate` only once to a socket. */
export function presentedCertificate(socket: TLSSocket): X509Certificate | undefined {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

/** What the other side showed of itself in the handshake. */
export function tlsSummary(socket: TLSSocket, certificate: X509Certificate | undefined): TlsSummary {
  return {
    protocol: socket.getProtocol(),
    subject: certificate === undefined ? null : nameOf(certificate.subject),
    issuer: certificate === undefined ? null : nameOf(certificate.issuer),
    validFrom: certificate === undefined ? null : isoDate(certificate.validFrom),
    validTo: certificate === undefined ? null : isoDate(certificate.validTo),
  };
}

/**
 * Says why a certificate was refused, which one it was, and what to do.
 *
 * @param code - of Node's verification, such as `CERT_HAS_EXPIRED`
 * @param host - the name it should have been for
 */
export function certificateError(code: string, host: string, certificate: X509Certificate | undefined): ExchangeError {
  const presented = certificate === undefined ? 'It presented none.' : `Presented was ${describe(certificate)}.`;
  return { kind: 'certificate', code, message: `${complaint(code, host, certificate)} ${presented}` };
}

function complaint(code: string, host: string, certificate: X509Certificate | undefined): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const own = certificate === undefined || Date.parse(certificate.validTo) < Date.now();
      return own
        ? `The certificate of ${host} has expired; renew it.`
        : `A certificate in the chain of ${host} has expired; renew it.`;
    }
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${host} is not valid yet; check the clocks of both machines.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate does not name ${host}; use one that does, or the host name it was issued for.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `The certificate of ${host} is self-signed and not known here; give it with --ca-cert FILE.`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `The certificate of ${host} comes from an authority not known here; give its certificate with --ca-cert FILE.`;
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return (
        `The issuer of the certificate of ${host} is not known here; make the server send its intermediate ` +
        'certificates, or give the issuer with --ca-cert FILE.'
      );
    case 'CERT_REVOKED':
      return `The certificate of ${host} has been revoked; replace it.`;
    default:
      return `The certificate of ${host} cannot be trusted (${code}).`;
  }
}

function describe(certificate: X509Certificate): string {
  const names = certificate.subjectAltName === undefined ? '' : `, for ${certificate.subjectAltName.slice(0, 500)}`;
  const validity = `valid from ${isoDate(certificate.validFrom)} to ${isoDate(certificate.validTo)}`;
  return `"${nameOf(certificate.subject)}"${names}, issued by "${nameOf(certificate.issuer)}", ${validity}`;
}

/** One line of a distinguished name, which Node gives with a line for each attribute. */
function nameOf(distinguishedName: string | undefined): string {
  // The types promise a string; a certificate without a subject gives undefined.
  return (distinguishedName ?? '').split('\n').join(', ').slice(0, 500);
}

function isoDate(openssl: string): string | null {
  const time = Date.parse(openssl);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
