import { capabilityStatement } from '../../src/artifacts/capability-statement.ts';
import {
  allowsOrigin,
  anyOrigin,
  aResourceType,
  browserApp,
  fhirPreflight,
  preflightRequest,
  publicDocumentsAcrossOrigins,
  registeredOrigin,
  tokenEndpointAcrossOrigins,
} from '../../src/artifacts/cross-origin.ts';
import { answered, isSuccess, readDocument } from '../../src/artifacts/document.ts';
import { fhirBaseUrl } from '../../src/artifacts/target.ts';
import { typeWithInteraction } from '../../src/fhir/interactions.ts';
import { Block, type Exchange, http, type Judge, Skip, test } from '../../src/kit/index.ts';
import { belowBase } from '../../src/smart/well-known.ts';

function allowOrigin({ response }: Exchange): string {
  return `Access-Control-Allow-Origin ${response?.headers['access-control-allow-origin'] ?? 'absent'}`;
}

const publicDocuments = (
  [
    { id: 'discovery/cors-smart-configuration', what: 'the SMART configuration', key: 'smartConfiguration' },
    { id: 'discovery/cors-metadata', what: '/metadata', key: 'metadata' },
  ] as const
).map(({ id, what, key }) =>
  test({
    id,
    title: `Pages of any origin may read ${what}`,
    requirements: [id, 'discovery/cors-public-preflight'],
    needs: [publicDocumentsAcrossOrigins, browserApp],
    run({ publicDocumentsAcrossOrigins, browserApp, must, should, undecided }) {
      const { hops, preflight } = publicDocumentsAcrossOrigins[key];
      const last = hops.at(-1);
      const closed = hops.find((hop) => !allowsOrigin(hop, anyOrigin));
      if (!last?.response) throw new Block(`${what} was not reached: ${last?.error?.message}`, hops);
      const document = readDocument(last, what);
      if (document.kind === 'other') {
        const message = `${what} is not to be had: ${last.request.url} answered ${document.instead}`;
        return undecided(id, { message, because: hops });
      }
      const demand = browserApp.origin ? must : should;
      demand(id, !closed, {
        expected: `Access-Control-Allow-Origin * or ${anyOrigin}${hops.length > 1 ? ' at every redirect' : ''}`,
        actual: `${answered(closed ?? last)}, ${allowOrigin(closed ?? last)}`,
        because: hops,
      });
      if (!preflight.response) {
        const message = `OPTIONS of ${what} was not answered: ${preflight.error?.message}`;
        return undecided('discovery/cors-public-preflight', { message, because: preflight });
      }
      should('discovery/cors-public-preflight', isSuccess(preflight) && allowsOrigin(preflight, anyOrigin), {
        expected: '2xx with Access-Control-Allow-Origin',
        actual: `OPTIONS answered ${preflight.response.status}, ${allowOrigin(preflight)}`,
        because: preflight,
      });
    },
  }),
);

const tokenEndpoint = test({
  id: 'discovery/cors-token-endpoint',
  title: 'The app\u2019s pages may read the token endpoint\u2019s errors',
  requirements: [
    'discovery/cors-token-endpoint-errors',
    'discovery/cors-token-endpoint-preflight',
    'discovery/cors-no-wildcard-with-credentials',
    'discovery/cors-vary-origin',
  ],
  needs: [tokenEndpointAcrossOrigins, registeredOrigin],
  run({ tokenEndpointAcrossOrigins: { error, preflight }, registeredOrigin: origin, should }) {
    if (!error.response) throw new Block(`the token endpoint was not reached: ${error.error?.message}`, [error]);
    should('discovery/cors-token-endpoint-errors', allowsOrigin(error, origin), {
      expected: `Access-Control-Allow-Origin * or ${origin}`,
      actual: `${answered(error)}, ${allowOrigin(error)}`,
      because: error,
    });
    if (!preflight.response) {
      throw new Block(`OPTIONS of the token endpoint was not answered: ${preflight.error?.message}`, [preflight]);
    }
    const lacking = lackingOf(preflight, { origin, method: 'POST', headers: ['authorization'] });
    should('discovery/cors-token-endpoint-preflight', lacking.length === 0, {
      expected: `2xx, allowing ${origin} and the authorization header by name`,
      actual: lacking.join('; ') || `${preflight.response.status}, all allowed`,
      because: preflight,
    });
    judgeTogether([error, preflight], should);
  },
});

const fhirApi = test({
  id: 'discovery/cors-fhir-preflight',
  title: 'The app\u2019s pages may ask the FHIR API with their access token',
  requirements: ['discovery/cors-fhir-preflight'],
  needs: [fhirPreflight, registeredOrigin],
  run({ fhirPreflight: preflight, registeredOrigin: origin, must }) {
    if (!preflight.response) throw new Block(`the FHIR API was not reached: ${preflight.error?.message}`, [preflight]);
    const lacking = lackingOf(preflight, { origin, method: 'GET', headers: ['authorization'] });
    must('discovery/cors-fhir-preflight', lacking.length === 0, {
      expected: '2xx, allowing the origin, and the authorization header by name (* does not cover it)',
      actual: lacking.join('; ') || `${preflight.response.status}, all allowed`,
      because: preflight,
    });
  },
});

/** Writing interactions and how a page would send them. */
const writes = [
  { interaction: 'create', method: 'POST', path: '' },
  { interaction: 'update', method: 'PUT', path: '/1' },
  { interaction: 'patch', method: 'PATCH', path: '/1' },
  { interaction: 'delete', method: 'DELETE', path: '/1' },
];

const fhirWrites = test({
  id: 'discovery/cors-fhir-write-preflight',
  title: 'The app\u2019s pages may send the writing interactions the server lists',
  requirements: ['discovery/cors-fhir-write-preflight'],
  needs: [capabilityStatement, registeredOrigin, fhirBaseUrl, http],
  async run({ capabilityStatement: { resource }, registeredOrigin: origin, fhirBaseUrl, http, must }) {
    const offered = writes.flatMap(({ interaction, method, path }) => {
      const type = typeWithInteraction(resource, interaction);
      return type ? [{ method, url: belowBase(fhirBaseUrl, `${type}${path}`) }] : [];
    });
    if (offered.length === 0) throw new Skip('not-advertised', '/metadata lists no writing interaction');
    for (const { method, url } of offered) {
      const headers = method === 'DELETE' ? ['authorization'] : ['authorization', 'content-type'];
      const preflight = await http.send(preflightRequest(url, origin, method, headers));
      if (!preflight.response)
        throw new Block(`the FHIR API was not reached: ${preflight.error?.message}`, [preflight]);
      const lacking = lackingOf(preflight, { origin, method, headers });
      must('discovery/cors-fhir-write-preflight', lacking.length === 0, {
        expected: `the preflight for ${method} to be answered 2xx, allowing origin, method and ${headers.join(', ')}`,
        actual: lacking.join('; ') || `${preflight.response.status}, all allowed`,
        because: preflight,
      });
    }
  },
});

/** Methods and headers a page may use without being allowed to (Fetch, "CORS-safelisted"). */
const safelistedMethods = ['GET', 'HEAD', 'POST'];

interface Wanted {
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
}

/** What a preflight's answer does not allow of what the page wants to send, in words (Fetch, "CORS-preflight fetch"). */
function lackingOf(preflight: Exchange, { origin, method, headers }: Wanted): readonly string[] {
  const allowedMethods = listed(preflight, 'access-control-allow-methods');
  const allowedHeaders = listed(preflight, 'access-control-allow-headers').map((name) => name.toLowerCase());
  const refused = headers.filter(
    (name) => !allowedHeaders.includes(name) && (name === 'authorization' || !allowedHeaders.includes('*')),
  );
  const methodAllowed =
    safelistedMethods.includes(method) || allowedMethods.includes(method) || allowedMethods.includes('*');
  return [
    ...(isSuccess(preflight) ? [] : [`OPTIONS answered ${preflight.response?.status ?? preflight.error?.message}`]),
    ...(allowsOrigin(preflight, origin) ? [] : [allowOrigin(preflight)]),
    ...(methodAllowed ? [] : [`Access-Control-Allow-Methods lacks ${method}`]),
    ...refused.map((name) => `Access-Control-Allow-Headers lacks ${name}`),
  ];
}

function listed({ response }: Exchange, header: string): readonly string[] {
  return (response?.headers[header] ?? '').split(',').map((item) => item.trim());
}

const caching = test({
  id: 'discovery/cors-headers-fit-together',
  title: 'CORS headers fit together',
  requirements: ['discovery/cors-no-wildcard-with-credentials', 'discovery/cors-vary-origin'],
  needs: [publicDocumentsAcrossOrigins, aResourceType, fhirBaseUrl, browserApp, http],
  async run({ publicDocumentsAcrossOrigins, aResourceType, fhirBaseUrl, browserApp, http, should }) {
    const { smartConfiguration, metadata } = publicDocumentsAcrossOrigins;
    const origin = browserApp.origin ?? anyOrigin;
    const fhir = await http.send({ url: belowBase(fhirBaseUrl, aResourceType), headers: { origin } });
    const answers = [
      ...smartConfiguration.hops,
      smartConfiguration.preflight,
      ...metadata.hops,
      metadata.preflight,
      fhir,
    ];

    judgeTogether(answers, should);
  },
});

/** Judges what CORS headers say together, wherever they were seen. */
function judgeTogether(
  answers: readonly Exchange[],
  should: Judge<'discovery/cors-no-wildcard-with-credentials' | 'discovery/cors-vary-origin'>['should'],
): void {
  const pointless = answers.filter(
    ({ response }) =>
      response?.headers['access-control-allow-origin'] === '*' &&
      response.headers['access-control-allow-credentials'] === 'true',
  );
  should('discovery/cors-no-wildcard-with-credentials', pointless.length === 0, {
    expected: 'no Access-Control-Allow-Credentials beside Access-Control-Allow-Origin *',
    actual: pointless.length === 0 ? 'none' : `both at ${places(pointless)}`,
    because: pointless.length === 0 ? answers : pointless,
  });

  const echoing = answers.filter(({ request, response }) => {
    return response?.headers['access-control-allow-origin'] === request.headers.origin && request.method !== 'OPTIONS';
  });
  const uncacheable = echoing.filter((answer) => {
    const vary = listed(answer, 'vary').map((name) => name.toLowerCase());
    return !vary.includes('origin') && !vary.includes('*');
  });
  if (echoing.length === 0) return;
  should('discovery/cors-vary-origin', uncacheable.length === 0, {
    expected: 'Vary: Origin wherever the origin is echoed',
    actual: uncacheable.length === 0 ? `so it is, ${echoing.length} times` : `missing at ${places(uncacheable)}`,
    because: uncacheable.length === 0 ? echoing : uncacheable,
  });
}

function places(exchanges: readonly Exchange[]): string {
  return [...new Set(exchanges.map(({ request }) => `${request.method} ${request.url}`))].join(', ');
}

export const corsTests = [...publicDocuments, tokenEndpoint, fhirApi, fhirWrites, caching];
