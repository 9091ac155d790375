import { generate } from 'selfsigned';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const day = 24 * 60 * 60 * 1000;

/** Makes the certificate of an authority that nobody knows. */
export async function makeAuthority(name: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** Makes the certificate of a server on 127.0.0.1, or for what `names` says. */
export async function makeCertificate(
  authority: Certificate,
  { names = [], expired = false }: { names?: string[]; expired?: boolean } = {},
): Promise<Certificate> {
  const start = Date.now() - (expired ? 20 : 1) * day;
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'loopback.test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(start),
    notAfterDate: new Date(start + 10 * day),
    ca: { key: authority.key, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames:
          names.length > 0
            ? names.map((value) => ({ type: 2 as const, value }))
            : [{ type: 7 as const, ip: '127.0.0.1' }],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
