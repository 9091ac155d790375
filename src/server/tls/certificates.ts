import { isIP } from 'node:net';

export interface CertificateRequest {
  /** DNS names and IP addresses; the first is the common name as well. */
  readonly hosts: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

let madeAuthority: Promise<Certificate> | undefined;
const leaves = new Map<string, Promise<Certificate>>();

/** The certificate authority of this process, made when first asked for. */
export function authority(): Promise<Certificate> {
  madeAuthority ??= makeAuthority();
  return madeAuthority;
}

/** A server's certificate, made once per process for each different request. */
export function serverCertificate(request: CertificateRequest): Promise<Certificate> {
  const key = JSON.stringify(request);
  const known = leaves.get(key) ?? makeLeaf(request);
  leaves.set(key, known);
  return known;
}

/** On a small curve, with SHA-256. */
const signature = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const day = 24 * 60 * 60 * 1000;

async function makeAuthority(): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'smart-check reference server authority' }], {
    ...signature,
    // Longer on both sides than any certificate it signs, an expired one included.
    notBeforeDate: new Date(Date.now() - 800 * day),
    notAfterDate: new Date(Date.now() + 800 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

async function makeLeaf({ hosts, notBefore, notAfter }: CertificateRequest): Promise<Certificate> {
  const [{ generate }, issuer] = await Promise.all([import('selfsigned'), authority()]);
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
    ...signature,
    ca: { key: issuer.key, cert: issuer.certificate },
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...new Set(hosts)].map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}
