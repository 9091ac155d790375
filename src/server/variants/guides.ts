import type { EndpointName } from '../endpoint.ts';
import {
  changesAuthorization,
  changesCors,
  changesOpenidConfiguration,
  changesSmartConfiguration,
  changesTokenResponse,
  having,
  lacking,
  lacksAuthorizationCheck,
  lacksCodeCheck,
  listing,
  without,
} from '../faults/overrides.ts';
import { isJsonObject } from '../json.ts';
import { together } from '../together.ts';
import { isV1 } from './tokens.ts';
import type { Variant } from './variant.ts';

const browserEndpoints: readonly EndpointName[] = [
  'smart-configuration',
  'metadata',
  'versions',
  'openid-configuration',
  'jwks',
  'brands',
  'brand-logos',
  'smart-style',
  'token',
  'userinfo',
  'introspect',
  'revoke',
  'fhir',
  'app-state',
];

/** Whatever is neither a scope for FHIR resources nor one of these. */
const scopesOfOld = ['launch', 'launch/patient', 'launch/encounter', 'openid', 'fhirUser', 'profile', 'offline_access'];
const isUnknown = (scope: string) => !isV1(scope) && ![...scopesOfOld, 'online_access'].includes(scope);

/** Pages of other origins have been thought of since 2.1. */
const knowsNoPages = changesCors(browserEndpoints, () => ({ allowOrigin: () => null }));

const knowsNoBrands = changesSmartConfiguration(
  without('user_access_brand_bundle', 'user_access_brand_identifier', 'associated_endpoints'),
);

/** Servers of earlier versions of the guide, which know nothing of what came later. */
export const guideVariants: readonly Variant[] = [
  {
    id: 'guide-1.0',
    summary: 'Was written for guide 1.0',
    override: together(
      changesSmartConfiguration((document) => ({
        authorization_endpoint: document.authorization_endpoint,
        token_endpoint: document.token_endpoint,
        management_endpoint: document.management_endpoint,
        introspection_endpoint: document.introspection_endpoint,
        revocation_endpoint: document.revocation_endpoint,
        token_endpoint_auth_methods_supported: ['client_secret_basic'],
        response_types_supported: document.response_types_supported,
        scopes_supported: document.scopes_supported,
        capabilities: document.capabilities,
      })),
      changesSmartConfiguration(
        listing(
          'capabilities',
          lacking('authorize-post', 'client-confidential-asymmetric', 'smart-app-state', /^permission-(online|v1|v2)$/),
        ),
      ),
      changesSmartConfiguration(
        listing('scopes_supported', lacking(/^(patient|user|system)\/[^.]+\.[cruds]+(\?|$)/, /^system\//, /condition/)),
      ),
      changesOpenidConfiguration(having({ token_endpoint_auth_methods_supported: ['client_secret_basic'] })),
      changesAuthorization(({ checks }) => ({
        methods: ['GET'],
        checks: {
          ...checks,
          scope: (parameters, client) => {
            const isNew = (parameters.get('scope') ?? '').split(' ').some(isUnknown);
            const refused = { error: 'invalid_scope', description: 'there is no such scope' };
            return isNew ? refused : checks.scope(parameters, client);
          },
        },
      })),
      lacksAuthorizationCheck('challenge', 'challengeMethod'),
      lacksCodeCheck('verifierPresent', 'verifier'),
      changesTokenResponse(without('authorization_details', 'fhirContext', 'tenant')),
      knowsNoPages,
    ),
    description: ({ clients, data, ...usual }) => ({
      ...usual,
      specVersion: '1.0',
      data,
      clients: {
        public: withoutOrigin(clients.public),
        symmetric: clients.symmetric,
        shortLived: clients.shortLived,
        others: clients.others.filter(({ keys }) => keys === undefined).map(withoutOrigin),
      },
    }),
  },
  {
    id: 'guide-2.0',
    summary: 'Was written for guide 2.0',
    override: together(
      knowsNoPages,
      knowsNoBrands,
      changesSmartConfiguration(listing('capabilities', lacking('smart-app-state'))),
      changesTokenResponse(({ authorization_details: _, fhirContext, ...members }) => ({
        ...members,
        ...(Array.isArray(fhirContext) && {
          fhirContext: fhirContext.flatMap((item) => (isJsonObject(item) ? [item.reference] : [])),
        }),
      })),
    ),
    description: ({ clients: { appState: _, ...clients }, ...usual }) => ({
      ...usual,
      specVersion: '2.0',
      clients: { ...clients, public: withoutOrigin(clients.public), others: clients.others.map(withoutOrigin) },
    }),
  },
  {
    id: 'guide-2.1',
    summary: 'Was written for guide 2.1',
    override: together(
      knowsNoBrands,
      changesSmartConfiguration((document, { site }) => ({ ...document, smart_app_state_endpoint: site.appState })),
      changesTokenResponse(({ authorization_details: _, ...members }) => members),
    ),
    description: (usual) => ({ ...usual, specVersion: '2.1' }),
  },
];

function withoutOrigin<Client extends { readonly origin?: string }>({
  origin: _,
  ...client
}: Client): Omit<Client, 'origin'> {
  return client;
}
