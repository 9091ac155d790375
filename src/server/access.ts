/** What an access token allows, as the authorization server granted it. */
export interface AccessGrant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly patient: string | null;
  readonly encounter: string | null /** `Practitioner/dr-bob`; null for a backend service */;
  readonly fhirUser: string | null;
  readonly userMayNotSee: readonly string[] /** ms since the epoch */;
  readonly expiresAt: number;
}
export type AccessDecision =
  | { readonly kind: 'granted'; readonly grant: AccessGrant }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };
