import type { CorsPolicy } from '../cors.ts';
import type { EndpointName } from '../endpoint.ts';
import { together } from '../together.ts';
import { type FaultRow, faultsOf } from './fault.ts';
import { changesAnswers, changesCors } from './overrides.ts';

const registered = 'https://app.smart-check.test';

/** What a document for everyone may get wrong, the same for both of them. */
function publicDocument(requirement: string, endpoint: EndpointName, what: string): readonly FaultRow[] {
  const preflightToo = ['discovery/cors-public-preflight'];
  const only = (variant: string, summary: string, change: Partial<CorsPolicy>): FaultRow => ({
    id: `${requirement}~${variant}`,
    level: 'fail',
    summary: `${what} ${summary}`,
    also: preflightToo,
    override: changesCors([endpoint], () => change),
  });
  return [
    only('none', 'comes without Access-Control-Allow-Origin', { allowOrigin: () => null }),
    only('null', 'comes with Access-Control-Allow-Origin: null', { allowOrigin: () => 'null' }),
    only('registered-only', 'may be read by pages of registered origins only', {
      allowOrigin: (origin) => (origin === registered ? origin : null),
      varies: true,
    }),
    only('one-origin', 'names one origin in Access-Control-Allow-Origin, whoever asks', {
      allowOrigin: () => registered,
    }),
    only('list', 'names two origins in one Access-Control-Allow-Origin', {
      allowOrigin: (origin) => `${origin}, ${registered}`,
    }),
    only('pattern', 'has a pattern of origins in Access-Control-Allow-Origin', { allowOrigin: () => 'https://*' }),
  ];
}

const publicPreflight: readonly FaultRow[] = [
  preflight('discovery/cors-public-preflight', 'warn', 'smart-configuration', 401, 'the SMART configuration'),
  preflight('discovery/cors-public-preflight', 'warn', 'smart-configuration', 404, 'the SMART configuration'),
  preflight('discovery/cors-public-preflight', 'warn', 'smart-configuration', 405, 'the SMART configuration'),
  preflight('discovery/cors-public-preflight', 'warn', 'metadata', 401, '/metadata'),
];

const tokenEndpoint: readonly FaultRow[] = [
  {
    id: 'discovery/cors-token-endpoint-errors~none',
    level: 'warn',
    summary: 'The token endpoint lets no page read its answers',
    also: ['discovery/cors-token-endpoint-preflight'],
    override: changesCors(['token'], () => ({ allowOrigin: () => null })),
  },
  {
    id: 'discovery/cors-token-endpoint-errors~only-success',
    level: 'warn',
    summary: 'The token endpoint answers preflights, but lets no page read its errors',
    override: changesCors(['token'], () => ({ errorsToo: false })),
  },
  {
    id: 'discovery/cors-token-endpoint-errors~null',
    level: 'warn',
    summary: 'The token endpoint answers with Access-Control-Allow-Origin: null',
    also: ['discovery/cors-token-endpoint-preflight'],
    override: changesCors(['token'], () => ({ allowOrigin: () => 'null' })),
  },
  {
    id: 'discovery/cors-token-endpoint-errors~other-origin',
    level: 'warn',
    summary: 'The token endpoint answers pages of every origin with the origin of one other client',
    also: ['discovery/cors-token-endpoint-preflight'],
    override: changesCors(['token'], () => ({ allowOrigin: () => 'https://other-app.smart-check.test' })),
  },
  preflight('discovery/cors-token-endpoint-preflight', 'warn', 'token', 401, 'the token endpoint'),
  preflight('discovery/cors-token-endpoint-preflight', 'warn', 'token', 404, 'the token endpoint'),
  preflight('discovery/cors-token-endpoint-preflight', 'warn', 'token', 405, 'the token endpoint'),
];

const writesToo = ['discovery/cors-fhir-write-preflight'];

const fhir: readonly FaultRow[] = [
  {
    id: 'discovery/cors-fhir-preflight~none',
    level: 'fail',
    summary: 'The FHIR API answers a preflight without Access-Control-Allow-Origin',
    also: writesToo,
    override: changesCors(['fhir'], () => ({ allowOrigin: () => null })),
  },
  {
    id: 'discovery/cors-fhir-preflight~null',
    level: 'fail',
    summary: 'The FHIR API answers a preflight with Access-Control-Allow-Origin: null',
    also: writesToo,
    override: changesCors(['fhir'], () => ({ allowOrigin: () => 'null' })),
  },
  {
    id: 'discovery/cors-fhir-preflight~other-origin',
    level: 'fail',
    summary: 'The FHIR API answers pages of every origin with the origin of one other client',
    also: writesToo,
    override: changesCors(['fhir'], () => ({ allowOrigin: () => 'https://other-app.smart-check.test' })),
  },
  { ...preflight('discovery/cors-fhir-preflight', 'fail', 'fhir', 401, 'the FHIR API'), also: writesToo },
  { ...preflight('discovery/cors-fhir-preflight', 'fail', 'fhir', 404, 'the FHIR API'), also: writesToo },
  { ...preflight('discovery/cors-fhir-preflight', 'fail', 'fhir', 405, 'the FHIR API'), also: writesToo },
  {
    id: 'discovery/cors-fhir-preflight~without-authorization',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight does not allow the authorization header',
    also: writesToo,
    override: changesCors(['fhir'], lackingHeader('authorization')),
  },
  {
    id: 'discovery/cors-fhir-preflight~authorization-by-wildcard',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight allows headers by *, which does not cover authorization',
    also: writesToo,
    override: changesCors(['fhir'], () => ({ requestHeaders: ['*'] })),
  },
  {
    id: 'discovery/cors-fhir-preflight~no-headers',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight names no headers',
    also: writesToo,
    override: changesCors(['fhir'], () => ({ requestHeaders: [] })),
  },
  {
    id: 'discovery/cors-fhir-write-preflight~without-put',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight does not allow PUT, although /metadata lists update',
    override: changesCors(['fhir'], lackingMethod('PUT')),
  },
  {
    id: 'discovery/cors-fhir-write-preflight~without-delete',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight does not allow DELETE, although /metadata lists delete',
    override: changesCors(['fhir'], lackingMethod('DELETE')),
  },
  {
    id: 'discovery/cors-fhir-write-preflight~no-methods',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight names no methods, although /metadata lists writing interactions',
    override: changesCors(['fhir'], () => ({ methods: [] })),
  },
  {
    id: 'discovery/cors-fhir-write-preflight~without-content-type',
    level: 'fail',
    summary: 'The FHIR API\u2019s preflight does not allow content-type, without which no FHIR resource can be sent',
    override: changesCors(['fhir'], lackingHeader('content-type')),
  },
];

const general: readonly FaultRow[] = [
  {
    id: 'discovery/cors-no-wildcard-with-credentials~fhir',
    level: 'warn',
    summary: 'The FHIR API combines Access-Control-Allow-Origin: * with Access-Control-Allow-Credentials: true',
    override: changesCors(['fhir'], () => ({ allowOrigin: () => '*', credentials: true, varies: false })),
  },
  {
    id: 'discovery/cors-no-wildcard-with-credentials~smart-configuration',
    level: 'warn',
    summary:
      'The SMART configuration combines Access-Control-Allow-Origin: * with Access-Control-Allow-Credentials: true',
    override: changesCors(['smart-configuration'], () => ({ credentials: true })),
  },
  {
    id: 'discovery/cors-vary-origin~fhir',
    level: 'warn',
    summary: 'The FHIR API echoes the origin without Vary: Origin',
    override: changesCors(['fhir'], () => ({ varies: false })),
  },
  {
    id: 'discovery/cors-vary-origin~token-endpoint',
    level: 'warn',
    summary: 'The token endpoint echoes the origin without Vary: Origin',
    override: changesCors(['token'], () => ({ varies: false })),
  },
  {
    id: 'discovery/cors-vary-origin~smart-configuration',
    level: 'warn',
    summary: 'The SMART configuration echoes whatever origin asks, without Vary: Origin',
    override: changesCors(['smart-configuration'], () => ({ allowOrigin: (origin) => origin })),
  },
  {
    id: 'discovery/cors-vary-origin~other-header',
    level: 'warn',
    summary: 'The FHIR API echoes the origin with a Vary that names other headers',
    override: together(
      changesCors(['fhir'], () => ({ varies: false })),
      changesAnswers('fhir', async (answer) => {
        const usual = await answer();
        usual.headers.set('vary', 'Accept, X-Origin');
        return usual;
      }),
    ),
  },
];

/** What pages of other origins may do. */
export const corsFaults = faultsOf([
  ...publicDocument('discovery/cors-smart-configuration', 'smart-configuration', 'The SMART configuration'),
  ...publicDocument('discovery/cors-metadata', 'metadata', '/metadata'),
  ...publicPreflight,
  ...tokenEndpoint,
  ...fhir,
  ...general,
]);

function preflight(
  requirement: string,
  level: FaultRow['level'],
  endpoint: EndpointName,
  status: number,
  what: string,
): FaultRow {
  const suffix = endpoint === 'metadata' ? 'metadata-' : '';
  return {
    id: `${requirement}~${suffix}${status}`,
    level,
    summary: `A preflight at ${what} is answered with ${status}`,
    override: changesCors([endpoint], () => ({ preflightStatus: status })),
  };
}

function lackingHeader(unwanted: string) {
  return ({ requestHeaders }: CorsPolicy) => ({ requestHeaders: requestHeaders.filter((name) => name !== unwanted) });
}

function lackingMethod(unwanted: string) {
  return ({ methods }: CorsPolicy) => ({ methods: methods.filter((name) => name !== unwanted) });
}
