import { createConnector } from '../http/connector.ts';
import { ExchangeFailure, exchangeErrorOf } from '../http/exchange-failure.ts';
import { proxyFor } from '../http/proxy.ts';
import type { ExchangeError, TlsSummary } from '../kit/exchange.ts';

export interface TlsOptions {
  /** PEM text, trusted beside Node's own roots. */
  readonly ca?: string;
  /** Any certificate will do. */
  readonly insecure: boolean;
}

/** What stands in the way of a request to an origin, and what its handshake showed. */
export interface Verified {
  readonly error: ExchangeError | null;
  readonly tls?: TlsSummary;
}

export interface OriginVerifier {
  verify(url: URL): Promise<Verified>;
  close(): void;
}

/**
 * Verifies the certificates of the https origins that the browser is about to ask, because the browser cannot be given
 * an authority of its own. Each origin is verified once; an origin that could not be reached is tried again.
 */
export function createOriginVerifier(
  tls: TlsOptions,
  { timeoutMs, env }: { readonly timeoutMs: number; readonly env: NodeJS.ProcessEnv },
): OriginVerifier {
  const known = new Map<string, Promise<Verified>>();
  const closing = new Set<() => void>();

  const shake = async (url: URL): Promise<Verified> => {
    const { ca, insecure } = tls;
    let destroy = () => {};
    try {
      const connector = createConnector({
        ca,
        insecure,
        timeoutMs,
        versions: undefined,
        tunnel: proxyFor(url, env),
        forwards: false,
      });
      destroy = connector.destroy;
      closing.add(destroy);
      await new Promise<void>((resolve, reject) => {
        const { protocol, hostname, port } = url;
        connector.connect({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }, (failure, socket) => {
          if (failure) return reject(failure);
          socket.destroy();
          resolve();
        });
      });
      const summary = connector.tlsOf(url);
      return { error: null, ...(summary && { tls: summary }) };
    } catch (thrown) {
      const summary = thrown instanceof ExchangeFailure ? thrown.tls : undefined;
      return { error: exchangeErrorOf(thrown), ...(summary && { tls: summary }) };
    } finally {
      closing.delete(destroy);
    }
  };

  return {
    async verify(url) {
      if (url.protocol !== 'https:' || tls.insecure) return { error: null };
      const verified = known.get(url.origin) ?? shake(url);
      known.set(url.origin, verified);
      const { error } = await verified;
      if (error && error.kind !== 'certificate') known.delete(url.origin);
      return verified;
    },
    close() {
      for (const close of closing) close();
    },
  };
}
