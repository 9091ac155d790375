import { anyFhirJson, jsonMediaType } from '../fhir/json-media-type.ts';
import { type Release, releaseOf } from '../fhir/release.ts';
import { versionsIn } from '../fhir/served-versions.ts';
import {
  artifact,
  attempted,
  Block,
  configuration,
  describe,
  type Exchange,
  type HttpClient,
  http,
  isUnobtainable,
  optional,
  Skip,
} from '../kit/index.ts';
import { belowBase } from '../smart/well-known.ts';
import { capabilityStatement, metadataDocument } from './capability-statement.ts';
import { readDocument } from './document.ts';
import { fhirBaseUrl } from './target.ts';

/** The version of FHIR that the target speaks. */
export interface FhirVersion {
  /** Such as `4.0.1`; `4.0` where no more was said. */
  readonly version: string;
  readonly release: Release;
}

/** The versions a server speaks, as its operation $versions has them: `4.0`. */
export interface ServedVersions {
  readonly versions: readonly string[];
  /** Of answers to requests that name none; null when it does not say. */
  readonly preset: string | null;
  readonly exchange: Exchange;
}

/** What $versions says, which few servers have. */
export const servedVersions = artifact({
  name: 'servedVersions',
  needs: [fhirBaseUrl, http],
  async obtain({ fhirBaseUrl, http }): Promise<ServedVersions> {
    const found = await askVersions(fhirBaseUrl, http);
    if (!found) throw new Skip('not-advertised', 'the server has no operation $versions');
    return found;
  },
});

async function askVersions(fhirBaseUrl: string, http: HttpClient): Promise<ServedVersions | null> {
  const url = belowBase(fhirBaseUrl, '$versions');
  const exchange = await http.send({ url, redirect: 'manual', headers: { accept: anyFhirJson } });
  const document = readDocument(exchange, '$versions');
  const found = document.kind === 'object' ? versionsIn(document.object) : null;
  return found && { ...found, exchange };
}

/** As configured, else as /metadata says, else as $versions does. @throws Skip when it cannot be learned */
export const fhirVersion = artifact({
  name: 'fhirVersion',
  needs: [configuration, fhirBaseUrl, attempted(capabilityStatement), http],
  async obtain({ configuration, fhirBaseUrl, capabilityStatement, http }): Promise<FhirVersion> {
    const isMissing = isUnobtainable(capabilityStatement);
    const statement = isMissing ? null : capabilityStatement.resource;
    // The resource had that name in no other release.
    const byName = statement?.resourceType === 'Conformance' ? '1.0.2' : undefined;
    const known = [configuration.fhirVersion, statement?.fhirVersion, byName].flatMap(asVersion)[0];
    if (known) return known;
    const served = await askVersions(fhirBaseUrl, http).catch(nothing);
    const [only, ...more] = served?.versions ?? [];
    const [found] = asVersion(served?.preset ?? (more.length === 0 ? only : undefined));
    if (found) return found;
    const reason = isMissing
      ? capabilityStatement.message
      : `/metadata has fhirVersion ${describe(capabilityStatement.resource.fhirVersion)}`;
    throw new Skip(
      'undecided',
      `which version of FHIR the server speaks is not known: ${reason}; fhirVersion may say it`,
    );
  },
});

function asVersion(version: unknown): readonly FhirVersion[] {
  const release = releaseOf(version);
  return release && typeof version === 'string' ? [{ version, release }] : [];
}

function nothing(thrown: unknown): null {
  if (thrown instanceof Block) return null;
  throw thrown;
}

/** How resources are asked for and sent. */
export interface FhirFormat {
  /** Of requests: any FHIR JSON, or that of one version at a server that speaks several. */
  readonly accept: string;
  /** Of what is sent. */
  readonly contentType: string;
}

export const fhirFormat = artifact({
  name: 'fhirFormat',
  needs: [optional(metadataDocument), optional(fhirVersion)],
  obtain({ metadataDocument, fhirVersion }): FhirFormat {
    const accept = metadataDocument?.accept ?? anyFhirJson;
    const contentType = accept === anyFhirJson ? jsonMediaType(fhirVersion?.release ?? null) : accept;
    return { accept, contentType };
  },
});
