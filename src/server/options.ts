import type { Fault } from './faults/fault.ts';
import type { Variant } from './variants/variant.ts';

/** The FHIR versions the server can speak, in their order: DSTU2, STU3, R4, R4B, R5 and a ballot of R6. */
export const fhirVersions = ['1.0.2', '3.0.2', '4.0.1', '4.3.0', '5.0.0', '6.0.0-ballot3'] as const;
export type FhirVersion = (typeof fhirVersions)[number];

/** How the sign-in, picker and consent pages look and behave. */
export const pageStyles = [
  'plain',
  'identifier-first',
  'picker-radio',
  'picker-search',
  'picker-row',
  'picker-select',
  'consent-iframe',
  'consent-first',
  'javascript',
  'shadow-dom',
  'cookie-banner',
  'german',
  'hidden-twins',
] as const;
export type PageStyle = (typeof pageStyles)[number];

export interface ServerOptions {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** The address to listen at; 127.0.0.1 unless given. */
  readonly host?: string;
  /** The public URL of the server behind a proxy, which may pass the path on or cut it off. */
  readonly baseUrl?: string;
  /** With a certificate made at start, by an authority made at start. */
  readonly https?: boolean;
  /** Defects to show; none unless given. Several are laid one over the other, the last outermost. */
  readonly faults?: readonly Fault[];
  /** Another way to conform than the usual one; faults are laid over it. */
  readonly variant?: Variant;
  /** `plain` unless given. */
  readonly pageStyle?: PageStyle;
  /** 4.0.1 unless given. */
  readonly fhirVersion?: FhirVersion;
}
