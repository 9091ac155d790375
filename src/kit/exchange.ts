/** One HTTP request and what came back: the evidence behind a finding. */
export interface Exchange {
  /** `x1`, `x2`, … in the order of sending */
  readonly id: string;
  readonly by: 'http' | 'browser';
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly request: ExchangeRequest;
  /** Null when nothing came back; may stand beside `error` when the answer broke off. */
  readonly response: ExchangeResponse | null;
  readonly error: ExchangeError | null;
  readonly jwts: readonly DecodedJwt[];
  /** Ids of the exchanges whose redirects led here, the first one first. */
  readonly redirectedFrom?: readonly string[];
  /** Ids of the attempts before it that met with transport trouble, the first one first. */
  readonly retryOf?: readonly string[];
  /** Of an https connection that was established, or whose certificate was refused. */
  readonly tls?: TlsSummary;
}

export interface ExchangeRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case; several values of one name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface ExchangeResponse {
  readonly status: number;
  /** Names in lower case; several values of one name are joined with `, ` (`set-cookie`: with a line feed). */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8 after content decoding. */
  readonly body: string;
  /** Bytes of the decoded body that were read. */
  readonly bodyBytes: number;
  /** Whether `body` lacks the rest of what the server sent, or went on sending. */
  readonly truncated: boolean;
}

/** What kept an answer from arriving whole. */
export interface ExchangeError {
  readonly kind:
    | 'dns'
    | 'connection'
    | 'certificate'
    | 'tls'
    | 'timeout'
    | 'too-large'
    | 'protocol'
    | 'redirects'
    | 'interrupted';
  /** The code of Node, OpenSSL or undici, such as `ENOTFOUND` or `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** One sentence for the person who must act. */
  readonly message: string;
}

/** A time in which nothing listened where a server had answered before. */
export interface Outage {
  /** For the person who must act: since when, and what the server had been sent. */
  readonly reason: string;
  /** The requests that were broken off as it began: one of them may have brought the server down. */
  readonly broken: readonly Exchange[];
}

export interface DecodedJwt {
  /** Where it stood, such as `request body client_assertion`. */
  readonly where: string;
  readonly header: unknown;
  readonly claims: unknown;
}

export interface TlsSummary {
  /** As OpenSSL names it: `TLSv1.3` */
  readonly protocol: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** ISO 8601, UTC */
  readonly validFrom: string | null;
  readonly validTo: string | null;
}
