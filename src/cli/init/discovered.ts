import { readJson } from '../../http/read-json.ts';
import { isRecord } from '../../kit/index.ts';
import { endpointUrl, readCapabilities, stringsIn } from '../../smart/smart-configuration.ts';
import { belowBase, wellKnown } from '../../smart/well-known.ts';
import { type Asked, askingClient } from '../asking-client.ts';

/** What a server says of itself that a configuration depends on. */
export interface Discovered {
  readonly capabilities: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethods: readonly string[];
  readonly introspectionEndpoint: string | null;
  /** Resolved against the FHIR base URL. */
  readonly authorizationEndpoint: URL | null;
  /** As in the CapabilityStatement; null where it says none. */
  readonly fhirVersion: string | null;
}

/** Reads the SMART configuration and /metadata; a text says why the first could not be had. */
export async function discover(asked: Asked): Promise<Discovered | string> {
  const { fhirBaseUrl } = asked;
  const http = askingClient(asked);
  try {
    const ask = (url: string) => http.send({ url, headers: { accept: 'application/json' } });
    const [configuration, metadata] = await Promise.all([
      ask(wellKnown(fhirBaseUrl, 'smart-configuration')),
      ask(belowBase(fhirBaseUrl, 'metadata')),
    ]);
    const document = objectIn(configuration.response);
    if (document === null) {
      const answer = configuration.response
        ? `${configuration.response.status}, no JSON object`
        : configuration.error?.message;
      return `${wellKnown(fhirBaseUrl, 'smart-configuration')}: ${answer ?? 'no answer'}`;
    }
    const { introspection_endpoint: introspection } = document;
    const { fhirVersion } = objectIn(metadata.response) ?? {};
    return {
      capabilities: readCapabilities(document.capabilities)?.all ?? [],
      grantTypes: stringsIn(document.grant_types_supported),
      authMethods: stringsIn(document.token_endpoint_auth_methods_supported),
      introspectionEndpoint: typeof introspection === 'string' ? introspection : null,
      authorizationEndpoint: endpointUrl(document.authorization_endpoint, fhirBaseUrl),
      fhirVersion: typeof fhirVersion === 'string' ? fhirVersion : null,
    };
  } finally {
    await http.close();
  }
}

function objectIn(response: { readonly status: number; readonly body: string } | null) {
  if (response?.status !== 200) return null;
  const json = readJson(response.body);
  return json.kind === 'value' && isRecord(json.value) ? json.value : null;
}
