import { grantedScopes } from '../../src/artifacts/refreshes.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { artifact, configuration, isSince, Skip, type SpecVersion } from '../../src/kit/index.ts';
import type { SignedJwt } from '../../src/oauth/jwt.ts';
import { type Identity, identities } from './identities.ts';

/** What an id_token says of the resource that represents the user. */
export interface FhirUser extends Identity {
  /** The claim as it came; undefined when it did not. */
  readonly claim: unknown;
  /** Null when the claim is no URL. */
  readonly url: URL | null;
  /** The URL below the FHIR base URL, such as `Patient/1`; null when it leads to another server. */
  readonly path: string | null;
  /** As the URL has it; null when it has none. */
  readonly type: string | null;
}

/** The fhirUser of each id_token whose grant has openid and fhirUser; at least one. */
export const fhirUsers = artifact({
  name: 'fhirUsers',
  needs: [configuration, fhirBaseUrl, identities],
  obtain({ configuration: { specVersion }, fhirBaseUrl, identities }): readonly FhirUser[] {
    const granted = identities.filter(({ launch }) => grantedScopes(launch).some(asksForUser(specVersion)));
    if (granted.length === 0) throw new Skip('not-advertised', 'fhirUser was not granted');
    return granted.map((identity): FhirUser => {
      const claim = fhirUserClaim(identity.jwt.claims, specVersion);
      return { ...identity, claim, ...resolveFhirUser(claim, fhirBaseUrl) };
    });
  },
});

/** Version 1.0 tolerated the name of its draft. */
export function fhirUserClaim({ fhirUser, profile }: SignedJwt['claims'], specVersion: SpecVersion): unknown {
  return fhirUser ?? (isSince(specVersion, '2.0') ? undefined : profile);
}

/** Whether a scope asks for the claim. */
export function asksForUser(specVersion: SpecVersion): (scope: string) => boolean {
  return (scope) => /(^|#|\/)fhirUser$/.test(scope) || (scope === 'profile' && !isSince(specVersion, '2.0'));
}

/** A claim may be absolute, or relative to the FHIR base URL ("Scopes for requesting identity data"). */
export function resolveFhirUser(claim: unknown, fhirBaseUrl: string): Pick<FhirUser, 'url' | 'path' | 'type'> {
  const base = fhirBaseUrl.replace(/\/*$/, '/');
  const url = typeof claim === 'string' && claim !== '' && URL.canParse(claim, base) ? new URL(claim, base) : null;
  const [, type = null] = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]+(?:\/_history\/[^/]+)?$/.exec(url?.pathname ?? '') ?? [];
  const path = url?.href.startsWith(new URL(base).href) ? url.href.slice(new URL(base).href.length) : null;
  return { url, path, type };
}
