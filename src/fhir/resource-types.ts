import { type Changes, categoryChanges, resourceTypeChanges } from './definitions.ts';
import { type Release, releases, releasesUpTo } from './release.ts';

function settled(changes: Changes): ReadonlyMap<Release, ReadonlySet<string>> {
  return new Map(
    releases.map((release) => {
      const words = new Set<string>();
      for (const one of releasesUpTo(release)) {
        const { added = [], removed = [] } = changes[one] ?? {};
        for (const word of removed.flatMap((line) => line.split(' '))) words.delete(word);
        for (const word of added.flatMap((line) => line.split(' '))) words.add(word);
      }
      return [release, words];
    }),
  );
}

const types = settled(resourceTypeChanges);
const categorized = settled(categoryChanges);
const allTypes: ReadonlySet<string> = new Set(releases.flatMap((release) => [...typesIn(release)]));

function typesIn(release: Release): ReadonlySet<string> {
  return types.get(release) ?? new Set();
}

/** The resource types of a release; of all releases where it is not known. */
export function resourceTypes(release: Release | null): ReadonlySet<string> {
  return release === null ? allTypes : typesIn(release);
}

/** Whether FHIR has a resource type: in this release, or in any where the release is not known. What R6 adds is not known. */
export function isResourceType(type: string, release: Release | null): boolean {
  if (release === 'R6') return /^[A-Z][A-Za-z]+$/.test(type);
  return resourceTypes(release).has(type);
}

/** Whether searches of a type, and so scopes for it, can be narrowed by `category`; true where the release is not known. */
export function hasCategory(type: string, release: Release | null): boolean {
  return release === null || (categorized.get(release)?.has(type) ?? false);
}

/** The names that one thing has had, from release to release; those in one line are one after the other. */
const renamed: readonly (readonly string[])[] = [
  ['Conformance', 'CapabilityStatement'],
  ['MedicationOrder', 'MedicationRequest'],
  ['DiagnosticOrder', 'ProcedureRequest', 'ServiceRequest'],
  ['ReferralRequest', 'ServiceRequest'],
  ['DeviceUseRequest', 'DeviceRequest'],
  ['DeviceUseStatement', 'DeviceUsage'],
  ['BodySite', 'BodyStructure'],
  ['EligibilityRequest', 'CoverageEligibilityRequest'],
  ['EligibilityResponse', 'CoverageEligibilityResponse'],
  ['Sequence', 'MolecularSequence'],
  ['RequestGroup', 'RequestOrchestration'],
  ['ImagingObjectSelection', 'ImagingManifest', 'ImagingSelection'],
  ['Media', 'DocumentReference'],
  ['DocumentManifest', 'List'],
];

/** What a type of another release is called in this one; null where nothing there corresponds to it. */
export function nameIn(release: Release, type: string): string | null {
  const line = renamed.find((names) => names.includes(type));
  return line?.find((name) => isResourceType(name, release)) ?? null;
}
