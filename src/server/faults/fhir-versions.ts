/** What goes wrong in some FHIR versions only, or between two of them. */
import { answeredIn, besides } from '../another-version.ts';
import type { Override } from '../behaviour.ts';
import { capabilityStatement, oauthUris } from '../endpoints/metadata.ts';
import { smartConfiguration } from '../endpoints/smart-configuration.ts';
import type { FhirVersion } from '../options.ts';
import type { Setup } from '../setup.ts';
import { siteAt } from '../site.ts';
import { together } from '../together.ts';
import { reachingEveryPatient } from './access.ts';
import { retold } from './answers.ts';
import { launchesBegin, launchesComplete } from './consequences.ts';
import { breakingToo, type FaultRow, faultsOf } from './fault.ts';
import { changesAccess, changesAnswers, lacksAuthorizationCheck } from './overrides.ts';

/** The FHIR API serves the record as another version has it; everything else is of the stated one. */
function servingAs(version: FhirVersion): Override {
  return answeredIn(version, ({ endpoint }) => endpoint === 'fhir');
}

const shapes = breakingToo(
  // Categories are of other code systems, and what tests write has another shape.
  ['scopes/create-scope', 'scopes/update-scope', 'scopes/delete-scope', 'scopes/wildcard-covers-types'],
  (
    [
      ['r4-in-dstu2', 'A DSTU2 server sends R4 resources only', '1.0.2', '4.0.1'],
      ['r4-in-stu3', 'A server that states STU3 sends R4 resources', '3.0.2', '4.0.1'],
      ['dstu2-in-r4', 'A server that states R4 sends DSTU2 resources', undefined, '1.0.2'],
      ['r5-in-r4', 'A server that states R4 sends R5 resources', undefined, '5.0.0'],
      ['r4-in-r5', 'A server that states R5 sends R4 resources', '5.0.0', '4.0.1'],
    ] as const
  ).map(
    ([variant, summary, fhirVersion, served]): FaultRow => ({
      id: `scopes/fhir-version-shapes~${variant}`,
      level: 'warn',
      summary,
      ...(fhirVersion && { fhirVersion }),
      override: servingAs(served),
    }),
  ),
);

/** /metadata with another Content-Type. */
function labelled(type: string): Override {
  return changesAnswers('metadata', async (answer) => retold(await answer(), { type }));
}

const documents: readonly FaultRow[] = [
  {
    id: 'discovery/fhir-versions-agree~other-in-versions',
    level: 'warn',
    summary: '$versions names STU3 alone, and /metadata states R4',
    override: () => ({ spokenVersions: () => ({ versions: ['3.0'], default: '3.0' }) }),
  },
  {
    id: 'discovery/fhir-versions-agree~other-in-media-type',
    level: 'warn',
    summary: 'The media type of a CapabilityStatement of R4 says fhirVersion=3.0',
    override: labelled('application/fhir+json; fhirVersion=3.0'),
  },
  {
    id: 'discovery/fhir-media-type~dstu2-unknown',
    level: 'warn',
    summary: 'A DSTU2 server does not know application/json+fhir',
    fhirVersion: '1.0.2',
    override: changesAnswers('metadata', (answer, { request }) =>
      request.headers.get('accept')?.trim() === 'application/json+fhir'
        ? new Response(null, { status: 406 })
        : answer(),
    ),
  },
  {
    id: 'discovery/fhir-media-type~dstu2-as-later',
    level: 'warn',
    summary: 'A DSTU2 server sends application/fhir+json to whoever asks for application/json+fhir',
    fhirVersion: '1.0.2',
    override: labelled('application/fhir+json'),
  },
  {
    id: 'discovery/fhir-media-type~r4-as-dstu2',
    level: 'warn',
    summary: 'An R4 server sends the media type of DSTU2',
    override: labelled('application/json+fhir'),
  },
];

const otherBase = 'r3';

/** The SMART configuration, and the extension in the metadata, of the STU3 server beside it. */
const publishingOther: Override = (_usual, setup) => {
  const other: Setup = { ...setup, site: siteAt(`${setup.site.baseUrl}/${otherBase}`) };
  return {
    smartConfiguration: () => smartConfiguration(other),
    capabilityStatement: () => capabilityStatement(setup, [oauthUris(other)]),
  };
};

/** What breaks, too, where tokens are no good at the base that they were asked for. */
const tokensOfAnotherBase = [
  'app-launch/patient-is-an-id',
  'app-launch/encounter-is-an-id',
  'backend-services/access-token-present',
  'openid-connect/fhir-user-readable',
  'openid-connect/fhir-user-resolves',
  'scopes/user-scopes-supported',
  'scopes/patient-scopes-supported',
  'scopes/system-scope-reach',
  // The brands are those of the other base.
  'brands/own-endpoint-listed',
];

const bases: readonly FaultRow[] = [
  {
    id: 'app-launch/standalone-launch-completes~endpoints-of-another-base',
    level: 'fail',
    summary: 'The R4 base publishes the endpoints of the STU3 base, which is no audience of theirs',
    also: [...launchesBegin, ...tokensOfAnotherBase],
    override: together(besides(otherBase, '3.0.2'), publishingOther),
  },
  {
    id: 'scopes/patient-scopes-supported~tokens-of-another-base',
    level: 'fail',
    summary:
      'The R4 base publishes the endpoints of the STU3 base, which ask for no audience: their tokens are no good here',
    also: [...launchesComplete, ...tokensOfAnotherBase],
    override: together(besides(otherBase, '3.0.2', lacksAuthorizationCheck('aud')), publishingOther),
  },
];

const dstu2: readonly FaultRow[] = [
  {
    id: 'scopes/one-patient-only~dstu2-patient-element',
    level: 'fail',
    summary: 'In DSTU2, the element patient is not looked at: whose resources have it, they are everybody’s',
    fhirVersion: '1.0.2',
    also: ['scopes/patient-scopes-supported'],
    override: reachingEveryPatient((_attempt, { patient }) => patient !== undefined),
  },
  {
    id: 'scopes/granular-scope-filters~dstu2-single-category-passes',
    level: 'fail',
    summary: 'In DSTU2, the one category of an Observation is not looked at, since it is no list',
    fhirVersion: '1.0.2',
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        !Array.isArray(resource.category) || meetsConditions(scope, attempt, resource),
    })),
  },
  {
    id: 'scopes/granular-scope-filters~dstu2-single-category-fails',
    level: 'fail',
    summary: 'In DSTU2, the one category of an Observation fits no scope, since it is no list',
    fhirVersion: '1.0.2',
    also: ['scopes/union-of-scopes'],
    override: changesAccess(({ meetsConditions }) => ({
      meetsConditions: (scope, attempt, resource) =>
        (scope.conditions.length === 0 ||
          resource.resourceType !== 'Observation' ||
          Array.isArray(resource.category)) &&
        meetsConditions(scope, attempt, resource),
    })),
  },
];

const others: readonly FaultRow[] = [
  {
    id: 'scopes/one-patient-only~observations-alone',
    level: 'fail',
    summary: 'Observations are kept to their patient, and all other types are not',
    also: ['scopes/patient-scopes-supported'],
    override: reachingEveryPatient((_attempt, { resourceType }) => !['Observation', 'Patient'].includes(resourceType)),
  },
];

export const fhirVersionFaults = faultsOf([...shapes, ...documents, ...bases, ...dstu2, ...others]);
