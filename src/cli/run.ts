import { type CheckOptions, openStateFile, readConfiguration } from '../index.ts';
import { UsageError } from '../kit/index.ts';
import { type RunOptions, runAndReport } from './run-and-report.ts';

export interface RunCommandOptions extends RunOptions {
  readonly config?: string;
  readonly specVersion?: '1.0' | '2.0' | '2.1' | '2.2';
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
  if (options.brands !== undefined) throw new UsageError('--brands: the brands suite has no tests yet');
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
    },
  });
  if (configuration.fhirBaseUrl === null) {
    throw new UsageError('which server? Give its FHIR base URL: smart-check run https://ehr.example.org/fhir');
  }
  process.exitCode = await runAndReport(options, {
    configuration,
    require: options.require,
    ...(options.headed && { headed: true }),
    ...(options.state !== undefined && { memory: openStateFile(options.state, configuration.fhirBaseUrl) }),
  } satisfies CheckOptions);
}
