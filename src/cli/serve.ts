import { UsageError } from '../kit/index.ts';
import {
  type Fault,
  type FhirVersion,
  faults,
  joined,
  type PageStyle,
  pageStyles,
  startServer,
  type Variant,
  variants,
  writeConfiguration,
} from '../server/index.ts';
import { findById } from './catalogue.ts';
import { findFhirVersion } from './find-fhir-version.ts';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly baseUrl?: string;
  readonly https?: boolean;
  readonly fault: readonly string[];
  readonly variant?: string;
  readonly fhirVersion?: string;
  readonly pageStyle?: string;
  readonly writeConfig?: string;
}

/** Runs the reference server until it is told to stop; prints its FHIR base URL alone on the first line. */
export async function serve(options: ServeOptions): Promise<void> {
  const { port, host, baseUrl, https = false } = options;
  if (baseUrl !== undefined && !/^https?:\/\/[^/?#]+[^?#]*$/.test(baseUrl)) {
    throw new UsageError(`--base-url: expected an http or https URL, got "${baseUrl}"`);
  }
  const variant = options.variant === undefined ? undefined : findVariant(options.variant);
  const shown = options.fault.map((id) => findById('fault', faults, id));
  const fhirVersion = versionFor(options.fhirVersion, [...shown, ...(variant ? [variant] : [])]);
  const server = await startServer({
    port,
    host,
    https,
    faults: shown,
    ...(variant && { variant }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(options.pageStyle !== undefined && { pageStyle: findPageStyle(options.pageStyle) }),
    ...(fhirVersion && { fhirVersion }),
  }).catch((error: NodeJS.ErrnoException) => {
    if (!error.code) throw error;
    const free = error.code === 'EADDRINUSE' ? '; --port 0 takes any that is free' : '';
    throw new UsageError(`cannot listen at ${host}, port ${port}: ${error.message}${free}`);
  });
  process.stdout.write(`${server.fhirBaseUrl}\n`);
  if (options.writeConfig !== undefined) await writeConfigurationTo(options.writeConfig);

  const stop = () => void server.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);

  async function writeConfigurationTo(file: string): Promise<void> {
    try {
      const [description] = [variant, ...shown].flatMap((one) => one?.description ?? []);
      const configuration = () => description?.(server.configuration()) ?? server.configuration();
      await writeConfiguration({ configuration }, file);
    } catch (error) {
      await server.close();
      throw new UsageError(`--write-config: ${error instanceof Error ? error.message : String(error)}`);
    }
    process.stderr.write(`configuration written: smart-check run -c ${file}\n`);
  }
}

function findVariant(id: string): Variant {
  return joined(id) ?? findById('variant', variants, id);
}

/** The version that is asked for, else the one in which a fault or variant shows. @throws UsageError when they differ */
function versionFor(asked: string | undefined, shown: readonly (Fault | Variant)[]): FhirVersion | undefined {
  const wanted = asked === undefined ? undefined : findFhirVersion(asked);
  const bound = shown.flatMap(({ id, fhirVersion }) => (fhirVersion ? [{ id, fhirVersion }] : []));
  const version = wanted ?? bound[0]?.fhirVersion;
  const other = bound.find((one) => one.fhirVersion !== version);
  if (other) throw new UsageError(`${other.id} shows in FHIR ${other.fhirVersion} only, and not in ${version}`);
  return version;
}

function findPageStyle(style: string): PageStyle {
  const known = pageStyles.find((candidate) => candidate === style);
  if (known) return known;
  throw new UsageError(`--page-style: expected one of ${pageStyles.join(', ')}, got "${style}"`);
}
