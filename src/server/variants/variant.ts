import type { Override } from '../behaviour.ts';
import type { RegisteredClient } from '../clients.ts';
import type { FhirVersion, PageStyle } from '../options.ts';
import type { Configured, SelfDescription } from '../self-description.ts';
import type { Site } from '../site.ts';

/** Another way to conform: what the guide leaves open, decided differently. No test may fail because of it. */
export interface Variant {
  readonly id: string;
  /** What such a server does. */
  readonly summary: string;
  /** Requirements that are recommendations, which it does without: a warning is right there, and nowhere else. */
  readonly warned?: readonly string[];
  readonly override?: Override;
  /** Other addresses than the usual ones. */
  readonly site?: (usual: Site) => Site;
  /** Clients that are registered in another way. */
  readonly clients?: (usual: readonly RegisteredClient[]) => readonly RegisteredClient[];
  readonly pageStyle?: PageStyle;
  /** How far its clock is ahead of the machine's. */
  readonly secondsAhead?: number;
  /** R4 unless given. */
  readonly fhirVersion?: FhirVersion;
  /** What a user would configure differently. */
  readonly description?: (usual: SelfDescription) => Configured;
}
