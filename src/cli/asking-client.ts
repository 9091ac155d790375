import { createHttpClient, type RecordingHttpClient } from '../http/create-http-client.ts';
import { tool } from '../kit/index.ts';

/** The server that is asked before anything is run. */
export interface Asked {
  readonly fhirBaseUrl: string;
  /** PEM text. */
  readonly ca?: string;
  readonly insecure: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP client for commands that ask a server a few things and report none of it. */
export function askingClient({ fhirBaseUrl, ca, insecure, headers = {} }: Asked): RecordingHttpClient {
  return createHttpClient({
    timeoutMs: 15_000,
    insecure,
    ...(ca !== undefined && { ca }),
    targetHeaders: { headers, isTargetOrigin: (origin) => new URL(fhirBaseUrl).origin === origin },
    record: () => {},
    env: process.env,
    userAgent: `smart-check/${tool().version}`,
  });
}
