import type { Behaviour } from '../behaviour.ts';
import type { Endpoint } from '../endpoint.ts';
import { acceptsJson } from '../fhir/accept.ts';
import { interactionsWith, type ResourceType, resourceTypes, searchParameters } from '../fhir/resource-types.ts';
import { isIn } from '../fhir/span.ts';
import type { JsonObject } from '../json.ts';
import type { FhirVersion } from '../options.ts';
import { fhirJson, fhirMediaType, operationOutcome } from '../responses.ts';
import type { Setup } from '../setup.ts';

/** Guide 1.0 asks for it, later ones have dropped it without forbidding it. */
const oauthUrisUrl = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** The extension that names the endpoints (guide 1.0, "Conformance"). */
export function oauthUris({ site }: Setup): { url: string; extension: { url: string; valueUri: string }[] } {
  return {
    url: oauthUrisUrl,
    extension: [
      { url: 'authorize', valueUri: site.authorize },
      { url: 'token', valueUri: site.token },
      { url: 'introspect', valueUri: site.introspect },
      { url: 'revoke', valueUri: site.revoke },
      { url: 'manage', valueUri: site.manage },
    ],
  };
}

/**
 * The CapabilityStatement, in DSTU2 still called Conformance.
 *
 * @param securityExtensions - other extensions of `rest.security` than the conformant one
 */
export function capabilityStatement(
  setup: Setup,
  securityExtensions: readonly JsonObject[] = [oauthUris(setup)],
): JsonObject {
  const { site, fhirVersion, startedAt } = setup;
  const inDstu2 = fhirVersion === '1.0.2';
  const beforeR4 = isIn(fhirVersion, { until: '3.0.2' });
  const types = resourceTypes(fhirVersion);
  return {
    resourceType: inDstu2 ? 'Conformance' : 'CapabilityStatement',
    status: 'active',
    date: startedAt.toISOString(),
    kind: 'instance',
    software: { name: 'smart-check reference server' },
    implementation: { description: 'The reference server of smart-check, with synthetic data only', url: site.fhir },
    fhirVersion,
    ...(beforeR4 && { acceptUnknown: 'both' }),
    format: [fhirMediaType(fhirVersion), 'json'],
    ...(!inDstu2 && { patchFormat: ['application/json-patch+json'] }),
    rest: [
      {
        mode: 'server',
        security: {
          ...(securityExtensions.length > 0 && { extension: securityExtensions }),
          cors: true,
          service: [
            {
              coding: [
                {
                  system: beforeR4
                    ? 'http://hl7.org/fhir/restful-security-service'
                    : 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
              text: 'OAuth 2.0 as SMART App Launch profiles it',
            },
          ],
        },
        resource: types.map((type) => capabilitiesOf(type, fhirVersion, types)),
        interaction: interactions(['transaction', 'batch', 'search-system', 'history-system']),
      },
    ],
  };
}

/** What the FHIR API does with a type, from the table its routes and searches follow. */
function capabilitiesOf(type: ResourceType, version: FhirVersion, types: readonly ResourceType[]): JsonObject {
  const referencesOf = (source: ResourceType) =>
    [...searchParameters(source)].filter(([, { kind }]) => kind === 'reference');
  const includes = referencesOf(type).map(([name]) => `${type.type}:${name}`);
  const revincludes = types.flatMap((source) =>
    referencesOf(source)
      .filter(([, { targets }]) => targets?.includes(type.type))
      .map(([name]) => `${source.type}:${name}`),
  );
  return {
    type: type.type,
    interaction: interactions(interactionsWith(type, version)),
    versioning: type.ifMatchRequired ? 'versioned-update' : 'versioned',
    readHistory: true,
    ...(type.required && { updateCreate: false, conditionalCreate: false, conditionalUpdate: false }),
    ...(includes.length > 0 && { searchInclude: includes }),
    ...(revincludes.length > 0 && { searchRevInclude: revincludes }),
    searchParam: [...searchParameters(type)].map(([name, { kind }]) => ({ name, type: kind })),
  };
}

function interactions(codes: readonly string[]): readonly JsonObject[] {
  return codes.map((code) => ({ code }));
}

export function metadataEndpoint({ fhirVersion }: Setup, behaviour: Behaviour): Endpoint {
  const refuse = (status: number, text: string) => operationOutcome(fhirVersion, 'not-supported', text, { status });
  return {
    name: 'metadata',
    paths: ['/fhir/metadata'],
    methods: {
      GET({ req }) {
        return acceptsJson(req.header('accept') ?? null, req.query('_format') ?? null, fhirVersion)
          ? fhirJson(behaviour.capabilityStatement(), fhirVersion)
          : refuse(406, `only JSON of FHIR ${fhirVersion} is served here`);
      },
    },
    refuse,
  };
}
