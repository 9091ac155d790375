import type { RegisteredClient } from './clients.ts';
import type { KeyPair } from './keys.ts';
import type { FhirVersion } from './options.ts';
import type { Site } from './site.ts';

/** What one running server is made of, apart from how it behaves. */
export interface Setup {
  readonly site: Site;
  /** The hosts its certificate is for, beside the loopback ones. */
  readonly hosts: readonly string[];
  readonly fhirVersion: FhirVersion;
  readonly clients: readonly RegisteredClient[];
  /** The server's own, with which it signs id_tokens. */
  readonly signingKeys: readonly KeyPair[];
  readonly startedAt: Date;
}
