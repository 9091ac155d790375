import type { Client, Clients, Configuration, JsonWebKeySet, SpecVersion, Step } from '../kit/index.ts';

/** What schemas/config.schema.json lets through. */
export interface ConfigurationFile
  extends Partial<
    Pick<
      Configuration,
      | 'fhirVersion'
      | 'headers'
      | 'introspectionUrl'
      | 'jwksListen'
      | 'users'
      | 'data'
      | 'capabilitySets'
      | 'allowWrites'
    >
  > {
  /** For editors. */
  readonly $schema?: string;
  readonly fhirBaseUrl?: string;
  /** A number only where a YAML alias stands. */
  readonly specVersion?: SpecVersion | number;
  /** `ca`: the path of a PEM file. */
  readonly tls?: { readonly ca?: string; readonly insecure?: boolean };
  readonly clients?: Omit<Clients, SingleClient | 'others'> & {
    readonly [Name in SingleClient]?: ClientInFile;
  } & { readonly others?: readonly ClientInFile[] };
  readonly authorize?: Partial<Configuration['authorize']>;
  readonly ehrLaunch?: {
    readonly startUrl: string;
    readonly user?: string;
    readonly steps?: readonly Step[];
    readonly taskStartUrl?: string;
  };
}

/** The clients that have a name of their own, so that an access token can be asked for in it. */
export const singleClients = ['public', 'symmetric', 'asymmetric', 'backend', 'appState', 'shortLived'] as const;
export type SingleClient = (typeof singleClients)[number];

/** `keys`: a JWK Set, the path of its file, or its JSON text. */
export type ClientInFile = Omit<Client, 'keys'> & { readonly keys?: string | JsonWebKeySet };
