import type { RegisteredClient } from './clients.ts';
import type { KeyPair } from './keys.ts';
import type { FhirVersion, PageStyle } from './options.ts';
import type { Person } from './people.ts';
import type { Site } from './site.ts';
import type { ClientKeys } from './tokens/client-keys.ts';
import type { Vault } from './vault.ts';

/** What one running server is made of, apart from how it behaves. */
export interface Setup {
  readonly site: Site;
  /** The hosts its certificate is for, beside the loopback ones. */
  readonly hosts: readonly string[];
  readonly fhirVersion: FhirVersion;
  readonly clients: readonly RegisteredClient[];
  readonly clientKeys: ClientKeys;
  /** `host:port` where clients registered by URL serve their JWK Sets. */
  readonly jwksListen: string;
  /** The server's own, with which it signs id_tokens. */
  readonly signingKeys: readonly KeyPair[];
  readonly people: readonly Person[];
  readonly vault: Vault;
  readonly pageStyle: PageStyle;
  readonly startedAt: Date;
  /** Milliseconds since the epoch. */
  now(): number;
}
