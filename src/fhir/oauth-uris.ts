import { isRecord } from '../kit/index.ts';

const extensionUrl = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/**
 * The endpoints in a CapabilityStatement's oauth-uris extension by their names there (`authorize`, `token`, …);
 * null when it has no such extension. Defined by SMART App Launch 1.0, deprecated since 2.0.
 */
export function oauthUris(
  capabilityStatement: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | null {
  const extension = records(capabilityStatement.rest)
    .filter(({ mode }) => mode !== 'client')
    .flatMap(({ security }) => (isRecord(security) ? records(security.extension) : []))
    .find(({ url }) => url === extensionUrl);
  if (!extension) return null;
  return Object.fromEntries(records(extension.extension).map(({ url, valueUri }) => [String(url), valueUri]));
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
