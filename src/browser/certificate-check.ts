import { createConnector } from '../http/connector.ts';
import { exchangeErrorOf } from '../http/exchange-failure.ts';
import { proxyFor } from '../http/proxy.ts';
import type { ExchangeError } from '../kit/index.ts';

export interface CertificateCheckOptions {
  /** PEM text, trusted beside Node's own roots. */
  readonly ca?: string;
  readonly insecure: boolean;
  /** For one handshake. */
  readonly timeoutMs: number;
  /** Where HTTPS_PROXY and NO_PROXY are looked for. */
  readonly env: NodeJS.ProcessEnv;
}

/** Says what is wrong with the connection to an https origin; null when nothing is. Asks each origin once. */
export type CertificateCheck = (url: URL) => Promise<ExchangeError | null>;

/**
 * Verifies the certificates of the origins that a browser visits. Chromium itself knows no authority but those of its
 * machine, so it is told to take any certificate, and the one who gave `--ca-cert` is asked here, by Node, first.
 */
export function createCertificateCheck(options: CertificateCheckOptions): CertificateCheck {
  const { ca, insecure, timeoutMs, env } = options;
  const known = new Map<string, Promise<ExchangeError | null>>();
  const check = (url: URL) =>
    new Promise<ExchangeError | null>((resolve) => {
      const connector = createConnector({ ca, insecure, timeoutMs, versions: undefined, tunnel: proxyFor(url, env) });
      const { protocol, hostname, port } = url;
      connector.connect({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }, (error, socket) => {
        socket?.destroy();
        resolve(error && exchangeErrorOf(error));
      });
    });
  return (url) => {
    if (url.protocol !== 'https:' || insecure) return Promise.resolve(null);
    const found = known.get(url.origin) ?? check(url);
    known.set(url.origin, found);
    return found;
  };
}
