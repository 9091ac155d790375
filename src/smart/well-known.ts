/** The address of a well-known document below a base URL or an issuer, of which one final slash is dropped. */
export function wellKnown(base: string, name: 'smart-configuration' | 'openid-configuration'): string {
  return `${base.replace(/\/$/, '')}/.well-known/${name}`;
}

/** The address of something below the FHIR base URL. */
export function belowBase(fhirBaseUrl: string, path: string): string {
  return `${fhirBaseUrl.replace(/\/$/, '')}/${path}`;
}
