import type { Override } from '../behaviour.ts';
import { capabilityStatement, oauthUris } from '../endpoints/metadata.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { retold } from './answers.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers } from './overrides.ts';

const inGuide1: readonly FaultRow[] = [
  {
    id: 'discovery/oauth-uris-published~absent',
    level: 'fail',
    summary: 'The CapabilityStatement has no oauth-uris extension',
    specVersion: '1.0',
    also: ['discovery/oauth-uris-agree'],
    override: extended(() => []),
  },
  {
    id: 'discovery/oauth-uris-published~without-token',
    level: 'fail',
    summary: 'The oauth-uris extension does not name the token endpoint',
    specVersion: '1.0',
    also: ['discovery/oauth-uris-agree'],
    override: publishedUris((uris) => uris.filter(({ url }) => url !== 'token')),
  },
  {
    id: 'discovery/oauth-uris-published~value-string',
    level: 'fail',
    summary: 'The oauth-uris extension holds strings in place of URIs',
    specVersion: '1.0',
    also: ['discovery/oauth-uris-agree'],
    override: publishedUris((uris) => uris.map(({ url, valueUri }) => ({ url, valueString: valueUri }))),
  },
  {
    id: 'discovery/oauth-uris-published~other-extension',
    level: 'fail',
    summary: 'The oauth-uris extension has another URL',
    specVersion: '1.0',
    also: ['discovery/oauth-uris-agree'],
    override: extended((uris) => [
      { url: 'http://hl7.org/fhir/smart-app-launch/StructureDefinition/oauth-uris', extension: uris },
    ]),
  },
  {
    id: 'discovery/oauth-uris-agree~token-endpoint',
    level: 'fail',
    summary: 'The oauth-uris extension names another token endpoint than the SMART configuration',
    specVersion: '1.0',
    override: renamed('token'),
  },
  {
    id: 'discovery/oauth-uris-agree~authorization-endpoint',
    level: 'fail',
    summary: 'The oauth-uris extension names another authorization endpoint than the SMART configuration',
    specVersion: '1.0',
    override: renamed('authorize'),
  },
];

const since2: readonly FaultRow[] = [
  {
    id: 'discovery/oauth-uris-do-not-contradict~token-endpoint',
    level: 'warn',
    summary: 'The oauth-uris extension, though deprecated, names another token endpoint than the SMART configuration',
    override: renamed('token'),
  },
  {
    id: 'discovery/oauth-uris-do-not-contradict~authorization-endpoint',
    level: 'warn',
    summary: 'The oauth-uris extension, though deprecated, names another authorization endpoint',
    override: renamed('authorize'),
  },
];

const versions = (
  [
    ['absent', 'The CapabilityStatement has no fhirVersion', undefined],
    ['release', 'The CapabilityStatement states the name of a release, R4, as its fhirVersion', 'R4'],
    ['number', 'The CapabilityStatement states a number as its fhirVersion', 42],
    ['older-than-dstu2', 'The CapabilityStatement states a version before DSTU2 as its fhirVersion', '0.5.0'],
  ] as const
).map(
  ([variant, summary, fhirVersion]): FaultRow => ({
    id: `discovery/fhir-version-stated~${variant}`,
    level: 'warn',
    summary,
    override: stating({ fhirVersion }),
  }),
);

const contradictions: readonly FaultRow[] = [
  {
    id: 'discovery/fhir-versions-agree~dstu2-in-a-capability-statement',
    level: 'warn',
    summary: 'A CapabilityStatement, which DSTU2 does not have, states 1.0.2 as its fhirVersion',
    also: [
      'scopes/fhir-version-shapes',
      'discovery/fhir-media-type',
      'brands/endpoint-fhir-version',
      'app-launch/authorization-details-fhir-versions',
    ],
    override: stating({ fhirVersion: '1.0.2' }),
  },
  {
    id: 'discovery/fhir-versions-agree~conformance-of-a-later-release',
    level: 'warn',
    summary: 'A Conformance, which only DSTU2 has, states a later fhirVersion',
    override: stating({ resourceType: 'Conformance' }),
  },
];

const shapes: readonly FaultRow[] = [
  {
    id: 'scopes/fhir-version-shapes~dstu2-category',
    level: 'warn',
    summary: 'The category of an Observation is a single one, as in DSTU2',
    override: reshaping((resource) =>
      resource.resourceType === 'Observation' && Array.isArray(resource.category)
        ? { ...resource, category: resource.category[0] }
        : resource,
    ),
  },
  {
    id: 'scopes/fhir-version-shapes~r5-class',
    level: 'warn',
    summary: 'The class of an Encounter is a list of concepts, as in R5',
    override: reshaping((resource) =>
      resource.resourceType === 'Encounter' && isJsonObject(resource.class)
        ? { ...resource, class: [{ coding: [resource.class] }] }
        : resource,
    ),
  },
];

/** What the CapabilityStatement says of authorization, and of the version of FHIR. */
export const metadataFaults = faultsOf([...inGuide1, ...since2, ...versions, ...contradictions, ...shapes]);

type Uris = ReturnType<typeof oauthUris>['extension'];

/** Other extensions in place of oauth-uris. */
function extended(change: (uris: Uris) => readonly JsonObject[]): Override {
  return (_usual, setup) => ({
    capabilityStatement: () => capabilityStatement(setup, change(oauthUris(setup).extension)),
  });
}

function publishedUris(change: (uris: Uris) => readonly JsonObject[]): Override {
  return (usual, setup) => extended((uris) => [{ url: oauthUris(setup).url, extension: change(uris) }])(usual, setup);
}

function renamed(endpoint: string): Override {
  return publishedUris((uris) =>
    uris.map(({ url, valueUri }) => ({ url, valueUri: url === endpoint ? `${valueUri}/v2` : valueUri })),
  );
}

function stating(members: JsonObject): Override {
  return (usual) => ({ capabilityStatement: () => ({ ...usual.capabilityStatement(), ...members }) });
}

/** Every resource that the FHIR API serves, by itself or in a Bundle. */
function reshaping(change: (resource: JsonObject) => JsonObject): Override {
  const within = (resource: JsonObject): JsonObject =>
    Array.isArray(resource.entry)
      ? { ...resource, entry: resource.entry.map((entry) => (isJsonObject(entry) ? reshaped(entry) : entry)) }
      : change(resource);
  const reshaped = (entry: JsonObject) =>
    isJsonObject(entry.resource) ? { ...entry, resource: within(entry.resource) } : entry;
  return changesAnswers('fhir', async (answer) => {
    const usual = await answer();
    const text = await usual.text();
    const served: unknown = text === '' ? null : JSON.parse(text);
    return retold(usual, { text: isJsonObject(served) ? JSON.stringify(within(served)) : text });
  });
}
