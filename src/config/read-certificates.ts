import { readBytes } from './read-bytes.ts';

/** The text of a PEM file of certificates, or in words why it is none. */
export async function readCertificates(path: string): Promise<{ readonly pem: string } | { readonly problem: string }> {
  const read = await readBytes(path);
  if ('problem' in read) return read;
  // Comments between the certificates may be in any encoding.
  const pem = read.bytes.toString('latin1');
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (certificates.length === 0) {
    const found = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----/)?.[1];
    const got = found === undefined ? '' : `, got ${found === 'CERTIFICATE' ? 'one that is cut short' : found}`;
    return { problem: `holds no certificate; expected PEM (-----BEGIN CERTIFICATE-----)${got}` };
  }
  const { X509Certificate } = await import('node:crypto');
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      return { problem: `certificate ${index + 1} of ${certificates.length} is damaged` };
    }
  }
  return { pem };
}
