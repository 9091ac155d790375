import type { RegisteredClient } from './clients.ts';
import type { JsonObject } from './json.ts';
import type { Setup } from './setup.ts';

/** What a user of smart-check would write into its configuration to have this server checked. */
export interface SelfDescription {
  readonly fhirBaseUrl: string;
  readonly specVersion: string;
  readonly fhirVersion: string;
  /** The certificate of the authority itself, PEM. */
  readonly tls?: { readonly ca: string };
  readonly clients: Readonly<Record<RegisteredClient['role'], DescribedClient>>;
  readonly capabilitySets: readonly string[];
  readonly allowWrites: boolean;
}

export interface DescribedClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** A private JWK Set. */
  readonly keys?: { readonly keys: readonly JsonObject[] };
  readonly redirectUri?: string;
  readonly launchUrl?: string;
  readonly origin?: string;
  readonly scope?: string;
}

export function describe({ site, fhirVersion, clients }: Setup, caCertificate: string | null): SelfDescription {
  const described = (role: RegisteredClient['role']): DescribedClient => {
    const client = clients.find((registered) => registered.role === role);
    if (!client) throw new Error(`no client is registered as ${role}`);
    const { role: _, keys, ...rest } = client;
    return { ...rest, ...(keys && { keys: { keys: keys.map(({ privateJwk }) => privateJwk) } }) };
  };
  return {
    fhirBaseUrl: site.fhir,
    specVersion: '2.2',
    fhirVersion,
    ...(caCertificate !== null && { tls: { ca: caCertificate } }),
    clients: {
      public: described('public'),
      symmetric: described('symmetric'),
      asymmetric: described('asymmetric'),
      backend: described('backend'),
    },
    capabilitySets: [
      'patient-access-standalone',
      'patient-access-ehr',
      'clinician-access-standalone',
      'clinician-access-ehr',
    ],
    allowWrites: true,
  };
}
