import { schema } from '../../schemas/index.ts';
import { type Configuration, isRecord, type SpecVersion, type Step, specVersions, UsageError } from '../kit/index.ts';
import { nearest } from '../kit/nearest.ts';
import type { Environment } from './fill-in.ts';
import { meantFhirVersion } from './known-fhir-versions.ts';
import { nearestUrl, withoutUserinfo } from './nearest-url.ts';
import { whyNotReadable } from './read-bytes.ts';
import { readCertificates } from './read-certificates.ts';
import { type FileConfiguration, readConfigurationFile } from './read-configuration-file.ts';
import { alternatives, named, quoted, suggestion } from './wording.ts';

export interface ConfigurationSource {
  /** Path of a YAML or JSON file. */
  readonly file?: string;
  /** What `${NAME}` in the file stands for. */
  readonly env: Environment;
  readonly overrides: Overrides;
}

/** What the command line said; it wins over the file. */
export interface Overrides {
  readonly fhirBaseUrl?: string;
  readonly specVersion?: string;
  readonly fhirVersion?: string;
  /** Path of a PEM file, relative to the current folder. */
  readonly tlsCa?: string;
  readonly tlsInsecure?: boolean;
  readonly allowWrites?: boolean;
  /** The URL of a brand bundle, or the path of a file, relative to the current folder. */
  readonly brands?: string;
}

/**
 * Reads what is known of the target: the file, if any, under what the command line said, with defaults for the rest.
 *
 * @throws UsageError whose message is ready to print: a line for each mistake, with file and line where it is in the file
 */
export async function readConfiguration({ file, env, overrides }: ConfigurationSource): Promise<Configuration> {
  const said = await checked(overrides);
  const needsCertificates = said.tls?.ca === undefined;
  const { authorize, ehrLaunch, tls, ...found }: FileConfiguration =
    file === undefined ? { clients: {} } : await readConfigurationFile(file, env, needsCertificates);
  return {
    fhirBaseUrl: null,
    specVersion: '2.2',
    headers: {},
    users: {},
    data: {},
    capabilitySets: [],
    allowWrites: false,
    ...found,
    ...said,
    tls: { insecure: false, ...tls, ...said.tls },
    authorize: { drive: hasSteps(authorize) || hasSteps(ehrLaunch) ? 'steps' : 'auto', steps: [], ...authorize },
    ...(ehrLaunch && { ehrLaunch: { user: 'practitioner', steps: [], ...ehrLaunch } }),
  };
}

/** Whoever writes steps wants them done, unless told otherwise. */
function hasSteps(place: { readonly steps?: readonly Step[] } | undefined): boolean {
  return (place?.steps ?? []).length > 0;
}

/** @throws UsageError at the first that is wrong */
async function checked({ fhirBaseUrl, specVersion, fhirVersion, tlsCa, tlsInsecure, allowWrites, brands }: Overrides) {
  return {
    ...(fhirBaseUrl !== undefined && { fhirBaseUrl: checkedBaseUrl(fhirBaseUrl) }),
    ...(specVersion !== undefined && { specVersion: checkedSpecVersion(specVersion) }),
    ...(fhirVersion !== undefined && { fhirVersion: checkedFhirVersion(fhirVersion) }),
    tls: {
      ...(tlsCa !== undefined && { ca: await checkedCertificates(tlsCa) }),
      ...(tlsInsecure !== undefined && { insecure: tlsInsecure }),
    },
    ...(allowWrites !== undefined && { allowWrites }),
    ...(brands !== undefined && { brands: await checkedBrands(brands) }),
  };
}

function checkedBaseUrl(url: string): string {
  const { title, matches } = definition('baseUrl');
  const isRight = (text: string) => matches(text) && URL.canParse(text);
  if (isRight(url)) return url;
  const near = suggestion(nearestUrl(url, isRight));
  throw new UsageError(`FHIR base URL: expected ${title}, got ${named(withoutUserinfo(url))}${near}`);
}

function checkedSpecVersion(version: string): SpecVersion {
  const known = specVersions.find((each) => each === version);
  if (known) return known;
  const near = suggestion(nearest(version, specVersions));
  throw new UsageError(`guide version: expected ${alternatives(specVersions)}, got ${quoted(version)}${near}`);
}

function checkedFhirVersion(version: string): string {
  const { title, matches } = definition('fhirVersion');
  if (matches(version)) return version;
  const near = suggestion(meantFhirVersion(version));
  throw new UsageError(`FHIR version: expected ${title}, got ${quoted(version)}${near}`);
}

async function checkedBrands(text: string): Promise<NonNullable<Configuration['brands']>> {
  if (/^https?:/i.test(text)) {
    if (URL.canParse(text)) return { url: text };
    throw new UsageError(`--brands: expected the URL of a brand bundle or a file, got ${named(withoutUserinfo(text))}`);
  }
  const problem = await whyNotReadable(text);
  if (problem) throw new UsageError(`--brands ${quoted(text)}: ${problem}`);
  return { file: text };
}

async function checkedCertificates(path: string): Promise<string> {
  const read = await readCertificates(path);
  if ('problem' in read) throw new UsageError(`CA certificates (${quoted(path)}): ${read.problem}`);
  return read.pem;
}

/** The same as holds in a file, without loading a validator. */
function definition(name: string): { title: string; matches: (text: string) => boolean } {
  const { $defs } = schema('config');
  const found: unknown = isRecord($defs) ? $defs[name] : undefined;
  if (!isRecord(found)) throw new Error(`the configuration's schema does not define ${name}`);
  const pattern = new RegExp(String(found.pattern), 'u');
  return { title: String(found.title), matches: (text) => pattern.test(text) };
}
