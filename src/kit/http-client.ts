import type { Exchange } from './exchange.ts';

export interface HttpRequest {
  /** GET unless given. */
  readonly method?: string;
  readonly url: string | URL;
  /** Sent as written, odd case included. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A form is sent as application/x-www-form-urlencoded. */
  readonly body?: string | URLSearchParams;
  /** `follow` unless given: up to the client's limit, each hop an exchange of its own. */
  readonly redirect?: 'follow' | 'manual';
  /** Bytes of decoded body after which reading stops; the client's limit unless given. */
  readonly maxBodyBytes?: number;
  /** Milliseconds for the whole exchange; the client's limit unless given. A probe may give up sooner. */
  readonly timeoutMs?: number;
  /** Begun and finished though the run has been interrupted: for what writes, and for what undoes it. */
  readonly outlastsInterruption?: boolean;
  /**
   * For a body too large to be held: asked of each answer, gives back who takes its decoded bytes while they arrive, or
   * null. The exchange then keeps the beginning only. The timeout holds for the head and for each pause, and grows with
   * what comes as long as that is not a trickle. What announces more bytes than `maxBodyBytes` is not read.
   */
  readonly receive?: (head: ResponseHead) => ((chunk: Uint8Array) => void) | null;
  /** Offer only these TLS versions, on a connection of its own, with OpenSSL's security level lowered so that old ones are possible. */
  readonly tls?: { readonly minVersion: TlsVersion; readonly maxVersion: TlsVersion };
}

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** The recording HTTP client as tests see it. */
export interface HttpClient {
  /**
   * Sends one request and records it. Never rejects for what the target or the network does: that is in the exchange's
   * `error`. After redirects the last hop's exchange is returned.
   *
   * @throws TypeError when `url` is not an absolute http or https URL
   */
  send(request: HttpRequest): Promise<Exchange>;
}
