import type { SpecVersion } from './spec-version.ts';

/** What is known of the target: the configuration file, `${NAME}` filled in, under what the command line said. */
export interface Configuration {
  /** Absolute, as the user wrote it; null when only a brand bundle is checked. */
  readonly fhirBaseUrl: string | null;
  readonly specVersion: SpecVersion;
  /** As in `CapabilityStatement.fhirVersion`; learned from the target unless given. */
  readonly fhirVersion?: string;
  /** `ca`: the PEM text. */
  readonly tls: { readonly ca?: string; readonly insecure: boolean };
  readonly headers: Readonly<Record<string, string>>;
  readonly introspectionUrl?: string;
  /** Of the brand bundle to check, instead of the one that the server names: its URL, or the path of a file. */
  readonly brands?: { readonly url: string } | { readonly file: string };
  readonly clients: Clients;
  readonly jwksListen?: string;
  readonly users: Readonly<Record<string, User>>;
  readonly authorize: { readonly drive: 'auto' | 'steps' | 'manual'; readonly steps: readonly Step[] };
  readonly ehrLaunch?: {
    readonly startUrl: string;
    readonly user: string;
    readonly steps: readonly Step[];
    /** Where the user starts the app from `data.task`. */
    readonly taskStartUrl?: string;
  };
  readonly data: TargetData;
  /** Capability sets the vendor claims: `patient-access-standalone` and so on. */
  readonly capabilitySets: readonly string[];
  readonly allowWrites: boolean;
  /** Seconds that a test may wait for something to expire; none unless given. */
  readonly patience?: number;
}

export interface Clients {
  readonly public?: Client;
  readonly symmetric?: Client;
  readonly asymmetric?: Client;
  readonly backend?: Client;
  readonly introspection?: IntrospectionCredentials;
  readonly appState?: Client;
  readonly shortLived?: Client;
  readonly others?: readonly Client[];
}

/** One registered client; which members are there depends on its kind. */
export interface Client {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** How the secret is sent; by HTTP Basic unless given (RFC 7591 section 2). */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post';
  /** A private JWK Set (RFC 7517). */
  readonly keys?: JsonWebKeySet;
  readonly redirectUri?: string;
  readonly launchUrl?: string;
  /** Where the EHR starts this client, when it is another address than `ehrLaunch.startUrl`. */
  readonly ehrStartUrl?: string;
  /** The web origin of an app that runs purely in a browser. */
  readonly origin?: string;
  readonly scope?: string;
  /** Scopes that a backend service may not have. */
  readonly unauthorizedScope?: string;
  /** Seconds for which a backend service's access tokens may be good at most. */
  readonly longestTokenLifetime?: number;
  readonly jwksUrl?: string;
  readonly stateCodes?: readonly string[];
  readonly globalState?: boolean;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export interface IntrospectionCredentials {
  /** The name of the client whose access token is the bearer. */
  readonly bearer?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface User {
  readonly username: string;
  readonly email?: string;
  readonly password?: string;
  readonly totpSecret?: string;
  readonly patient?: string;
  readonly patientName?: string;
  readonly mayNotSee?: readonly string[];
}

/** One step of a scripted sign-in: a single key naming the action. */
export type Step =
  | { readonly goto: string }
  | { readonly click: Locator }
  | { readonly fill: Locator & { readonly with: string } }
  | { readonly select: Locator & { readonly option: string } }
  | { readonly check: Locator }
  | { readonly uncheck: Locator }
  | { readonly press: Locator & { readonly key: string } }
  | { readonly waitFor: Locator }
  | { readonly frame: Locator };

/** Says which element of a page is meant: one of these, `name` beside `role` only. */
export interface Locator {
  readonly label?: string;
  readonly role?: string;
  readonly name?: string;
  readonly text?: string;
  readonly placeholder?: string;
  readonly testId?: string;
  readonly css?: string;
}

export interface TargetData {
  readonly patient?: string;
  readonly otherPatient?: string;
  readonly encounter?: string;
  readonly resourceType?: string;
  readonly category?: string;
  readonly otherCategory?: string;
  readonly task?: string;
  readonly otherTask?: string;
  /** What is open in the EHR, or picked, beside patient and encounter: `Condition/1`. */
  readonly openResource?: string;
  /** References such as `Practitioner/1`: whom App State may be about. */
  readonly subjects?: readonly string[];
}
