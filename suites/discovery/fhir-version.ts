import {
  capabilityStatement,
  type MetadataDocument,
  metadataDocument,
} from '../../src/artifacts/capability-statement.ts';
import { servedVersions } from '../../src/artifacts/fhir-version.ts';
import { anyFhirJson, versionParameter } from '../../src/fhir/json-media-type.ts';
import { isFhirVersion } from '../../src/fhir/published-versions.ts';
import { type Release, releaseOf } from '../../src/fhir/release.ts';
import { configuration, describe, optional, Skip, test } from '../../src/kit/index.ts';

const stated = test({
  id: 'discovery/fhir-version-stated',
  title: '/metadata says which version of FHIR the server speaks',
  requirements: ['discovery/fhir-version-stated'],
  needs: [capabilityStatement],
  run({ capabilityStatement: { resource, exchange: because }, should, info }) {
    const { fhirVersion } = resource;
    const release = releaseOf(fhirVersion);
    should('discovery/fhir-version-stated', release !== null, {
      expected: 'fhirVersion to be a version since DSTU2, such as 1.0.2, 3.0.2, 4.0.1, 4.3.0 or 5.0.0',
      actual: describe(fhirVersion),
      because,
      message: wrongVersion(fhirVersion),
    });
    if (release && typeof fhirVersion === 'string' && (!isFhirVersion(fhirVersion) || /^\d\.\d$/.test(fhirVersion))) {
      const message = `fhirVersion is ${fhirVersion}, which names no one published version; it is taken for ${release}`;
      info('discovery/fhir-version-stated', { message, because });
    }
  },
});

function wrongVersion(fhirVersion: unknown): string {
  if (typeof fhirVersion === 'string' && isFhirVersion(fhirVersion)) {
    return `fhirVersion is ${fhirVersion}: the guide serves DSTU2 (1.0.2) and what came after it`;
  }
  const seen = fhirVersion === undefined ? 'there is no fhirVersion' : `fhirVersion is ${describe(fhirVersion)}`;
  return `${seen}: apps that read several versions of FHIR look there for one, such as 4.0.1`;
}

const agree = test({
  id: 'discovery/fhir-versions-agree',
  title: 'Whatever says which version of FHIR the server speaks says the same',
  requirements: ['discovery/fhir-versions-agree'],
  needs: [configuration, metadataDocument, optional(servedVersions)],
  run({ configuration, metadataDocument, servedVersions, should }) {
    const release = metadataDocument.kind === 'object' ? releaseOf(metadataDocument.object.fhirVersion) : null;
    const claims = [
      ...(configuration.fhirVersion === undefined
        ? []
        : [claim('the configuration', configuration.fhirVersion, [releaseOf(configuration.fhirVersion)])]),
      ...claimsOfMetadata(metadataDocument).filter(isReadable),
      ...(servedVersions ? [claimOfVersions(servedVersions, metadataDocument.accept)].filter(isReadable) : []),
    ];
    if (release === null || claims.length === 0) {
      const seen =
        release === null ? '/metadata states no version of FHIR' : 'nothing but fhirVersion tells the version';
      throw new Skip('undecided', `${seen}, so there is nothing to compare`);
    }
    const odd = claims.filter(({ means }) => !means.includes(release));
    should('discovery/fhir-versions-agree', odd.length === 0, {
      expected: `${claims.map(({ by }) => by).join(', ')} to fit fhirVersion ${statedIn(metadataDocument)}`,
      actual: odd.map(({ by, says }) => `${by} says ${says}`).join('; ') || 'they do',
      because: [metadataDocument.exchange, ...(servedVersions ? [servedVersions.exchange] : [])],
    });
  },
});

/** Something beside `fhirVersion` from which the version can be told. */
interface Claim {
  readonly by: string;
  readonly says: string;
  readonly means: readonly (Release | null)[];
}

/** What is in words of the server's own contradicts nothing. */
function isReadable({ means }: Claim): boolean {
  return means.some((release) => release !== null);
}

function claim(by: string, says: string, means: Claim['means']): Claim {
  return { by, says, means };
}

function statedIn(document: MetadataDocument): string {
  return document.kind === 'object' ? String(document.object.fhirVersion) : '';
}

function claimsOfMetadata(document: MetadataDocument): readonly Claim[] {
  const resourceType = document.kind === 'object' ? document.object.resourceType : undefined;
  const parameter = versionParameter(document.exchange.response?.headers['content-type']);
  return [
    ...(resourceType === 'Conformance' ? [claim('the resource type', resourceType, ['DSTU2'])] : []),
    ...(resourceType === 'CapabilityStatement'
      ? [claim('the resource type', resourceType, ['STU3', 'R4', 'R4B', 'R5', 'R6'])]
      : []),
    ...(parameter === null ? [] : [claim('fhirVersion in the Content-Type', parameter, [releaseOf(parameter)])]),
  ];
}

/** $versions lists all; what its default is shows where no version was asked for. */
function claimOfVersions(
  { versions, preset }: { readonly versions: readonly string[]; readonly preset: string | null },
  accept: string,
): Claim {
  const meant = preset !== null && accept === anyFhirJson ? [preset] : versions;
  return claim('$versions', meant.join(', '), meant.map(releaseOf));
}

export const fhirVersionTests = [stated, agree];
