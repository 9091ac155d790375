import type { Exchange } from '../kit/index.ts';

/** The server's SMART configuration document, read leniently so that one defect does not hide the next. */
export interface SmartConfiguration {
  readonly document: Readonly<Record<string, unknown>>;
  readonly exchange: Exchange;
}

/** What the server says it can do (conformance, "Capabilities"). */
export interface Capabilities {
  readonly all: readonly string[];
  /** Whether launch-ehr or launch-standalone is among them. */
  readonly launchesApps: boolean;
  includes(name: string): boolean;
}

/** Reads the `capabilities` of a SMART configuration; null when they are no array. */
export function readCapabilities(value: unknown): Capabilities | null {
  if (!Array.isArray(value)) return null;
  const all = stringsIn(value);
  const includes = (name: string) => all.includes(name);
  return { all, includes, launchesApps: includes('launch-ehr') || includes('launch-standalone') };
}

/** The members of the document that hold one URL each. */
export const endpointMembers = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'management_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'smart_app_state_endpoint',
  'user_access_brand_bundle',
] as const;
export type EndpointMember = (typeof endpointMembers)[number];

/** The strings of an array; empty for anything else. */
export function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/**
 * The URL a member holds, a relative one resolved against the FHIR base URL as a lenient client does
 * (conformance, "using well-known"); null when there is none to be had.
 */
export function endpointUrl(value: unknown, fhirBaseUrl: string): URL | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  const url = URL.canParse(value, fhirBaseUrl) ? new URL(value, fhirBaseUrl) : null;
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url : null;
}

/** Whether a text is an absolute http or https URL as RFC 3986 has it: scheme and host written out. */
export function isAbsoluteUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^/?#\s]/i.test(value) && !/\s/.test(value) && URL.canParse(value);
}
