import { artifact, Block, isRecord, Skip } from '../../kit/index.ts';
import { endpointUrl, readCapabilities, stringsIn } from '../../smart/smart-configuration.ts';
import { smartConfiguration } from '../smart-configuration.ts';
import { fhirBaseUrl } from '../target.ts';

/** What leads to App State (app-state, "Discovery"), and where. */
export interface AppStatePointers {
  /** Whether smart-app-state is among the capabilities of the FHIR server. */
  readonly isCapability: boolean;
  /** The base in associated_endpoints; null without one. */
  readonly associated: string | null;
  /** smart_app_state_endpoint, which is deprecated; null without one. */
  readonly deprecated: string | null;
}

export const appStatePointers = artifact({
  name: 'appStatePointers',
  needs: [smartConfiguration, fhirBaseUrl],
  obtain({ smartConfiguration: { document }, fhirBaseUrl }): AppStatePointers {
    const listed = Array.isArray(document.associated_endpoints) ? document.associated_endpoints.filter(isRecord) : [];
    const entry = listed.find(({ capabilities }) => stringsIn(capabilities).includes('smart-app-state'));
    const address = (value: unknown) => endpointUrl(value, fhirBaseUrl)?.href ?? null;
    return {
      isCapability: readCapabilities(document.capabilities)?.includes('smart-app-state') ?? false,
      associated: address(entry?.url),
      deprecated: address(document.smart_app_state_endpoint),
    };
  },
});

/** Where App State is served. */
export interface AppStateBase {
  readonly url: string;
  /** Whether it is another base than that of the FHIR API. */
  readonly isApart: boolean;
}

export const appStateBase = artifact({
  name: 'appStateBase',
  needs: [appStatePointers, fhirBaseUrl],
  obtain({ appStatePointers: { isCapability, associated, deprecated }, fhirBaseUrl }): AppStateBase {
    const apart = associated ?? deprecated;
    if (apart === null && !isCapability) throw new Skip('not-advertised', 'smart-app-state is not advertised');
    const url = apart ?? fhirBaseUrl;
    if (url === null) throw new Block('there is no base for App State');
    return { url, isApart: url.replace(/\/$/, '') !== fhirBaseUrl.replace(/\/$/, '') };
  },
});
