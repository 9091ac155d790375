import { type CheckOptions, openStateFile, readConfiguration } from '../index.ts';
import { type SpecVersion, UsageError } from '../kit/index.ts';
import { type RunOptions, runAndReport } from './run-and-report.ts';

export interface RunCommandOptions extends RunOptions {
  readonly config?: string;
  readonly specVersion?: SpecVersion;
  readonly fhirVersion?: string;
  readonly require: readonly string[];
  readonly allowWrites?: boolean;
  readonly caCert?: string;
  readonly insecure?: boolean;
  readonly brands?: string;
  readonly state?: string;
  readonly headed?: boolean;
}

/** Checks a server; what the command line says wins over the configuration file. */
export async function run(fhirBaseUrl: string | undefined, options: RunCommandOptions): Promise<void> {
  const { config, specVersion, fhirVersion, caCert, insecure, allowWrites } = options;
  askForConfiguration(fhirBaseUrl, config);
  const configuration = await readConfiguration({
    env: process.env,
    ...(config !== undefined && { file: config }),
    overrides: {
      ...(fhirBaseUrl !== undefined && { fhirBaseUrl }),
      ...(specVersion !== undefined && { specVersion }),
      ...(fhirVersion !== undefined && { fhirVersion }),
      ...(caCert !== undefined && { tlsCa: caCert }),
      ...(insecure && { tlsInsecure: true }),
      ...(allowWrites && { allowWrites: true }),
      ...(options.brands !== undefined && { brands: options.brands }),
    },
  });
  const target = configuration.fhirBaseUrl ?? options.brands;
  if (target === undefined) {
    throw new UsageError('which server? Give its FHIR base URL: smart-check run https://ehr.example.org/fhir');
  }
  const suite = configuration.fhirBaseUrl === null ? brandsAlone(options.suite) : options.suite;
  process.exitCode = await runAndReport({ ...options, suite }, {
    configuration,
    require: options.require,
    ...(options.headed && { headed: true }),
    ...(options.state !== undefined && { memory: openStateFile(options.state, target) }),
  } satisfies CheckOptions);
}

/** @throws UsageError when a file stands where a URL does, or the other way round */
function askForConfiguration(fhirBaseUrl: string | undefined, config: string | undefined): void {
  if (fhirBaseUrl !== undefined && !fhirBaseUrl.includes('://') && /\.(ya?ml|json)$/i.test(fhirBaseUrl)) {
    throw new UsageError(`FHIR base URL: expected one, got a file; a configuration is given so: run -c ${fhirBaseUrl}`);
  }
  if (config !== undefined && /^https?:\/\//i.test(config)) {
    throw new UsageError(
      `-c: expected the file of a configuration, got a URL; a FHIR base URL is given so: run ${config}`,
    );
  }
}

/** Without a FHIR base URL there is a brand bundle to check, and nothing else. */
function brandsAlone(suites: readonly string[]): readonly string[] {
  const other = suites.find((suite) => suite !== 'brands');
  if (other === undefined) return ['brands'];
  throw new UsageError(`--suite ${other}: which server? With --brands alone only the suite brands can be run`);
}
